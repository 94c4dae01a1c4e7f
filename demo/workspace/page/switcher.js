// Who one acts as: native radio buttons dressed as people.

import { avatar } from "./avatar.js";
import { h } from "./dom.js";

const firstName = (user) => (user.real_name || user.name).split(/\s+/)[0];

/** Fills `root` with the people of `directory`; choosing one calls onChoose(id). */
export function renderSwitcher(root, directory, onChoose) {
  const people = directory.people().map((user) => person(user, user.id === directory.me));
  const group = h(
    "fieldset",
    { class: "switcher" },
    h("legend", {}, "Acting as"),
    h("div", { class: "people" }, people),
  );
  group.addEventListener("change", (event) => onChoose(event.target.value));
  const focused = root.contains(document.activeElement);
  root.replaceChildren(group);
  if (focused) root.querySelector("input:checked")?.focus();
}

function person(user, isMe) {
  const radio = h("input", {
    type: "radio",
    name: "acting-as",
    value: user.id,
    checked: isMe,
    class: "sr-only",
  });
  const role = user.role ? h("span", { class: "person-role" }, user.role) : null;
  return h(
    "label",
    { class: "person", title: `Act as ${user.real_name || user.name}` },
    radio,
    avatar(user, { size: "small" }),
    h("span", { class: "person-text" }, h("span", { class: "person-name" }, firstName(user)), role),
  );
}
