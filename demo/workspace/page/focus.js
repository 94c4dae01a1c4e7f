// Keeps the keyboard's place when a part of the page is built anew.

/** Where the focus is inside `root`: {place, action}, or null when it is elsewhere. */
export function focusIn(root) {
  const active = document.activeElement;
  if (!root.contains(active)) return null;
  return { place: active.dataset.focus ?? "", action: active.dataset.actionId ?? "" };
}

/** The control in `root` at the same place, or with the same action when block ids were made up anew; null if gone. */
export function sameControl(root, { place, action }) {
  const byPlace = place ? root.querySelector(`[data-focus="${CSS.escape(place)}"]`) : null;
  return byPlace ?? (action ? root.querySelector(`[data-action-id="${CSS.escape(action)}"]`) : null);
}
