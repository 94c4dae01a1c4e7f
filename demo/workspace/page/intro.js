// What a conversation is called, and what stands before its first message.

import { h } from "./dom.js";
import { icon } from "./icons.js";

/** "#name", or the app's name for a direct message. */
export function placeName(channel) {
  if (!channel) return "";
  return channel.is_im ? channel.name : `#${channel.name}`;
}

/** The beginning of `channel`: what it is for, and how to start. */
export function introOf(channel, directory) {
  const [command] = directory.commands;
  const start =
    command && (channel.is_im || channel.bot_member)
      ? h("p", {}, "Type ", h("code", {}, `${command.command} help`), " to see what is possible.")
      : null;
  const about = channel.is_im ? `Messages between you and ${channel.name}.` : channel.topic;
  return h(
    "div",
    { class: "intro" },
    icon(channel.is_im ? "app" : "hash"),
    h("h2", {}, channel.name),
    about ? h("p", {}, about) : null,
    start,
  );
}
