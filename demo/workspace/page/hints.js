// The strip for a first visit: three steps that show what regclean does.

import { iconButton } from "./buttons.js";
import { h } from "./dom.js";

const DISMISSED = "regclean-hints-dismissed";

const STEPS = [
  { role: "requester", fill: "/regclean ls" },
  { role: "requester", fill: "/regclean rm sample/library/busybox:1.35.0" },
  { role: "approver", say: "approves the card" },
];

/** Fills `root` unless it was dismissed before. A step calls onStep(userId, textOrNull). */
export function renderHints(root, directory, onStep) {
  const steps = STEPS.map((step) => ({ ...step, person: directory.personWithRole(step.role) })).filter(
    (step) => step.person,
  );
  root.hidden = steps.length === 0 || dismissed();
  if (root.hidden) return;
  const close = () => {
    remember();
    root.hidden = true;
  };
  root.replaceChildren(
    h("strong", { class: "hints-title" }, "Try:"),
    h(
      "ol",
      { class: "hints-steps" },
      steps.map((step, at) => h("li", {}, stepNode(step, at + 1, onStep))),
    ),
    iconButton("close", "Hide these hints", close),
  );
}

function stepNode({ person, fill, say }, number, onStep) {
  const name = (person.real_name || person.name).split(/\s+/)[0];
  const what = fill ? h("code", {}, fill) : say;
  return h(
    "button",
    { type: "button", class: "hint", on: { click: () => onStep(person.id, fill ?? null) } },
    h("span", { class: "hint-number", "aria-hidden": "true" }, String(number)),
    h("span", {}, fill ? `${name}: ` : `${name} `, what),
  );
}

// Storage may be switched off; then the strip comes back with the next visit.
function dismissed() {
  try {
    return localStorage.getItem(DISMISSED) !== null;
  } catch {
    return false;
  }
}

function remember() {
  try {
    localStorage.setItem(DISMISSED, "yes");
  } catch {
    // nothing to do: the strip is hidden until the page is loaded again
  }
}
