// Tables: the table block, and the preview of CSV files. Wide ones scroll inside their own frame.

import { h } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { richText } from "./richtext.js";

/** A table block; its first row is the heading. */
export function table(block, directory) {
  const settings = block.column_settings ?? [];
  const cell = (content, at, tag) => {
    const { align = "left", is_wrapped: wrapped = false } = settings[at] ?? {};
    return h(
      tag,
      { class: `align-${align}${wrapped ? "" : " nowrap"}`, scope: tag === "th" ? "col" : null },
      cellContent(content, directory),
    );
  };
  const rows = (block.rows ?? []).map((row) => row.map((content) => ({ content })));
  return frame(rows, ({ content }, at, tag) => cell(content, at, tag), "Table");
}

function cellContent(content, directory) {
  if (content.type === "rich_text") return richText(content, directory);
  return withEmoji(String(content.text ?? content.value ?? ""));
}

/** Rows of strings as a table. */
export function textTable(rows, label) {
  return frame(
    rows,
    (text, at, tag) => h(tag, { class: "nowrap", scope: tag === "th" ? "col" : null }, text),
    label,
  );
}

function frame(rows, cell, label) {
  const [head, ...body] = rows;
  const line = (row, tag) =>
    h(
      "tr",
      {},
      row.map((content, at) => cell(content, at, tag)),
    );
  const inner = h(
    "table",
    {},
    head ? h("thead", {}, line(head, "th")) : null,
    h(
      "tbody",
      {},
      body.map((row) => line(row, "td")),
    ),
  );
  return h("div", { class: "table-frame", role: "region", "aria-label": label, tabIndex: 0 }, inner);
}
