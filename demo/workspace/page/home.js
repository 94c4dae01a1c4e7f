// An app's Home tab.

import { renderBlocks } from "./blocks.js";
import { h } from "./dom.js";
import { focusIn, sameControl } from "./focus.js";
import { Surface } from "./surface.js";

export class Home {
  #surface = null;
  #view = null;

  constructor(root, { directory, api, onError }) {
    Object.assign(this, { root, directory, api, onError });
  }

  /** Shows what was published last, then tells the app that the tab was opened; news comes over the stream. */
  async open() {
    this.#empty("Opening…");
    try {
      const { view } = await this.api.get("/_/home");
      if (view) this.show(view);
      await this.api.post("/_/home", {});
    } catch (error) {
      this.onError(error);
    }
    if (this.#view === null) this.#empty("This app has not published a Home tab for you yet.");
  }

  show(view) {
    const focus = focusIn(this.root);
    const before = this.#surface?.values ?? {};
    this.#view = view;
    this.#surface = new Surface({
      container: { type: "view", view_id: view.id },
      directory: this.directory,
      api: this.api,
      onError: this.onError,
      before,
    });
    this.root.replaceChildren(
      h("div", { class: "home-view" }, renderBlocks(view.blocks ?? [], this.#surface)),
    );
    if (focus) sameControl(this.root, focus)?.focus();
  }

  #empty(text) {
    this.root.replaceChildren(h("p", { class: "empty" }, text));
  }
}
