// The page: who acts, what is open, and where each event goes.

import { reason } from "./api.js";
import { menuButton } from "./buttons.js";
import { makeDesk, runShortcut } from "./desk.js";
import { Head } from "./head.js";
import { renderHints } from "./hints.js";
import { Home } from "./home.js";
import { introOf, placeName } from "./intro.js";
import { placeOfLink, readPlace, writePlace } from "./location.js";
import { openMenu } from "./menu.js";
import { Modals } from "./modal.js";
import { Pane } from "./pane.js";
import { Session } from "./session.js";
import { Sidebar } from "./sidebar.js";
import { renderSwitcher } from "./switcher.js";
import { Thread } from "./thread.js";
import { toast } from "./toast.js";

const part = (id) => document.getElementById(id);

class App {
  #session = null;
  #place = {};
  #asked = "";

  constructor() {
    const desk = (session, pane) => makeDesk(this, session, pane);
    const parts = { list: part("messages"), scroller: part("scroller"), composer: part("composer") };
    this.channel = new Pane(parts, { desk, extra: this.#shortcutsButton() });
    this.thread = new Thread(part("thread"), { desk, onClose: () => this.#remember({ thread_ts: null }) });
    this.sidebar = new Sidebar({
      root: part("sidebar"),
      toggle: part("drawer"),
      shade: part("shade"),
      onChannel: (id) => this.go({ channel: id }),
      onApp: (app) => this.go({ app: app.id }),
    });
    this.head = new Head(part("head"), { onTab: (place) => this.go(place) });
    document.addEventListener("click", (event) => this.#followLink(event));
  }

  /** Starts as the address says. */
  async start() {
    const place = readPlace(location.search);
    await this.become(place.user ?? "", place);
  }

  /** Acts as `user` from now on, at `place`. */
  async become(user, place) {
    this.#asked = user;
    let session;
    try {
      session = await Session.start(user);
    } catch (error) {
      return toast(error.message, "error");
    }
    // Somebody else was chosen meanwhile.
    if (this.#asked !== user) return undefined;
    this.#session?.close();
    this.modals?.clear();
    this.#session = session;
    const { directory, api } = session;
    const onError = (error) => toast(error.message, "error");
    this.modals = new Modals({ directory, api, onError });
    this.home = new Home(part("home"), { directory, api, onError });
    this.sidebar.forget();
    renderSwitcher(part("switcher"), directory, (id) => this.#switch(id));
    renderHints(part("hints"), directory, (id, text) => this.#hint(id, text));
    await session.listen({
      onEvent: (event) => this.#receive(event),
      onState: (state, gap) => this.#connection(state, gap),
    });
    return this.#session === session ? this.go(this.#translate(place)) : undefined;
  }

  #switch(user) {
    const thread = this.thread.isOpen ? this.thread.pane.place.threadTs : null;
    return this.become(user, { ...this.#place, ts: null, thread_ts: thread });
  }

  // A direct message belongs to one person: the next one sees their own.
  #translate(place) {
    const { directory } = this.#session;
    if (place.app && directory.apps.some((app) => app.id === place.app)) return { app: place.app };
    if (place.channel && directory.channel(place.channel)) return place;
    if (place.channel?.startsWith("D") && directory.apps.length)
      return { channel: directory.imWith(directory.apps[0])?.id };
    return {
      channel: (
        directory.publicChannels().find((channel) => channel.bot_member) ?? directory.publicChannels()[0]
      )?.id,
    };
  }

  /** Opens a channel ({channel, ts?, thread_ts?}) or an app's Home tab ({app}). */
  async go(place) {
    const session = this.#session;
    this.#place = place;
    this.thread.close();
    this.#remember({ thread_ts: place.thread_ts });
    document.body.classList.toggle("at-home", Boolean(place.app));
    this.#frame();
    if (place.app) return this.home.open();
    const channel = session.directory.channel(place.channel);
    await this.channel.open(
      session,
      { channel: channel.id },
      { label: `Message ${placeName(channel)}`, intro: introOf(channel, session.directory) },
    );
    if (this.#session !== session || this.#place.channel !== place.channel) return undefined;
    if (place.thread_ts && place.thread_ts !== place.ts) await this.openThread(channel.id, place.thread_ts);
    if (place.ts) this.#point(place.ts);
    return undefined;
  }

  #point(ts) {
    const found =
      this.channel.list.highlight(ts) || (this.thread.isOpen && this.thread.pane.list.highlight(ts));
    if (!found) toast("The message of this link is not in this channel.");
  }

  async openThread(channel, ts, options) {
    this.#remember({ thread_ts: ts });
    await this.thread.open(this.#session, channel, ts, options);
  }

  #remember(change) {
    this.#place = { ...this.#place, ...change };
    writePlace({ ...this.#place, user: this.#session.user });
  }

  // Head and sidebar follow the place.
  #frame() {
    const { directory } = this.#session;
    const app = directory.apps.find((one) => one.id === this.#place.app);
    const current = app ? directory.imWith(app)?.id : this.#place.channel;
    this.sidebar.read(current);
    this.sidebar.render(directory, current);
    this.head.render(directory, this.#place);
  }

  #receive(event) {
    if (event.type === "view") return this.modals.receive(event.view, event.mode);
    if (event.type === "home") return this.#place.app ? this.home.show(event.view) : undefined;
    if (event.type === "note") return this.#note(event);
    const inChannel = this.channel.receive(event);
    const inThread = this.thread.isOpen && this.thread.pane.receive(event);
    if (event.type === "message" && !inChannel && !inThread) this.#unread(event.message);
    return undefined;
  }

  #note({ text, kind }) {
    const why = reason(/error "(\w+)"/.exec(text)?.[1]);
    const whole = why ? `${text}\n${why}` : text;
    if (this.#place.app) return toast(whole, kind);
    return this.channel.notice(whole, kind);
  }

  #unread(message) {
    const isReply = message.thread_ts && message.thread_ts !== message.ts;
    const here = message.channel === this.#place.channel && !this.#place.app;
    if (isReply || here || message.user === this.#session.user) return;
    this.sidebar.mark(message.channel);
    this.#frame();
  }

  #connection(state, gap) {
    part("offline").hidden = state === "open";
    if (state !== "open" || !gap) return;
    if (this.channel.place) this.channel.load();
    if (this.thread.isOpen) this.thread.pane.load();
    if (this.#place.app) this.home.open();
  }

  async #hint(user, text) {
    const channel =
      this.#session.directory.publicChannels().find((one) => one.bot_member)?.id ?? this.#place.channel;
    if (user !== this.#session.user) await this.become(user, { channel });
    else if (this.#place.channel !== channel || this.#place.app) await this.go({ channel });
    if (text) this.channel.composer.fill(text);
  }

  #shortcutsButton() {
    return menuButton("plus", "Shortcuts", (anchor) => openMenu(anchor, this.#shortcuts(), "Shortcuts"));
  }

  #shortcuts() {
    const { directory, api } = this.#session;
    const own = directory.globalShortcuts.map((shortcut) => ({
      label: shortcut.name,
      icon: "bolt",
      run: () => runShortcut(api, { callback_id: shortcut.callback_id }),
    }));
    return [...own, { label: "Run a command…", icon: "plus", run: () => this.channel.composer.fill("/") }];
  }

  #followLink(event) {
    const anchor = event.target.closest?.("a[href]");
    if (!anchor || anchor.hasAttribute("download") || event.ctrlKey || event.metaKey || event.shiftKey)
      return;
    const place = placeOfLink(anchor);
    if (place === null || !this.#session.directory.channel(place.channel)) return;
    event.preventDefault();
    this.go({ channel: place.channel, ts: place.ts, thread_ts: place.thread_ts });
  }
}

new App().start();
