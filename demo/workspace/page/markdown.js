// The markdown block: the part of standard Markdown that bots use (headings, lists, fences, quotes, emphasis, links).

import { append, h } from "./dom.js";
import { plainText } from "./emoji.js";
import { linkNode } from "./mrkdwn.js";

const INLINE = [
  [/^`([^`\n]+)`/, (match) => h("code", {}, match[1])],
  [/^\[([^\]\n]+)\]\(([^()\s]+)\)/, (match) => linkNode(match[2], match[1])],
  [/^\*\*(?=\S)(.+?)\*\*/, (match) => h("strong", {}, markdownInline(match[1]))],
  [/^~~(?=\S)(.+?)~~/, (match) => h("s", {}, markdownInline(match[1]))],
  [/^[*_](?=[^\s*_])([^*_\n]+)[*_](?!\w)/, (match) => h("em", {}, markdownInline(match[1]))],
];

/** A markdown block's text as an element of class `mrkdwn`. */
export function markdown(text) {
  const root = h("div", { class: "mrkdwn rich" });
  const rest = String(text ?? "").split("\n");
  while (rest.length) append(root, takeBlock(rest));
  return root;
}

function takeBlock(rest) {
  const line = rest.shift();
  if (line.trim() === "") return null;
  if (line.startsWith("```")) return fence(rest);
  const heading = /^(#{1,6})\s+(.*)$/.exec(line);
  if (heading) return h("p", { class: "md-heading" }, markdownInline(heading[2]));
  if (/^(-{3,}|\*{3,})$/.test(line.trim())) return h("hr");
  const kind = lineKind(line);
  const lines = [
    line,
    ...takeWhile(rest, (next) => next.trim() !== "" && lineKind(next) === kind && !/^(#|```)/.test(next)),
  ];
  return BUILD[kind](lines);
}

const PREFIX = { quote: /^>\s?/, bullet: /^\s*[-*+]\s+/, ordered: /^\s*\d+[.)]\s+/ };
const lineKind = (line) => Object.keys(PREFIX).find((kind) => PREFIX[kind].test(line)) ?? "paragraph";
const strip = (lines, kind) => lines.map((line) => line.replace(PREFIX[kind], ""));
const items = (lines, kind) => strip(lines, kind).map((line) => h("li", {}, markdownInline(line)));

const BUILD = {
  paragraph: (lines) => h("div", { class: "run" }, markdownInline(lines.join("\n"))),
  quote: (lines) => h("blockquote", {}, markdownInline(strip(lines, "quote").join("\n"))),
  bullet: (lines) => h("ul", {}, items(lines, "bullet")),
  ordered: (lines) => h("ol", {}, items(lines, "ordered")),
};

function fence(rest) {
  const lines = takeWhile(rest, (line) => !line.startsWith("```"));
  rest.shift();
  return h("pre", {}, lines.join("\n"));
}

function takeWhile(rest, wanted) {
  const taken = [];
  while (rest.length && wanted(rest[0])) taken.push(rest.shift());
  return taken;
}

function markdownInline(text) {
  const nodes = [];
  let run = "";
  let at = 0;
  while (at < text.length) {
    const found = firstMatch(text, at);
    if (found === null) {
      run += text[at];
      at += 1;
      continue;
    }
    nodes.push(plainText(run), found.node);
    run = "";
    at = found.end;
  }
  nodes.push(plainText(run));
  return nodes.flat();
}

function firstMatch(text, at) {
  const slice = text.slice(at);
  for (const [pattern, build] of INLINE) {
    const match = pattern.exec(slice);
    const node = match && build(match);
    if (node) return { node, end: at + match[0].length };
  }
  return null;
}
