// Dialogs: the native <dialog> for the inert page behind, the top layer and Escape; Tab is kept inside here.

import { h, uniqueId } from "./dom.js";

const FOCUSABLE =
  "a[href], button:not([disabled]), input:not([disabled]), select:not([disabled]), textarea:not([disabled]), [tabindex='0']";

/** Opens a modal dialog titled by `title`; Escape calls `onCancel`. Returns the dialog; close it with closeDialog. */
export function openDialog({ title, content, onCancel, kind = "" }) {
  const id = uniqueId("dialog-title");
  const opener = document.activeElement;
  const heading = h("h2", { id, class: "dialog-title" }, title);
  const dialog = h("dialog", { class: `dialog ${kind}`, "aria-labelledby": id }, content(heading));
  dialog.addEventListener("keydown", (event) => keepTab(event, dialog));
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    onCancel();
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (opener?.isConnected) opener.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

export function closeDialog(dialog) {
  if (dialog.open) dialog.close();
}

function keepTab(event, dialog) {
  if (event.key !== "Tab") return;
  const stops = [...dialog.querySelectorAll(FOCUSABLE)].filter((node) => node.offsetParent !== null);
  if (stops.length === 0) return;
  const edge = event.shiftKey ? stops[0] : stops.at(-1);
  if (document.activeElement !== edge && dialog.contains(document.activeElement)) return;
  event.preventDefault();
  (event.shiftKey ? stops.at(-1) : stops[0]).focus();
}
