// Slack's confirmation object, asked as a small dialog.

import { h } from "./dom.js";
import { closeDialog, openDialog } from "./dialog.js";
import { textNode } from "./text.js";

const label = (object, fallback) => object?.text ?? fallback;

/** Asks; resolves to true when confirmed. A dangerous one starts on the way out, so that Enter alone does nothing. */
export function askConfirm(confirm, directory) {
  return new Promise((resolve) => {
    const danger = confirm.style === "danger";
    const finish = (answer) => {
      closeDialog(dialog);
      resolve(answer);
    };
    const deny = h(
      "button",
      { type: "button", class: "button", autofocus: danger, on: { click: () => finish(false) } },
      label(confirm.deny, "Cancel"),
    );
    const go = {
      type: "button",
      class: `button ${danger ? "danger" : "primary"}`,
      autofocus: !danger,
      on: { click: () => finish(true) },
    };
    const content = (heading) => [
      h("header", { class: "dialog-head" }, heading),
      h(
        "div",
        { class: "dialog-body" },
        textNode(confirm.text ?? { type: "plain_text", text: "" }, directory),
      ),
      h("footer", { class: "dialog-foot" }, deny, h("button", go, label(confirm.confirm, "Yes"))),
    ];
    const dialog = openDialog({
      title: label(confirm.title, "Are you sure?"),
      content,
      onCancel: () => finish(false),
      kind: "confirm",
    });
  });
}
