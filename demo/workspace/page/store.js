// The messages of one conversation (a channel or a thread), in order of their ts.

const keyOf = (message) => `${message.ts}${message.is_ephemeral ? "-private" : ""}`;

export class Conversation {
  #messages = new Map();
  #newer = new Map();
  #notices = [];
  #dismissed = new Set();

  /** A history is being fetched: what the stream tells from now on is newer than it. */
  expect() {
    this.#newer = new Map();
  }

  /** Replaces what the server told before; notices of this page, and what came since expect(), stay. */
  load(messages) {
    this.#messages = new Map(messages.map((message) => [keyOf(message), message]));
    for (const [key, message] of this.#newer) this.#apply(key, message);
    this.#newer = new Map();
  }

  put(message) {
    this.#apply(keyOf(message), message);
  }

  remove(ts, isEphemeral) {
    this.#apply(keyOf({ ts, is_ephemeral: isEphemeral }), null);
  }

  #apply(key, message) {
    this.#newer.set(key, message);
    if (message === null) this.#messages.delete(key);
    else this.#messages.set(key, message);
  }

  get(ts) {
    return this.#messages.get(ts);
  }

  /** Adds a notice that only this page knows, as Slack's own about an unknown command. */
  notice(text, kind) {
    const ts = (Date.now() / 1000).toFixed(6);
    this.#notices.push({ ts, notice: kind, text, is_ephemeral: true, blocks: [], files: [] });
  }

  /** Hides a private message or notice from this page. */
  dismiss(message) {
    this.#dismissed.add(keyOf(message));
  }

  /** Everything to show, oldest first, with a `key` that stays the same over edits. */
  list() {
    const all = [...this.#messages.values(), ...this.#notices].map((message) => ({
      key: keyOf(message),
      message,
    }));
    return all
      .filter(({ key }) => !this.#dismissed.has(key))
      .sort((one, other) => (one.message.ts < other.message.ts ? -1 : 1));
  }
}
