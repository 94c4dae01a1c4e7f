// Buttons without words: an icon, with its name for everyone who cannot see it.

import { h } from "./dom.js";
import { icon } from "./icons.js";

/** A button that shows `sign`; `label` is its accessible name and its tooltip. */
export function iconButton(sign, label, click, more = {}) {
  const named = { type: "button", class: "icon-button", "aria-label": label, title: label };
  return h("button", { ...named, ...more, on: { click } }, icon(sign));
}

/** The same for a button that opens a menu: `open` gets the button, to place the menu at. */
export function menuButton(sign, label, open, more = {}) {
  const opens = { "aria-haspopup": "menu", "aria-expanded": false };
  return iconButton(sign, label, (event) => open(event.currentTarget), { ...opens, ...more });
}
