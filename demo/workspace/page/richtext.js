// The rich_text block: sections, lists, preformatted text and quotes.

import { h } from "./dom.js";
import { emojiNode, withEmoji } from "./emoji.js";
import { channelMention, dateNode, groupMention, linkNode, userMention } from "./mrkdwn.js";

const CONTAINERS = {
  rich_text_section: (element, directory) => h("div", { class: "run" }, leaves(element, directory)),
  rich_text_preformatted: (element, directory) => h("pre", {}, leaves(element, directory)),
  rich_text_quote: (element, directory) => h("blockquote", {}, leaves(element, directory)),
  rich_text_list: list,
};

const LEAVES = {
  text: (leaf) => h("span", {}, withEmoji(leaf.text ?? "")),
  link: (leaf) =>
    linkNode(leaf.url ?? "", leaf.text ?? leaf.url ?? "") ?? h("span", {}, leaf.text ?? leaf.url ?? ""),
  emoji: (leaf) => h("span", {}, emojiNode(leaf.name ?? "")),
  user: (leaf, directory) => userMention(leaf.user_id, directory),
  channel: (leaf, directory) => channelMention(leaf.channel_id, directory),
  usergroup: (leaf, directory) => groupMention(leaf.usergroup_id, directory),
  broadcast: (leaf) => h("span", { class: "mention loud" }, `@${leaf.range}`),
  date: (leaf) =>
    dateNode(leaf.timestamp, leaf.format ?? "{date_pretty}", leaf.url ?? null, leaf.fallback ?? ""),
};

const STYLES = [
  ["bold", "strong"],
  ["italic", "em"],
  ["strike", "s"],
  ["underline", "u"],
  ["code", "code"],
];

/** A rich_text block as an element of class `mrkdwn rich`. */
export function richText(block, directory) {
  return h(
    "div",
    { class: "mrkdwn rich" },
    (block.elements ?? []).map((element) => container(element, directory)),
  );
}

function container(element, directory) {
  const build = Object.hasOwn(CONTAINERS, element.type) ? CONTAINERS[element.type] : null;
  return build === null
    ? h("p", { class: "unsupported" }, `Cannot show “${element.type}”.`)
    : build(element, directory);
}

function list(element, directory) {
  const tag = element.style === "ordered" ? "ol" : "ul";
  const start = tag === "ol" && element.offset ? { start: element.offset + 1 } : {};
  const border = element.border ? " bordered" : "";
  const props = { class: `indent-${Math.min(element.indent ?? 0, 8)}${border}`, ...start };
  return h(
    tag,
    props,
    (element.elements ?? []).map((item) => h("li", {}, leaves(item, directory))),
  );
}

function leaves(element, directory) {
  return (element.elements ?? []).map((leaf) => styled(leaf, directory));
}

function styled(leaf, directory) {
  const build = Object.hasOwn(LEAVES, leaf.type) ? LEAVES[leaf.type] : null;
  let node =
    build === null ? h("span", { class: "unsupported" }, leaf.text ?? leaf.type) : build(leaf, directory);
  for (const [name, tag] of STYLES) if (leaf.style?.[name]) node = h(tag, {}, node);
  return node;
}
