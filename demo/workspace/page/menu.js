// A popup menu: overflow elements, "More actions" and shortcuts use it. Arrow keys move, Escape and Tab close.

import { h } from "./dom.js";
import { plainText } from "./emoji.js";
import { icon } from "./icons.js";

/** Opens a menu at `anchor`. Each item: {label, run, icon?, danger?}. Closes by choice, Escape, Tab or a click outside. */
export function openMenu(anchor, items, label) {
  const menu = h("div", { class: "menu", role: "menu", "aria-label": label, popover: "auto" });
  const choose = (item) => {
    menu.hidePopover();
    item.run();
  };
  menu.append(...items.map((item) => row(item, choose)));
  menu.addEventListener("keydown", (event) => move(event, menu));
  menu.addEventListener("toggle", (event) => {
    if (event.newState !== "closed") return;
    const inside = menu.contains(document.activeElement) || document.activeElement === document.body;
    menu.remove();
    anchor.setAttribute("aria-expanded", "false");
    if (inside) anchor.focus();
  });
  (anchor.closest("dialog") ?? document.body).append(menu);
  anchor.setAttribute("aria-expanded", "true");
  menu.showPopover();
  place(menu, anchor);
  menu.querySelector("button")?.focus();
}

function row(item, choose) {
  const props = {
    type: "button",
    role: "menuitem",
    tabIndex: -1,
    class: item.danger ? "menu-item danger" : "menu-item",
  };
  const click = { on: { click: () => choose(item) } };
  return h(
    "button",
    { ...props, ...click },
    item.icon ? icon(item.icon) : null,
    h("span", {}, plainText(item.label)),
  );
}

function move(event, menu) {
  const rows = [...menu.querySelectorAll("button")];
  const at = rows.indexOf(document.activeElement);
  const target = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
  if (event.key === "Tab") menu.hidePopover();
  if (target === undefined) return;
  event.preventDefault();
  rows.at(target % rows.length)?.focus();
}

// Below the anchor where there is room, else above; always inside the window.
function place(menu, anchor) {
  const at = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = at.bottom + 4 + height <= innerHeight;
  const left = Math.max(8, Math.min(at.right - width, innerWidth - width - 8));
  const top = below ? at.bottom + 4 : Math.max(8, at.top - 4 - height);
  menu.style.setProperty("left", `${left}px`);
  menu.style.setProperty("top", `${top}px`);
}
