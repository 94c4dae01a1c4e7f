// Slack's mrkdwn as DOM nodes. Every piece of the text becomes a text node; only links with a safe scheme become links.

import { append, h } from "./dom.js";
import { emojiName, emojiNode, withEmoji } from "./emoji.js";
import { fillDate } from "./time.js";

const SAFE_LINK = /^(https?:\/\/|mailto:)/i;
const MARKS = { "*": "strong", _: "em", "~": "s" };
const LONG_CODE = 40;
const WORD = /[\p{L}\p{N}]/u;

/** Slack escapes only these three. */
export const unescapeText = (text) =>
  text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

/** `text` (mrkdwn) as an element of class `mrkdwn`; names come from `directory`. */
export function mrkdwn(text, directory) {
  const root = h("div", { class: "mrkdwn" });
  const source = String(text ?? "");
  let done = 0;
  for (const fence of source.matchAll(/```\n?([\s\S]+?)\n?```\n?/g)) {
    append(root, lines(source.slice(done, fence.index).replace(/\n$/, ""), directory));
    root.append(h("pre", {}, inlineText(fence[1])));
    done = fence.index + fence[0].length;
  }
  return append(root, lines(source.slice(done), directory));
}

function lines(text, directory) {
  const nodes = [];
  let quoted = [];
  let plain = [];
  const flush = () => {
    if (quoted.length) nodes.push(h("blockquote", {}, inline(quoted.join("\n"), directory)));
    if (plain.some((line) => line !== "") || plain.length > 1)
      nodes.push(h("span", { class: "run" }, inline(plain.join("\n"), directory)));
    quoted = [];
    plain = [];
  };
  for (const line of text.split("\n")) {
    const quote = /^(?:>|&gt;) ?(.*)$/.exec(line);
    if ((quote && plain.length) || (!quote && quoted.length)) flush();
    if (quote) quoted.push(quote[1]);
    else plain.push(line);
  }
  flush();
  return nodes;
}

/** One run of inline mrkdwn as an array of nodes and strings. */
export function inline(text, directory) {
  const nodes = [];
  let run = "";
  let at = 0;
  while (at < text.length) {
    const found = token(text, at, directory);
    if (found === null) {
      run += text[at];
      at += 1;
      continue;
    }
    nodes.push(...withEmoji(unescapeText(run)), found.node);
    run = "";
    at = found.end;
  }
  nodes.push(...withEmoji(unescapeText(run)));
  return nodes;
}

function token(text, at, directory) {
  const char = text[at];
  if (char === "<") return angle(text, at, directory);
  if (char === "`") return code(text, at);
  if (char === ":") return shortcode(text, at);
  return char in MARKS ? styled(text, at, directory) : null;
}

function code(text, at) {
  const end = text.indexOf("`", at + 1);
  if (end <= at + 1 || text.slice(at, end).includes("\n")) return null;
  const shown = inlineText(text.slice(at + 1, end));
  // A digest may break anywhere, rather than leave the rest of the line before it empty.
  return { node: h("code", { class: shown.length > LONG_CODE ? "long" : null }, shown), end: end + 1 };
}

// Inside code only the label of a link or mention is shown.
const inlineText = (text) =>
  unescapeText(
    text.replace(/<(?:https?:|mailto:|[@#!])[^<>\n]*>/g, (whole) => whole.slice(1, -1).split("|").at(-1)),
  );

function shortcode(text, at) {
  const match = /^:([a-z0-9_+'-]+):(?::skin-tone-\d:)?/.exec(text.slice(at, at + 80));
  if (match === null || emojiName(match[1]) === null) return null;
  return { node: emojiNode(match[1]), end: at + match[0].length };
}

function styled(text, at, directory) {
  const mark = text[at];
  const before = at === 0 ? " " : text[at - 1];
  const after = text[at + 1] ?? " ";
  if (WORD.test(before) || before === mark || /\s/.test(after) || after === mark) return null;
  const end = closing(text, at + 1, mark);
  if (end === -1) return null;
  return { node: h(MARKS[mark], {}, inline(text.slice(at + 1, end), directory)), end: end + 1 };
}

// The mark that closes a style: same line, not inside code or a link, not followed by a word character.
function closing(text, from, mark) {
  for (let at = from; at < text.length && text[at] !== "\n"; at += 1) {
    const skip = { "`": "`", "<": ">" }[text[at]];
    const jump = skip ? text.indexOf(skip, at + 1) : -1;
    if (jump !== -1) at = jump;
    else if (text[at] === mark && !/\s/.test(text[at - 1]) && !WORD.test(text[at + 1] ?? " ")) return at;
  }
  return -1;
}

function angle(text, at, directory) {
  const match = /^<([^<>\n]+)>/.exec(text.slice(at));
  if (match === null) return null;
  const bar = match[1].indexOf("|");
  const target = bar === -1 ? match[1] : match[1].slice(0, bar);
  const label = bar === -1 ? null : unescapeText(match[1].slice(bar + 1));
  const node = reference(target, label, directory);
  return node === null ? null : { node, end: at + match[0].length };
}

function reference(target, label, directory) {
  if (/^@[UW]\w+$/.test(target)) return userMention(target.slice(1), directory, label);
  if (/^#[CGD]\w+$/.test(target)) return channelMention(target.slice(1), directory, label);
  if (target.startsWith("!")) return special(target.slice(1), label, directory);
  return linkNode(unescapeText(target), label ?? unescapeText(target).replace(/^mailto:/, ""));
}

export function userMention(id, directory, label = null) {
  const user = directory.user(id);
  const mine = id === directory.me ? " me" : "";
  return h("span", { class: `mention${mine}` }, `@${user ? directory.userName(id) : (label ?? id)}`);
}

export function channelMention(id, directory, label = null) {
  const channel = directory.channel(id);
  const name = `#${channel?.name ?? label ?? id}`;
  return channel
    ? h("a", { class: "mention", href: `?channel=${encodeURIComponent(id)}` }, name)
    : h("span", { class: "mention" }, name);
}

export function groupMention(id, directory, label = null) {
  return h("span", { class: "mention" }, `@${(label ?? directory.groupName(id)).replace(/^@/, "")}`);
}

function special(command, label, directory) {
  const [name, ...rest] = command.split("^");
  if (["here", "channel", "everyone"].includes(name)) return h("span", { class: "mention loud" }, `@${name}`);
  if (name === "subteam" && rest[0]) return groupMention(rest[0], directory, label);
  if (name === "date") return dateNode(rest[0], rest[1] ?? "", rest[2] ?? null, label ?? "");
  return label === null ? null : document.createTextNode(label);
}

/** A time in the reader's own zone; `fallback` when it cannot be read. */
export function dateNode(seconds, template, link, fallback) {
  const text = fillDate(seconds, unescapeText(template)) ?? fallback;
  const node = h("time", { title: fallback }, text);
  return link !== null && SAFE_LINK.test(link) ? linkNode(link, text) : node;
}

/** A link when its scheme is safe, else the text as it was written, or null when there is nothing to show. */
export function linkNode(url, label) {
  if (!SAFE_LINK.test(url)) return null;
  const own = url.startsWith(`${location.origin}/`);
  const outside = own ? {} : { target: "_blank", rel: "noopener noreferrer" };
  return h("a", { href: url, title: url, ...outside }, withEmoji(label));
}
