// The head of the main column: the channel's name and topic, or the app's name and its tabs.

import { h } from "./dom.js";
import { icon } from "./icons.js";

export class Head {
  constructor(root, { onTab }) {
    this.root = root;
    this.onTab = onTab;
  }

  /** `place` is {channel} or {app}. */
  render(directory, place) {
    const channel = directory.channel(place.channel);
    const app = shownApp(directory, place, channel);
    const name = (app ?? channel)?.name ?? "";
    const title = h("h1", { class: "head-title" }, icon(app ? "app" : "hash"), h("span", {}, name));
    const topic = () => h("p", { class: "head-topic" }, channel?.topic ?? "");
    const rest = app ? this.#tabs(directory, app, place) : topic();
    this.root.replaceChildren(title, rest);
    document.title = `${app ? name : `#${name}`} · ${directory.team.name}`;
  }

  #tabs(directory, app, place) {
    const im = directory.imWith(app)?.id;
    const tab = (label, target, selected) =>
      h(
        "button",
        {
          type: "button",
          class: "tab",
          "aria-current": selected ? "page" : null,
          on: { click: () => this.onTab(target) },
        },
        label,
      );
    return h(
      "nav",
      { class: "tabs", "aria-label": `${app.name} tabs` },
      tab("Home", { app: app.id }, Boolean(place.app)),
      im ? tab("Messages", { channel: im }, !place.app) : null,
    );
  }
}

// The app whose Home or direct message is shown, if any.
function shownApp(directory, place, channel) {
  const named = directory.apps.find((one) => one.id === place.app);
  return named ?? (channel?.is_im ? directory.appOf(channel) : undefined);
}
