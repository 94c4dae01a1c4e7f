// The live stream: a WebSocket that reconnects by itself.

const FIRST_DELAY = 300;
const LONGEST_DELAY = 5000;

export class Stream {
  #socket = null;
  #timer = null;
  #delay = FIRST_DELAY;
  #closed = false;

  /** `onEvent` gets each event; `onState` gets "open" (true after a gap) or "lost". */
  constructor(user, { onEvent, onState }) {
    Object.assign(this, { user, onEvent, onState });
    this.gap = false;
    this.#connect();
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#socket?.close();
  }

  #connect() {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(
      `${scheme}//${location.host}/_/stream?user=${encodeURIComponent(this.user)}`,
    );
    this.#socket = socket;
    socket.addEventListener("open", () => this.#opened());
    socket.addEventListener("message", (event) => !this.#closed && this.onEvent(JSON.parse(event.data)));
    socket.addEventListener("close", () => this.#lost());
  }

  #opened() {
    if (this.#closed) return;
    this.#delay = FIRST_DELAY;
    this.onState("open", this.gap);
    this.gap = false;
  }

  #lost() {
    if (this.#closed) return;
    this.gap = true;
    this.onState("lost", true);
    this.#timer = setTimeout(() => this.#connect(), this.#delay * (0.75 + Math.random() / 2));
    this.#delay = Math.min(this.#delay * 2, LONGEST_DELAY);
  }
}
