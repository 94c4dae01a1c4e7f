// Builds DOM nodes. Nothing in this page parses a string as HTML: content from messages only ever becomes text nodes.

const SVG = "http://www.w3.org/2000/svg";
const AS_PROPERTY = new Set([
  "value",
  "checked",
  "disabled",
  "hidden",
  "selected",
  "open",
  "rows",
  "tabIndex",
  "type",
]);

/** An element. Properties: attributes, plus `on` (listeners), `data` (dataset) and `vars` (CSS custom properties). */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) assign(node, name, value);
  append(node, children);
  return node;
}

const SPECIAL = {
  on: (node, listeners) =>
    Object.entries(listeners).forEach(([event, run]) => node.addEventListener(event, run)),
  data: (node, values) => Object.assign(node.dataset, values),
  vars: (node, values) =>
    Object.entries(values).forEach(([name, text]) => node.style.setProperty(name, text)),
  class: (node, names) => (node.className = names),
};

function assign(node, name, value) {
  if (value === null || value === undefined) return;
  if (Object.hasOwn(SPECIAL, name)) SPECIAL[name](node, value);
  else if (AS_PROPERTY.has(name)) node[name] = value;
  else if (name.startsWith("aria-")) node.setAttribute(name, String(value));
  else if (value !== false) node.setAttribute(name, value === true ? "" : String(value));
}

/** Appends nodes, strings and nested arrays of them; skips null, undefined and false. */
export function append(node, children) {
  for (const child of [children].flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child);
  }
  return node;
}

/** An SVG element tree: `shapes` are [tag, attributes] pairs. */
export function svg(attributes, shapes) {
  const root = document.createElementNS(SVG, "svg");
  for (const [name, value] of Object.entries(attributes)) root.setAttribute(name, value);
  for (const [tag, props] of shapes) {
    const shape = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(props)) shape.setAttribute(name, value);
    root.append(shape);
  }
  return root;
}

/** Makes `parent` hold exactly `wanted`, in order, touching only nodes that are out of place (keeps focus and scroll). */
export function reconcile(parent, wanted) {
  const keep = new Set(wanted);
  for (const child of [...parent.childNodes]) if (!keep.has(child)) child.remove();
  wanted.forEach((node, index) => {
    const present = parent.childNodes[index];
    if (present !== node) parent.insertBefore(node, present ?? null);
  });
}

let counter = 0;
/** An id no other element of this page has. */
export function uniqueId(prefix) {
  counter += 1;
  return `${prefix}-${counter}`;
}
