// Block elements that hold a value: text, selects, checkboxes, radio buttons, dates.

import { h, uniqueId } from "./dom.js";
import { bare, textNode } from "./text.js";

// A datetimepicker holds seconds since 1970; the field shows the reader's own time.
const MINUTES = {
  show: (seconds) => (seconds ? localMinutes(new Date(seconds * 1000)) : ""),
  read: (text) => (text ? Math.floor(new Date(text).getTime() / 1000) : null),
};
const AS_TYPED = { show: (text) => text ?? "", read: (text) => text || null };

export const INPUTS = {
  plain_text_input: textInput("text"),
  email_text_input: textInput("email"),
  url_text_input: textInput("url"),
  number_input: textInput("number"),
  static_select: select,
  users_select: directorySelect("selected_user", (directory) =>
    directory.people().map((user) => [user.id, directory.userName(user.id)]),
  ),
  channels_select: directorySelect("selected_channel", channelOptions),
  conversations_select: directorySelect("selected_conversation", channelOptions),
  checkboxes: choices("checkbox"),
  multi_static_select: choices("checkbox"),
  radio_buttons: choices("radio"),
  datepicker: moment("date", "date"),
  timepicker: moment("time", "time"),
  datetimepicker: moment("datetime-local", "date_time", MINUTES),
};

// What the element holds goes to state.values; where changes act at once it is also sent.
function keep(element, slot, fields, trigger = null) {
  slot.surface.set(slot.blockId, element.action_id, { type: element.type, ...fields });
  if (trigger === null || !slot.dispatch) return;
  slot.surface.act(
    slot.blockId,
    { action_id: element.action_id, type: element.type, ...fields },
    { trigger, confirm: element.confirm },
  );
}

const held = (element, slot) => slot.surface.previous(slot.blockId, element.action_id);

function attributes(element, slot) {
  const focus = `${slot.blockId}/${element.action_id}`;
  return {
    id: slot.id,
    "aria-label": slot.id ? null : (slot.label ?? bare(element.placeholder) ?? null),
    "aria-describedby": slot.describedBy,
    data: { focus, actionId: element.action_id ?? "" },
  };
}

function textInput(type) {
  return (element, slot) => {
    const value = held(element, slot)?.value ?? element.initial_value ?? "";
    const limits = {
      minlength: element.min_length,
      maxlength: element.max_length,
      min: element.min_value,
      max: element.max_value,
    };
    const common = {
      ...attributes(element, slot),
      ...limits,
      class: "field",
      placeholder: bare(element.placeholder),
      value,
      autofocus: element.focus_on_load,
    };
    const node = element.multiline
      ? h("textarea", { ...common, rows: 4 })
      : h("input", { ...common, type, step: element.is_decimal_allowed ? "any" : null });
    keep(element, slot, { value: value || null });
    node.addEventListener("input", () => keep(element, slot, { value: node.value || null }));
    node.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.isComposing && slot.dispatch && !element.multiline)
        keep(element, slot, { value: node.value || null }, node);
    });
    return node;
  };
}

function select(element, slot) {
  const groups = element.option_groups ?? [{ label: null, options: element.options ?? [] }];
  const options = groups.flatMap((group) => group.options);
  const chosen = held(element, slot)?.selected_option ?? element.initial_option ?? null;
  const at = options.findIndex((option) => option.value === chosen?.value);
  const optionNode = (option) =>
    h(
      "option",
      { value: String(options.indexOf(option)), selected: options.indexOf(option) === at },
      bare(option.text),
    );
  const grouped = groups.map((group) =>
    group.label
      ? h("optgroup", { label: bare(group.label) }, group.options.map(optionNode))
      : group.options.map(optionNode),
  );
  const none = h(
    "option",
    { value: "", selected: at === -1, disabled: !slot.optional, hidden: !slot.optional },
    bare(element.placeholder) || "Choose…",
  );
  const node = h("select", { ...attributes(element, slot), class: "field select" }, none, grouped);
  keep(element, slot, { selected_option: options[at] ?? null });
  node.addEventListener("change", () =>
    keep(element, slot, { selected_option: options[Number.parseInt(node.value, 10)] ?? null }, node),
  );
  return node;
}

function channelOptions(directory) {
  return directory.publicChannels().map((channel) => [channel.id, `#${channel.name}`]);
}

function directorySelect(field, list) {
  return (element, slot) => {
    const value = held(element, slot)?.[field] ?? element[field.replace("selected", "initial")] ?? "";
    const options = list(slot.surface.directory).map(([id, name]) =>
      h("option", { value: id, selected: id === value }, name),
    );
    const none = h("option", { value: "", selected: value === "" }, bare(element.placeholder) || "Choose…");
    const node = h("select", { ...attributes(element, slot), class: "field select" }, none, options);
    keep(element, slot, { [field]: value || null });
    node.addEventListener("change", () => keep(element, slot, { [field]: node.value || null }, node));
    return node;
  };
}

function choices(type) {
  const many = type === "checkbox";
  return (element, slot) => {
    const options = element.options ?? (element.option_groups ?? []).flatMap((group) => group.options);
    const before = held(element, slot);
    const start = many
      ? (before?.selected_options ?? element.initial_options ?? [])
      : [before?.selected_option ?? element.initial_option];
    const name = uniqueId(type);
    const chosen = new Set(start.filter(Boolean).map((option) => option.value));
    const boxes = options.map((option) => h("input", { type, name, checked: chosen.has(option.value) }));
    const fields = () => {
      const picked = options.filter((option, at) => boxes[at].checked);
      return many ? { selected_options: picked } : { selected_option: picked[0] ?? null };
    };
    const rows = options.map((option, at) => choiceRow(boxes[at], option, slot.surface.directory));
    const role = many ? "group" : "radiogroup";
    const node = h(
      "div",
      { ...attributes(element, slot), id: null, class: "choices", role, "aria-labelledby": slot.labelId },
      rows,
    );
    keep(element, slot, fields());
    node.addEventListener("change", (event) => keep(element, slot, fields(), event.target));
    return node;
  };
}

function choiceRow(boxNode, option, directory) {
  const description = option.description
    ? h("span", { class: "choice-note" }, textNode(option.description, directory))
    : null;
  return h(
    "label",
    { class: "choice" },
    boxNode,
    h("span", {}, textNode(option.text, directory), description),
  );
}

function moment(type, name, { show, read } = AS_TYPED) {
  const field = `selected_${name}`;
  return (element, slot) => {
    const value = held(element, slot)?.[field] ?? element[`initial_${name}`] ?? null;
    const node = h("input", { ...attributes(element, slot), class: "field", type, value: show(value) });
    keep(element, slot, { [field]: value });
    node.addEventListener("change", () => keep(element, slot, { [field]: read(node.value) }, node));
    return node;
  };
}

function localMinutes(date) {
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
