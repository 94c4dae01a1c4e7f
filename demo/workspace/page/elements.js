// Block elements that act at once: buttons, selects, overflow menus; and images. Inputs are in inputs.js.

import { menuButton } from "./buttons.js";
import { h } from "./dom.js";
import { INPUTS } from "./inputs.js";
import { openMenu } from "./menu.js";
import { plainText } from "./emoji.js";
import { bare } from "./text.js";

const SAFE_IMAGE = /^(https?:\/\/|\/_\/file\/|data:image\/(png|jpeg|gif|webp);)/i;

const ELEMENTS = { button, overflow, image: (element) => image(element), ...INPUTS };

/** `element` as a node. `slot` is {blockId, surface, dispatch}: where it stands, and whether a change is sent at once. */
export function renderElement(element, slot) {
  if (Object.hasOwn(ELEMENTS, element.type)) return ELEMENTS[element.type](element, slot);
  return h("span", { class: "unsupported" }, `Cannot show “${element.type}”.`);
}

function button(element, slot) {
  const style = ["primary", "danger"].includes(element.style) ? ` ${element.style}` : "";
  const node = h(
    "button",
    { type: "button", class: `button${style}`, "aria-label": element.accessibility_label },
    plainText(bare(element.text)),
  );
  node.dataset.focus = `${slot.blockId}/${element.action_id}`;
  node.dataset.actionId = element.action_id ?? "";
  node.addEventListener("click", () => {
    if (/^https?:\/\//i.test(element.url ?? "")) window.open(element.url, "_blank", "noopener");
    const action = { action_id: element.action_id, type: "button", text: element.text };
    if (element.value !== undefined) action.value = element.value;
    slot.surface.act(slot.blockId, action, { trigger: node, confirm: element.confirm });
  });
  return node;
}

function overflow(element, slot) {
  const label = "More choices";
  const send = (option, trigger) => {
    const action = { action_id: element.action_id, type: "overflow", selected_option: option };
    slot.surface.act(slot.blockId, action, { trigger, confirm: element.confirm });
  };
  const items = (anchor) =>
    (element.options ?? []).map((option) => ({ label: bare(option.text), run: () => send(option, anchor) }));
  const data = { focus: `${slot.blockId}/${element.action_id}`, actionId: element.action_id ?? "" };
  const open = (anchor) => openMenu(anchor, items(anchor), label);
  return menuButton("dots", label, open, { class: "button square", data });
}

/** An image that shows its alternative text when it cannot be loaded. */
export function image(element, kind = "") {
  const alt = element.alt_text ?? "";
  const url = element.image_url ?? "";
  if (!SAFE_IMAGE.test(url)) return h("span", { class: "image-gone" }, alt || "image");
  const node = h("img", {
    class: `image ${kind}`,
    src: url,
    alt,
    loading: "lazy",
    referrerpolicy: "no-referrer",
  });
  node.addEventListener("error", () => node.replaceWith(h("span", { class: "image-gone" }, alt || "image")), {
    once: true,
  });
  return node;
}
