// The message box: Enter sends, Shift+Enter breaks the line, a slash opens the suggestions.

import { suggest } from "./commands.js";
import { h, uniqueId } from "./dom.js";
import { icon } from "./icons.js";

const TALLEST = 220;

export class Composer {
  #found = { items: [], active: -1, usage: null };
  #closedFor = null;
  #sent = [];

  /** `onSend(text)` resolves to true when the text was taken. `commands()` gives what a slash offers ([] for none). */
  constructor({ label, commands, onSend, extra = null }) {
    Object.assign(this, { commands, onSend });
    const listId = uniqueId("suggestions");
    this.list = h("ul", {
      class: "suggestions",
      id: listId,
      role: "listbox",
      "aria-label": "Commands",
      hidden: true,
    });
    this.usage = h("p", { class: "usage", id: uniqueId("usage"), hidden: true });
    const combo = {
      role: "combobox",
      "aria-autocomplete": "list",
      "aria-expanded": false,
      "aria-controls": listId,
      "aria-describedby": this.usage.id,
    };
    this.box = h("textarea", {
      class: "composer-box",
      rows: 1,
      "aria-label": label,
      placeholder: label,
      autocomplete: "off",
      spellcheck: "false",
      ...combo,
    });
    this.button = h(
      "button",
      { type: "submit", class: "send", "aria-label": "Send", title: "Send (Enter)", disabled: true },
      icon("send"),
    );
    this.node = h(
      "form",
      { class: "composer" },
      this.list,
      this.usage,
      h("div", { class: "composer-row" }, extra, this.box, this.button),
    );
    this.#listen();
  }

  #listen() {
    this.node.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.box.addEventListener("input", () => this.#changed());
    this.box.addEventListener("keydown", (event) => this.#key(event));
    this.box.addEventListener("blur", () => this.#show({ items: [], active: -1, usage: null }));
    this.box.addEventListener("focus", () => this.#changed());
  }

  relabel(label) {
    this.box.setAttribute("aria-label", label);
    this.box.placeholder = label;
  }

  /** Puts `text` in the box, ready to be sent or changed. */
  fill(text) {
    this.box.value = text;
    this.box.focus();
    this.box.setSelectionRange(text.length, text.length);
    this.#changed();
  }

  async send() {
    const text = this.box.value.replace(/\s+$/, "");
    if (text === "" || this.node.getAttribute("aria-busy") === "true") return;
    this.node.setAttribute("aria-busy", "true");
    this.#set("");
    const taken = await this.onSend(text);
    this.node.removeAttribute("aria-busy");
    if (taken) this.#sent.push(text);
    else if (this.box.value === "") this.#set(text);
  }

  #set(text) {
    this.box.value = text;
    this.#changed();
  }

  #changed() {
    this.button.disabled = this.box.value.trim() === "";
    this.box.style.setProperty("height", "auto");
    this.box.style.setProperty("height", `${Math.min(this.box.scrollHeight, TALLEST)}px`);
    const open = document.activeElement === this.box && this.#closedFor !== this.box.value;
    this.#closedFor = open ? null : this.#closedFor;
    this.#show(open ? suggest(this.box.value, this.commands()) : { items: [], active: -1, usage: null });
  }

  // Keys for the suggestions come first; what they leave is the text's own.
  #key(event) {
    if (event.isComposing || event.shiftKey) return;
    if (event.key === "Enter") this.#enter(event);
    else if (event.key === "Escape" && (this.#found.items.length || this.#found.usage)) this.#dismiss(event);
    else if (this.#found.items.length) this.#choose(event);
    else if (event.key === "ArrowUp" && this.box.value === "" && this.#sent.length) this.#recall(event);
  }

  #choose(event) {
    const { items, active } = this.#found;
    if (event.key === "Tab") this.#take(event, items[Math.max(active, 0)]);
    else if (event.key === "ArrowDown") this.#move(event, active + 1);
    else if (event.key === "ArrowUp") this.#move(event, active < 0 ? items.length - 1 : active - 1);
  }

  #enter(event) {
    event.preventDefault();
    const { items, active } = this.#found;
    if (active >= 0) this.#take(event, items[active]);
    else this.send();
  }

  #take(event, item) {
    event.preventDefault();
    this.fill(item.insert);
  }

  #dismiss(event) {
    event.preventDefault();
    event.stopPropagation();
    this.#closedFor = this.box.value;
    this.#changed();
  }

  #move(event, to) {
    event.preventDefault();
    const { items } = this.#found;
    this.#show({ ...this.#found, active: (to + items.length) % items.length });
  }

  #recall(event) {
    event.preventDefault();
    this.fill(this.#sent.at(-1));
  }

  #show(found) {
    this.#found = found;
    const rows = found.items.map((item, at) => this.#row(item, at === found.active));
    this.list.replaceChildren(...rows);
    this.list.hidden = rows.length === 0;
    this.usage.textContent = found.usage ?? "";
    this.usage.hidden = found.usage === null;
    this.box.setAttribute("aria-expanded", String(rows.length > 0));
    const active = rows[found.active];
    if (active) this.box.setAttribute("aria-activedescendant", active.id);
    else this.box.removeAttribute("aria-activedescendant");
    active?.scrollIntoView({ block: "nearest" });
  }

  #row(item, active) {
    const hint = h("code", { class: "suggestion-hint" }, item.hint);
    const row = h(
      "li",
      { role: "option", id: uniqueId("option"), class: "suggestion", "aria-selected": active },
      h("strong", {}, item.label),
      hint,
      h("span", { class: "suggestion-note" }, item.description),
    );
    // mousedown comes before the box loses its focus
    row.addEventListener("mousedown", (event) => this.#take(event, item));
    return row;
  }
}
