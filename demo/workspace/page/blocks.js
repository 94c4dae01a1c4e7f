// Block Kit: one function per block type, in one table.

import { append, h, uniqueId } from "./dom.js";
import { image, renderElement } from "./elements.js";
import { plainText } from "./emoji.js";
import { markdown } from "./markdown.js";
import { richText } from "./richtext.js";
import { table } from "./table.js";
import { bare, textNode } from "./text.js";

const BLOCKS = {
  section,
  header: (block) => h("h3", { class: "block-header" }, plainText(bare(block.text))),
  divider: () => h("hr", { class: "block-divider" }),
  context,
  actions,
  image: imageBlock,
  table: (block, slot) => table(block, slot.surface.directory),
  rich_text: (block, slot) => richText(block, slot.surface.directory),
  markdown: (block) => markdown(block.text),
  input,
};

/** All blocks of a message or view as one element. Their inputs and clicks go to `surface`. */
export function renderBlocks(blocks, surface) {
  const root = h("div", { class: "blocks" });
  blocks.forEach((block, index) => {
    const blockId = block.block_id ?? `block-${index}`;
    const node = renderBlock(block, { blockId, surface, dispatch: true });
    node.dataset.blockId = blockId;
    node.dataset.block = block.type;
    root.append(node);
  });
  return root;
}

function renderBlock(block, slot) {
  const build = Object.hasOwn(BLOCKS, block.type) ? BLOCKS[block.type] : null;
  return build === null
    ? h("p", { class: "unsupported" }, `Cannot show a block of type “${block.type}”.`)
    : build(block, slot);
}

function section(block, slot) {
  const directory = slot.surface.directory;
  const text = block.text ? textNode(block.text, directory) : null;
  const fields = block.fields?.length
    ? h(
        "div",
        { class: "fields" },
        block.fields.map((field) => h("div", { class: "field-cell" }, textNode(field, directory))),
      )
    : null;
  const label = block.text ? bare(block.text).slice(0, 80) : undefined;
  const accessory = block.accessory
    ? h("div", { class: "accessory" }, accessoryNode(block.accessory, { ...slot, label }))
    : null;
  return h("div", { class: "block-section" }, h("div", { class: "section-main" }, text, fields), accessory);
}

const accessoryNode = (element, slot) =>
  element.type === "image" ? image(element, "thumb") : renderElement(element, slot);

function context(block, slot) {
  const parts = (block.elements ?? []).map((element) =>
    element.type === "image" ? image(element, "tiny") : textNode(element, slot.surface.directory),
  );
  return h("div", { class: "block-context" }, parts);
}

function actions(block, slot) {
  return h(
    "div",
    { class: "block-actions", role: "group" },
    (block.elements ?? []).map((element) => renderElement(element, slot)),
  );
}

function imageBlock(block) {
  const caption = block.title ? h("figcaption", {}, plainText(bare(block.title))) : null;
  return h("figure", { class: "block-image" }, caption, image(block));
}

function input(block, slot) {
  const ids = {
    id: uniqueId("input"),
    labelId: uniqueId("label"),
    hint: uniqueId("hint"),
    error: uniqueId("error"),
  };
  const optional = block.optional ? h("span", { class: "optional" }, " (optional)") : null;
  const inner = {
    ...slot,
    id: ids.id,
    labelId: ids.labelId,
    describedBy: `${ids.hint} ${ids.error}`,
    optional: block.optional,
    dispatch: Boolean(block.dispatch_action),
  };
  const grouped = ["checkboxes", "radio_buttons"].includes(block.element.type);
  const label = h(
    grouped ? "span" : "label",
    { id: ids.labelId, class: "input-label", for: grouped ? null : ids.id },
    plainText(bare(block.label)),
    optional,
  );
  const node = h("div", { class: "block-input" }, label, renderElement(block.element, inner));
  if (block.hint) node.append(h("p", { id: ids.hint, class: "input-hint" }, plainText(bare(block.hint))));
  return append(node, [h("p", { id: ids.error, class: "input-error", hidden: true })]);
}

/** Shows errors under the inputs of `root` by block id and clears the others; focuses the first. Returns those without a place. */
export function showErrors(root, errors) {
  const left = { ...errors };
  let first = null;
  for (const block of root.querySelectorAll(".block-input")) {
    const text = errors[block.dataset.blockId];
    const place = block.querySelector(".input-error");
    const control = block.querySelector("input, textarea, select");
    place.textContent = text ?? "";
    place.hidden = text === undefined;
    control?.setAttribute("aria-invalid", String(text !== undefined));
    if (text !== undefined) first ??= control;
    delete left[block.dataset.blockId];
  }
  first?.focus();
  return Object.values(left);
}
