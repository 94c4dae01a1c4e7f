// What only one person sees: the mark on private messages, and the workspace's own notices.

import { h } from "./dom.js";
import { icon } from "./icons.js";

/** The line above a private message, with the way to be rid of it. */
export function privateMark(message, desk) {
  const click = () => desk.dismiss(message);
  const dismiss = h("button", { type: "button", class: "link-button", on: { click } }, "Dismiss");
  return h("p", { class: "private-mark" }, icon("eye"), "Only visible to you", dismiss);
}

/** A notice of the workspace itself, as about a command that failed; `message.notice` is its kind. */
export function renderNotice(message, desk) {
  const sign = h("span", { class: "avatar workspace", "aria-hidden": "true" }, "i");
  const attributes = {
    class: `message private notice ${message.notice}`,
    tabIndex: -1,
    "aria-label": "Notice from the workspace",
    data: { ts: message.ts },
  };
  return h(
    "article",
    attributes,
    h("div", { class: "gutter" }, sign),
    h(
      "div",
      { class: "message-main" },
      privateMark(message, desk),
      h("div", { class: "message-head" }, h("span", { class: "author" }, "Workspace")),
      h("div", { class: "message-text" }, h("div", { class: "plain" }, message.text)),
    ),
  );
}
