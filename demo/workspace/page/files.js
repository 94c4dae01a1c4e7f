// Files on a message: a card with name, size, the first lines, and a download link.

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { textTable } from "./table.js";

const PREVIEW_ROWS = 6;

export function fileCards(files) {
  return files.length ? h("div", { class: "files" }, files.map(fileCard)) : null;
}

function fileCard(file) {
  const name = file.name || file.title || "file";
  const details = `${kind(file)} · ${bytes(file.size ?? 0)}`;
  const title = file.title && file.title !== name ? h("span", { class: "file-title" }, file.title) : null;
  const url = String(file.url ?? "");
  const safe = url.startsWith("/") || /^https?:\/\//i.test(url);
  const link = safe
    ? h(
        "a",
        {
          class: "button square",
          href: url,
          download: name,
          "aria-label": `Download ${name}`,
          title: "Download",
        },
        icon("download"),
      )
    : null;
  const head = h(
    "div",
    { class: "file-head" },
    icon("file"),
    h(
      "div",
      { class: "file-names" },
      h("strong", {}, name),
      title,
      h("span", { class: "file-details" }, details),
    ),
    link,
  );
  return h("section", { class: "file", "aria-label": `File ${name}` }, head, preview(file));
}

const isCsv = (file) => file.mimetype === "text/csv" || /\.csv$/i.test(file.name ?? "");
const kind = (file) =>
  isCsv(file) ? "CSV" : (/\.(\w{1,5})$/.exec(file.name ?? "")?.[1] ?? file.mimetype ?? "file").toUpperCase();

/** Bytes in the largest fitting unit of 1000, as registries and disks count. */
export function bytes(size) {
  const units = ["bytes", "kB", "MB", "GB"];
  const step = size < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(size) / 3));
  const value = size / 1000 ** step;
  return `${step === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[step]}`;
}

function preview(file) {
  if (typeof file.preview !== "string" || file.preview === "") return null;
  if (!isCsv(file))
    return h("pre", { class: "file-text" }, file.preview.split("\n").slice(0, PREVIEW_ROWS).join("\n"));
  return textTable(parseCsv(file.preview).slice(0, PREVIEW_ROWS), `First lines of ${file.name}`);
}

/** RFC 4180: quoted fields may hold commas, line breaks and doubled quotes. */
export function parseCsv(text) {
  const rows = [];
  let row = [];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === ",") continue;
    if (row.length > 1 || row[0] !== "") rows.push(row);
    row = [];
  }
  return rows;
}
