// Short notices at the edge of the window, and the voice for screen readers.

import { iconButton } from "./buttons.js";
import { h } from "./dom.js";

const SECONDS = { error: 9, info: 5 };

/** Shows a notice; errors interrupt a screen reader, others wait their turn. */
export function toast(text, kind = "info") {
  const host = document.getElementById("toasts");
  const close = iconButton("close", "Dismiss", () => node.remove());
  const node = h(
    "div",
    { class: `toast ${kind}`, role: kind === "error" ? "alert" : "status" },
    h("p", {}, text),
    close,
  );
  host.append(node);
  setTimeout(() => node.remove(), SECONDS[kind] * 1000);
}

/** Says `text` to screen readers only. */
export function announce(text) {
  document.getElementById("announcer").textContent = text;
}
