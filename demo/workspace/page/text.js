// Text objects: plain_text and mrkdwn.

import { h } from "./dom.js";
import { plainText } from "./emoji.js";
import { mrkdwn } from "./mrkdwn.js";

/** A text object as an element; plain_text keeps its line breaks and knows emoji only. */
export function textNode(object, directory) {
  if (object.type === "mrkdwn") return mrkdwn(object.text, directory);
  return h("div", { class: "plain" }, object.emoji === false ? object.text : plainText(object.text ?? ""));
}

/** The plain characters of a text object, for labels and options. */
export const bare = (object) => object?.text ?? "";
