// A list of messages that changes in place: only what changed is built anew, focus and scroll position stay.

import { h, reconcile } from "./dom.js";
import { focusIn, sameControl } from "./focus.js";
import { isCard, nameOf, renderMessage } from "./message.js";
import { dateOf, dayHeading, sameDay } from "./time.js";
import { announce } from "./toast.js";

const GROUP_SECONDS = 300;
const NEAR_END = 90;

export class MessageList {
  #shown = new Map();
  #days = new Map();

  constructor(root, scroller) {
    this.root = root;
    this.scroller = scroller;
    // Images, tables and fonts grow after they are inserted; whoever reads the end stays at the end.
    this.sticky = true;
    scroller.addEventListener("scroll", () => (this.sticky = this.#nearEnd()), { passive: true });
    new ResizeObserver(() => this.sticky && this.toEnd()).observe(root);
  }

  /** Shows `entries` ({key, message}, oldest first) with what `desk` lets them do, after the conversation's `intro`. */
  show(entries, desk, intro = null) {
    const nodes = intro ? [intro] : [];
    let last = null;
    for (const entry of entries) {
      if (!desk.inThread && startsDay(entry.message, last)) nodes.push(this.#day(entry.message));
      nodes.push(this.#node(entry, last, desk));
      last = entry.message;
    }
    const keys = new Set(entries.map(({ key }) => key));
    for (const key of this.#shown.keys()) if (!keys.has(key)) this.#shown.delete(key);
    const stay = this.sticky;
    reconcile(this.root, nodes);
    if (stay) this.toEnd();
  }

  /** Forgets everything, for another conversation or another person. */
  clear() {
    this.#shown.clear();
    this.#days.clear();
    this.root.replaceChildren();
    this.sticky = true;
  }

  toEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  /** Scrolls to the message of `ts` and marks it; false when it is not here. */
  highlight(ts) {
    const node = this.root.querySelector(`[data-ts="${CSS.escape(ts)}"]`);
    if (node === null) return false;
    this.sticky = false;
    node.scrollIntoView({ block: "center" });
    node.focus({ preventScroll: true });
    restart(node, "highlight");
    return true;
  }

  #nearEnd() {
    return this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight < NEAR_END;
  }

  #day(message) {
    const heading = dayHeading(dateOf(message.ts));
    if (!this.#days.has(heading))
      this.#days.set(
        heading,
        h("div", { class: "day", role: "separator", "aria-label": heading }, h("span", {}, heading)),
      );
    return this.#days.get(heading);
  }

  #node({ key, message }, last, desk) {
    const grouped = follows(message, last);
    const before = this.#shown.get(key);
    const text = JSON.stringify([message, grouped]);
    if (before?.text === text) return before.node;
    const { node, surface } = renderMessage({ message, grouped, before: before?.surface?.values }, desk);
    this.#shown.set(key, { node, surface, text, content: contentOf(message) });
    if (before) this.#replace(before, node, message, desk);
    return node;
  }

  #replace(before, node, message, desk) {
    const focus = focusIn(before.node);
    // Only once the new node stands in the page.
    if (focus) queueMicrotask(() => (sameControl(node, focus) ?? node).focus({ preventScroll: true }));
    if (before.content === contentOf(message)) return;
    restart(node, "flash");
    announce(`${nameOf(message, desk.directory)} changed a message: ${message.text}`);
  }
}

const contentOf = (message) => JSON.stringify([message.text, message.blocks]);

function startsDay(message, last) {
  return last === null || !sameDay(dateOf(message.ts), dateOf(last.ts));
}

// The same author shortly after: the name is not repeated, except on cards and private messages.
function follows(message, last) {
  if (last === null || message.notice || last.notice || message.is_ephemeral || last.is_ephemeral)
    return false;
  if (
    message.edited ||
    isCard(message) ||
    isCard(last) ||
    message.user !== last.user ||
    message.username !== last.username
  )
    return false;
  return message.ts - last.ts < GROUP_SECONDS && sameDay(dateOf(message.ts), dateOf(last.ts));
}

function restart(node, name) {
  node.classList.remove(name);
  void node.offsetWidth;
  node.classList.add(name);
  node.addEventListener("animationend", () => node.classList.remove(name), { once: true });
}
