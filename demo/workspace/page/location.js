// The page's address: who acts, where, and which message is meant.

const NAMES = ["user", "channel", "ts", "thread_ts", "app"];

/** The parts of an address that this page understands; absent ones are null. */
export function readPlace(search) {
  const query = new URLSearchParams(search);
  return Object.fromEntries(NAMES.map((name) => [name, query.get(name)]));
}

/** Shows the place in the address bar without loading anything. */
export function writePlace(place) {
  const query = new URLSearchParams();
  for (const name of NAMES) if (place[name]) query.set(name, place[name]);
  history.replaceState(null, "", `?${query}`);
}

/** The place that a link of this page leads to, or null when it leads elsewhere. */
export function placeOfLink(anchor) {
  const url = new URL(anchor.href, location.href);
  if (url.origin !== location.origin || url.pathname !== "/" || !url.searchParams.has("channel")) return null;
  return readPlace(url.search);
}
