// One message as an article: who, when, what, its files, its thread, and its tools.

import { avatar } from "./avatar.js";
import { renderBlocks } from "./blocks.js";
import { iconButton, menuButton } from "./buttons.js";
import { h } from "./dom.js";
import { emojiNode } from "./emoji.js";
import { fileCards } from "./files.js";
import { icon } from "./icons.js";
import { openMenu } from "./menu.js";
import { mrkdwn } from "./mrkdwn.js";
import { privateMark, renderNotice } from "./notice.js";
import { Surface } from "./surface.js";
import { clock, dateOf, fullTime, machine } from "./time.js";

const CARD = new Set(["header", "actions", "table"]);

/** A message and its surface. `desk` is what it may do: see desk.js. `before` are values entered in an earlier render. */
export function renderMessage({ message, grouped, before }, desk) {
  if (message.notice) return { node: renderNotice(message, desk), surface: null };
  const container = {
    type: "message",
    channel: message.channel,
    ts: message.ts,
    is_ephemeral: Boolean(message.is_ephemeral),
  };
  const surface = new Surface({
    container,
    directory: desk.directory,
    api: desk.api,
    onError: desk.fail,
    before,
  });
  const name = nameOf(message, desk.directory);
  const marks = [grouped && "grouped", message.is_ephemeral && "private", isCard(message) && "card"]
    .filter(Boolean)
    .join(" ");
  const date = dateOf(message.ts);
  const gutter = grouped
    ? timeLink(message, date, "hover-time")
    : avatar(desk.directory.user(message.user), { isBot: message.bot });
  const node = h(
    "article",
    {
      class: `message ${marks}`,
      tabIndex: -1,
      "aria-label": `${name}, ${clock(date)}`,
      data: { ts: message.ts },
    },
    h("div", { class: "gutter" }, gutter),
    h(
      "div",
      { class: "message-main" },
      message.is_ephemeral ? privateMark(message, desk) : null,
      grouped ? null : head(message, name, date),
      content(message, surface),
      fileCards(message.files ?? []),
      reactions(message, desk.directory),
      threadLink(message, desk),
    ),
    tools(message, desk),
  );
  return { node, surface };
}

export const isCard = (message) => (message.blocks ?? []).some((block) => CARD.has(block.type));

/** Whose message: an app may post under a name of its own. */
export function nameOf(message, directory) {
  return (message.bot && message.username) || directory.userName(message.user);
}

function head(message, name, date) {
  const badge = message.bot ? h("span", { class: "badge" }, "App") : null;
  return h(
    "div",
    { class: "message-head" },
    h("span", { class: "author" }, name),
    badge,
    timeLink(message, date, "time"),
    edited(message),
  );
}

const edited = (message) => (message.edited ? h("span", { class: "edited" }, "(edited)") : null);

function timeLink(message, date, kind) {
  const time = h("time", { datetime: machine(date), title: fullTime(date) }, clock(date));
  return message.is_ephemeral
    ? h("span", { class: kind }, time)
    : h("a", { class: kind, href: message.permalink ?? "#" }, time);
}

function content(message, surface) {
  if (message.blocks?.length) return renderBlocks(message.blocks, surface);
  return message.text ? h("div", { class: "message-text" }, mrkdwn(message.text, surface.directory)) : null;
}

function reactions(message, directory) {
  const given = Object.entries(message.reactions ?? {});
  if (given.length === 0) return null;
  const chip = ([name, users]) =>
    h(
      "span",
      { class: "reaction", title: users.map((id) => directory.userName(id)).join(", ") },
      emojiNode(name),
      ` ${users.length}`,
    );
  return h("div", { class: "reactions" }, given.map(chip));
}

function threadLink(message, desk) {
  const count = message.reply_count ?? 0;
  if (count === 0 || desk.inThread || message.is_ephemeral) return null;
  const open = { click: () => desk.openThread(message) };
  return h(
    "button",
    { type: "button", class: "thread-link", data: { focus: "thread" }, on: open },
    icon("reply"),
    h("span", {}, `${count} ${count === 1 ? "reply" : "replies"}`),
    h("span", { class: "thread-more" }, "View thread"),
  );
}

function tools(message, desk) {
  if (message.is_ephemeral) return null;
  const open = () => desk.openThread(message, { focus: true });
  const menu = (anchor) => openMenu(anchor, menuItems(message, desk), "More actions");
  return h(
    "div",
    { class: "tools" },
    desk.inThread ? null : iconButton("reply", "Reply in thread", open),
    menuButton("dots", "More actions", menu, { data: { focus: "tools" } }),
  );
}

function menuItems(message, desk) {
  const shortcuts = desk.directory.messageShortcuts.map((shortcut) => ({
    label: shortcut.name,
    icon: "bolt",
    run: () => desk.shortcut(shortcut, message),
  }));
  const link = { label: "Copy link", icon: "link", run: () => desk.copyLink(message) };
  return [...shortcuts, link];
}
