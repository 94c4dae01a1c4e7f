// Modals: a stack of views, each a dialog with a form.

import { renderBlocks, showErrors } from "./blocks.js";
import { iconButton } from "./buttons.js";
import { closeDialog, openDialog } from "./dialog.js";
import { h } from "./dom.js";
import { plainText } from "./emoji.js";
import { focusIn, sameControl } from "./focus.js";
import { Surface } from "./surface.js";
import { bare } from "./text.js";

export class Modals {
  #stack = [];
  #dialog = null;
  #surface = null;
  // What was entered in each view of the stack, for when it is shown again.
  #entered = new Map();

  constructor({ directory, api, onError }) {
    Object.assign(this, { directory, api, onError });
  }

  /** A view event from the stream. */
  receive(view, mode) {
    if (mode === "open") this.#stack = [view];
    if (mode === "push") this.#stack = [...this.#stack.filter((one) => one.id !== view.id), view];
    if (mode === "update") this.#stack = this.#stack.map((one) => (one.id === view.id ? view : one));
    if (mode === "close") this.#stack = this.#stack.filter((one) => one.id !== view.id);
    this.#show();
  }

  /** Takes all modals away without telling the app. */
  clear() {
    this.#stack = [];
    this.#show();
  }

  #show() {
    const view = this.#stack.at(-1);
    if (this.#surface) this.#entered.set(this.#surface.container.view_id, this.#surface.values);
    const focus = this.#dialog ? focusIn(this.#dialog) : null;
    if (!view) return this.#remove();
    this.#surface = new Surface({
      container: { type: "view", view_id: view.id },
      directory: this.directory,
      api: this.api,
      onError: (error) => this.#complain([error.message]),
      before: this.#entered.get(view.id),
    });
    const content = (heading) => this.#form(view, heading);
    if (this.#dialog) this.#refill(view, content);
    else
      this.#dialog = openDialog({
        title: plainText(bare(view.title)),
        content,
        onCancel: () => this.#close(),
        kind: "modal",
      });
    this.#focus(focus);
  }

  #refill(view, content) {
    const heading = this.#dialog.querySelector(".dialog-title");
    heading.replaceChildren(...plainText(bare(view.title)));
    this.#dialog.replaceChildren(content(heading));
  }

  #focus(before) {
    const same = before ? sameControl(this.#dialog, before) : null;
    const first =
      same ??
      this.#dialog.querySelector("[autofocus], .dialog-body :is(input, textarea, select)") ??
      this.#dialog.querySelector(".dialog-foot .primary, .dialog-foot button");
    first?.focus();
  }

  #remove() {
    if (this.#dialog) closeDialog(this.#dialog);
    this.#dialog = null;
    this.#surface = null;
    this.#entered.clear();
  }

  #form(view, heading) {
    const close = () => this.#close();
    const submit = view.submit || view.blocks.some((block) => block.type === "input");
    const form = h(
      "form",
      { class: "modal-form", novalidate: true, data: { viewId: view.id } },
      h("header", { class: "dialog-head" }, heading, iconButton("close", "Close", close)),
      h(
        "div",
        { class: "dialog-body" },
        h("div", { class: "form-error", role: "alert" }),
        renderBlocks(view.blocks, this.#surface),
      ),
      h(
        "footer",
        { class: "dialog-foot" },
        h("button", { type: "button", class: "button", on: { click: close } }, bare(view.close) || "Close"),
        submit
          ? h("button", { type: "submit", class: "button primary" }, bare(view.submit) || "Submit")
          : null,
      ),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit(view, form);
    });
    return form;
  }

  async #submit(view, form) {
    const button = form.querySelector("[type=submit]");
    if (button === null || button.getAttribute("aria-busy") === "true") return;
    button.setAttribute("aria-busy", "true");
    try {
      const result = await this.api.post("/_/view_submit", {
        view_id: view.id,
        values: this.#surface.values,
      });
      this.#answered(view, form, result);
    } catch (error) {
      this.#complain([error.message]);
    } finally {
      button.removeAttribute("aria-busy");
    }
  }

  #answered(view, form, result) {
    if (result.response_action === "errors") return this.#complain(showErrors(form, result.errors ?? {}));
    if (result.response_action === "clear") return this.clear();
    // An update or a push comes over the stream, under the same or a new id.
    if (!result.response_action) this.receive(view, "close");
    return undefined;
  }

  #complain(sentences) {
    const place = this.#dialog?.querySelector(".form-error");
    if (place) place.textContent = sentences.join(" ");
  }

  async #close() {
    const view = this.#stack.at(-1);
    if (!view) return;
    this.receive(view, "close");
    try {
      await this.api.post("/_/view_close", { view_id: view.id });
    } catch (error) {
      this.onError(error);
    }
  }
}
