// Avatars: initials on the user's colour; apps get the app mark.

import { h } from "./dom.js";
import { icon } from "./icons.js";

const FALLBACK = "607d8b";

/** A decorative avatar (the name always stands beside it). */
export function avatar(user, { isBot = false, size = "" } = {}) {
  const kind = `avatar ${size}`;
  if (isBot || user?.is_bot) return h("span", { class: `${kind} app`, "aria-hidden": "true" }, icon("app"));
  const color = /^#?([0-9a-f]{6})$/i.exec(user?.color ?? "")?.[1] ?? FALLBACK;
  const vars = { "--avatar": `#${color}`, "--avatar-ink": isLight(color) ? "#10181b" : "#ffffff" };
  return h("span", { class: kind, vars, "aria-hidden": "true" }, initials(user));
}

export function initials(user) {
  const words = (user?.real_name || user?.name || "?").trim().split(/\s+/);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words;
  return letters.map((word) => [...word][0].toUpperCase()).join("");
}

// Relative luminance (WCAG 2); above 0.18 dark ink reads better than white.
function isLight(hex) {
  const [red, green, blue] = [0, 2, 4].map((at) => {
    const channel = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.18;
}
