// What can be typed after a slash: which suggestions fit, and which command a text runs. Knows no DOM.

/**
 * Suggestions for `text`: {items: [{insert, label, hint, description}], active, usage}.
 * `active` is the item that Enter would take, or -1 when Enter sends; `usage` is the hint of a complete command.
 */
export function suggest(text, commands) {
  const none = { items: [], active: -1, usage: null };
  if (!text.startsWith("/") || text.includes("\n")) return none;
  const [name, sub, rest] = split(text);
  if (sub === null) return forCommands(name, commands);
  const command = commands.find((one) => one.command === name);
  if (command === undefined) return none;
  return rest === null ? forSubcommands(command, sub) : { ...none, usage: usageOf(command, sub) };
}

// "/regclean rm app" is ["/regclean", "rm", "app"]; what is not begun yet is null.
function split(text) {
  const match = /^(\S*)(?: +(\S*)(?: +(.*))?)?$/s.exec(text);
  return [match?.[1] ?? text, match?.[2] ?? null, match?.[3] ?? null];
}

function forCommands(typed, commands) {
  const fitting = commands.filter((one) => one.command.startsWith(typed));
  const items = fitting.map((one) => ({
    insert: `${one.command} `,
    label: one.command,
    hint: one.usage_hint ?? "",
    description: one.description ?? "",
  }));
  const exact = fitting.some((one) => one.command === typed);
  return { items, active: exact || items.length === 0 ? -1 : 0, usage: null };
}

function forSubcommands(command, typed) {
  const all = command.subcommands ?? [];
  const fitting = all.filter((one) => one.name.startsWith(typed));
  const items = fitting.map((one) => ({
    insert: `${command.command} ${one.name} `,
    label: one.name,
    hint: one.hint ?? "",
    description: one.description ?? "",
  }));
  const exact = all.some((one) => one.name === typed);
  return {
    items,
    active: typed === "" || exact || items.length === 0 ? -1 : 0,
    usage: items.length === 0 ? usageOf(command, typed) : null,
  };
}

function usageOf(command, sub) {
  const known = (command.subcommands ?? []).find((one) => one.name === sub);
  return known
    ? `${command.command} ${known.name} ${known.hint ?? ""}`.trim()
    : `${command.command} ${command.usage_hint ?? ""}`.trim();
}

/** What sending `text` means: {kind: "text"}, {kind: "command"} or {kind: "unknown", name}. */
export function meaning(text, commands) {
  if (!text.startsWith("/")) return { kind: "text" };
  const name = text.split(/\s/, 1)[0];
  return commands.some((one) => one.command === name) ? { kind: "command", name } : { kind: "unknown", name };
}
