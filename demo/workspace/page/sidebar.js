// The sidebar: the workspace's name, channels and apps; on narrow screens a drawer.

import { h } from "./dom.js";
import { icon } from "./icons.js";

export class Sidebar {
  #unread = new Map();

  constructor({ root, toggle, shade, onChannel, onApp }) {
    Object.assign(this, { root, toggle, shade, onChannel, onApp });
    toggle.addEventListener("click", () => this.open(!this.isOpen));
    shade.addEventListener("click", () => this.open(false));
    document.addEventListener(
      "keydown",
      (event) => event.key === "Escape" && this.isOpen && this.open(false),
    );
  }

  get isOpen() {
    return document.body.classList.contains("drawer-open");
  }

  open(wanted) {
    document.body.classList.toggle("drawer-open", wanted);
    this.toggle.setAttribute("aria-expanded", String(wanted));
    if (wanted) this.root.querySelector("button")?.focus();
    else if (this.root.contains(document.activeElement)) this.toggle.focus();
  }

  /** One more unread message in `channel`. */
  mark(channel) {
    this.#unread.set(channel, (this.#unread.get(channel) ?? 0) + 1);
  }

  read(channel) {
    this.#unread.delete(channel);
  }

  /** Forgets what is unread, as for another person. */
  forget() {
    this.#unread.clear();
  }

  render(directory, current) {
    const channels = directory.publicChannels().map((channel) =>
      this.#row({
        id: channel.id,
        name: channel.name,
        sign: "hash",
        current,
        run: () => this.onChannel(channel.id),
      }),
    );
    const apps = directory.apps.map((app) =>
      this.#row({
        id: directory.imWith(app)?.id,
        name: app.name,
        sign: "app",
        current,
        run: () => this.onApp(app),
      }),
    );
    this.root.replaceChildren(
      h("h2", { class: "sidebar-title" }, directory.team.name),
      ...group("Channels", channels),
      ...group("Apps", apps),
    );
  }

  #row({ id, name, sign, current, run }) {
    const count = this.#unread.get(id) ?? 0;
    const badge = count
      ? h("span", { class: "unread", "aria-label": `${count} unread` }, String(count))
      : null;
    const props = {
      type: "button",
      class: `side-row${count ? " has-unread" : ""}`,
      "aria-current": id === current ? "page" : null,
      data: { channel: id ?? "" },
    };
    return h(
      "li",
      {},
      h(
        "button",
        { ...props, on: { click: () => this.#go(run) } },
        icon(sign),
        h("span", { class: "side-name" }, name),
        badge,
      ),
    );
  }

  #go(run) {
    if (this.isOpen) this.open(false);
    run();
  }
}

const group = (title, rows) =>
  rows.length ? [h("h3", { class: "side-group" }, title), h("ul", { class: "side-list" }, rows)] : [];
