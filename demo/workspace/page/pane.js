// A conversation on screen: its messages, its message box, and what arrives for it. Channel and thread are both panes.

import { meaning } from "./commands.js";
import { Composer } from "./composer.js";
import { MessageList } from "./list.js";
import { Conversation } from "./store.js";

export class Pane {
  #conversation = new Conversation();
  #asked = 0;

  /** `parts` are {list, scroller, composer}: elements to fill. `desk` is what messages may do: see desk.js. */
  constructor(parts, { desk, extra = null }) {
    this.parts = parts;
    this.makeDesk = desk;
    this.place = null;
    this.list = new MessageList(parts.list, parts.scroller);
    this.composer = new Composer({
      label: "Message",
      commands: () => this.#commands(),
      onSend: (text) => this.#send(text),
      extra,
    });
    parts.composer.replaceChildren(this.composer.node);
  }

  /** Shows `place` ({channel, threadTs?}) as `session` sees it; `intro` is a node that stands before the first message. */
  async open(session, place, { label, intro = null }) {
    this.session = session;
    this.place = place;
    this.intro = intro;
    this.desk = this.makeDesk(session, this);
    this.#conversation = new Conversation();
    this.list.clear();
    this.composer.relabel(label);
    await this.load();
  }

  /** Fetches the history anew, as after a lost connection. */
  async load() {
    this.#asked += 1;
    const asked = this.#asked;
    const { channel, threadTs } = this.place;
    this.parts.list.setAttribute("aria-busy", "true");
    this.#conversation.expect();
    try {
      const { messages } = await this.session.api.get(
        "/_/history",
        threadTs ? { channel, thread_ts: threadTs } : { channel },
      );
      if (asked !== this.#asked) return;
      this.#conversation.load(messages);
    } catch (error) {
      this.desk.fail(error);
    }
    this.render();
    this.parts.list.removeAttribute("aria-busy");
  }

  close() {
    this.#asked += 1;
    this.place = null;
    this.list.clear();
  }

  /** Takes an event of the stream that belongs here; returns whether it did. */
  receive(event) {
    if (this.place === null) return false;
    if (event.type === "message_deleted") return this.#deleted(event);
    if (!this.#belongs(event.message)) return false;
    this.#conversation.put(event.message);
    this.render();
    return true;
  }

  #deleted({ channel, ts, is_ephemeral: isEphemeral }) {
    if (channel !== this.place.channel) return false;
    this.#conversation.remove(ts, Boolean(isEphemeral));
    this.render();
    return true;
  }

  #belongs(message) {
    const { channel, threadTs } = this.place;
    if (message.channel !== channel) return false;
    if (threadTs) return message.ts === threadTs || message.thread_ts === threadTs;
    return (
      !message.thread_ts ||
      message.thread_ts === message.ts ||
      Boolean(message.broadcast) ||
      this.#conversation.get(message.ts) !== undefined
    );
  }

  /** A notice that only this page shows. */
  notice(text, kind = "info") {
    this.#conversation.notice(text, kind);
    this.list.sticky = true;
    this.render();
  }

  dismiss(message) {
    this.#conversation.dismiss(message);
    this.render();
    this.composer.box.focus();
  }

  render() {
    if (this.place !== null) this.list.show(this.#conversation.list(), this.desk, this.intro);
  }

  #commands() {
    return this.place?.threadTs || !this.session ? [] : this.session.directory.commands;
  }

  // Resolves to true when the text was taken.
  async #send(text) {
    const { kind, name } = meaning(text, this.session.directory.commands);
    if (kind === "unknown")
      this.notice(
        `${name} is not a valid command. A message that starts with “/” is read as a command; put a space before it to send it as text.`,
        "error",
      );
    if (kind === "command" && this.place.threadTs)
      this.notice(`${name} does not work in threads. Send it in the channel instead.`, "error");
    if (kind === "unknown" || (kind === "command" && this.place.threadTs)) return false;
    this.list.sticky = true;
    try {
      await this.#deliver(kind, text);
      return true;
    } catch (error) {
      // Why a command failed comes over the stream, as a notice of the workspace; only a lost server is told here.
      if (kind === "text" || error.code === "unreachable") this.notice(error.message, "error");
      return false;
    }
  }

  #deliver(kind, text) {
    const { channel, threadTs } = this.place;
    if (kind === "command") return this.session.api.post("/_/command", { channel, text });
    return this.session.api.post(
      "/_/post",
      threadTs ? { channel, text: text.trim(), thread_ts: threadTs } : { channel, text: text.trim() },
    );
  }
}
