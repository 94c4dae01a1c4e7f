// The thread pane: beside the channel, or over it on narrow screens.

import { placeName } from "./intro.js";
import { Pane } from "./pane.js";

export class Thread {
  constructor(root, { desk, onClose }) {
    this.root = root;
    this.onClose = onClose;
    const parts = {
      list: root.querySelector(".messages"),
      scroller: root.querySelector(".scroller"),
      composer: root.querySelector(".composer-slot"),
    };
    this.pane = new Pane(parts, { desk });
    this.opener = null;
    root.querySelector(".thread-close").addEventListener("click", () => this.close());
    root.addEventListener(
      "keydown",
      (event) => event.key === "Escape" && !event.defaultPrevented && this.close(),
    );
  }

  get isOpen() {
    return !this.root.hidden;
  }

  /** Shows the thread under `ts`; `focus` puts the cursor into its message box. */
  async open(session, channel, ts, { focus = false } = {}) {
    if (!this.root.contains(document.activeElement)) this.opener = document.activeElement;
    this.root.hidden = false;
    document.body.classList.add("thread-open");
    this.root.querySelector(".thread-place").textContent = placeName(session.directory.channel(channel));
    const opened = this.pane.open(session, { channel, threadTs: ts }, { label: "Reply…" });
    if (focus) this.pane.composer.box.focus();
    else this.root.querySelector(".thread-close").focus();
    await opened;
  }

  close() {
    if (!this.isOpen) return;
    this.pane.close();
    this.root.hidden = true;
    document.body.classList.remove("thread-open");
    if (this.opener?.isConnected) this.opener.focus();
    this.onClose();
  }
}
