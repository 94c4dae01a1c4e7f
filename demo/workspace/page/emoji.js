// Emoji: shortcodes to characters, characters to the drawings in emoji-art.js and emoji-more.js, and the nodes that show them.

import { h, svg } from "./dom.js";
import { STATE_ART } from "./emoji-art.js";
import { TALK_ART } from "./emoji-more.js";

const ART = { ...STATE_ART, ...TALK_ART };

const CHARACTERS = {
  white_check_mark: "✅",
  heavy_check_mark: "✔️",
  ballot_box_with_check: "☑️",
  x: "❌",
  negative_squared_cross_mark: "❎",
  warning: "⚠️",
  no_entry: "⛔",
  no_entry_sign: "🚫",
  octagonal_sign: "🛑",
  hourglass_flowing_sand: "⏳",
  hourglass: "⌛",
  lock: "🔒",
  unlock: "🔓",
  key: "🔑",
  broom: "🧹",
  wastebasket: "🗑️",
  package: "📦",
  recycle: "♻️",
  label: "🏷️",
  bell: "🔔",
  mag: "🔍",
  question: "❓",
  grey_question: "❔",
  exclamation: "❗",
  information_source: "ℹ️",
  arrows_counterclockwise: "🔄",
  clock3: "🕒",
  alarm_clock: "⏰",
  stopwatch: "⏱️",
  timer_clock: "⏲️",
  rotating_light: "🚨",
  construction: "🚧",
  fire: "🔥",
  rocket: "🚀",
  zap: "⚡",
  sparkles: "✨",
  tada: "🎉",
  bulb: "💡",
  eyes: "👀",
  shield: "🛡️",
  floppy_disk: "💾",
  link: "🔗",
  memo: "📝",
  page_facing_up: "📄",
  clipboard: "📋",
  bar_chart: "📊",
  file_folder: "📁",
  calendar: "📅",
  pushpin: "📌",
  gear: "⚙️",
  hammer_and_wrench: "🛠️",
  robot_face: "🤖",
  whale: "🐳",
  thumbsup: "👍",
  thumbsdown: "👎",
  red_circle: "🔴",
  large_orange_circle: "🟠",
  large_yellow_circle: "🟡",
  large_green_circle: "🟢",
  large_blue_circle: "🔵",
  white_circle: "⚪",
  black_circle: "⚫",
  arrow_right: "➡️",
  fast_forward: "⏩",
  double_vertical_bar: "⏸️",
  arrow_forward: "▶️",
  black_right_pointing_double_triangle_with_vertical_bar: "⏭️",
  black_square_for_stop: "⏹️",
  checkered_flag: "🏁",
  mag_right: "🔎",
  basket: "🧺",
  adhesive_bandage: "🩹",
  wave: "👋",
  pray: "🙏",
  clap: "👏",
  point_right: "👉",
  raised_hand: "✋",
  ok_hand: "👌",
  muscle: "💪",
  thinking_face: "🤔",
  smile: "😄",
  slightly_smiling_face: "🙂",
  grimacing: "😬",
  heart: "❤️",
  star: "⭐",
  100: "💯",
  bug: "🐛",
  ghost: "👻",
  skull: "💀",
  coffee: "☕",
  computer: "💻",
  wrench: "🔧",
  books: "📚",
  speech_balloon: "💬",
  email: "📧",
  arrow_up: "⬆️",
  arrow_down: "⬇️",
  arrow_left: "⬅️",
  small_blue_diamond: "🔹",
  globe_with_meridians: "🌐",
  mute: "🔇",
  mega: "📣",
  chart_with_upwards_trend: "📈",
  chart_with_downwards_trend: "📉",
  scissors: "✂️",
  ship: "🚢",
  snail: "🐌",
};

const ALIASES = {
  "+1": "thumbsup",
  "-1": "thumbsdown",
  stop_sign: "octagonal_sign",
  clock1: "clock3",
  clock2: "clock3",
  clock4: "clock3",
  clock9: "clock3",
  clock: "clock3",
  clock12: "clock3",
  whale2: "whale",
  robot: "robot_face",
  next_track_button: "black_right_pointing_double_triangle_with_vertical_bar",
  stop_button: "black_square_for_stop",
  pause_button: "double_vertical_bar",
  thinking: "thinking_face",
  heavy_exclamation_mark: "exclamation",
  date: "calendar",
  trash: "wastebasket",
  loudspeaker: "mega",
  hand: "raised_hand",
  green_circle: "large_green_circle",
  yellow_circle: "large_yellow_circle",
  orange_circle: "large_orange_circle",
  information: "information_source",
  shortcut: "arrow_forward",
};

const VARIATION = /\uFE0F/g;
const NAMES = new Map(Object.entries(CHARACTERS).map(([name, char]) => [char.replace(VARIATION, ""), name]));
const DRAWN = [...NAMES].filter(([, name]) => name in ART).map(([char]) => char);
const DRAWN_PATTERN = new RegExp(`(${DRAWN.join("|")})\\uFE0F?`, "gu");
// These characters also serve as plain typography: drawn only when an emoji variation selector asks for it.
const TYPOGRAPHIC = new Set(["✔", "☑", "ℹ", "➡", "⬆", "⬇", "⬅", "▶", "✂", "❤", "⚪", "⚫"]);

/** The canonical shortcode for `name` (aliases resolved, skin tone dropped), or null when it is not one we know. */
export function emojiName(name) {
  const plain = name.replace(/::skin-tone-\d$/, "");
  const canonical = ALIASES[plain] ?? plain;
  return Object.hasOwn(CHARACTERS, canonical) ? canonical : null;
}

/** A node that shows the emoji called `name`; unknown names stay visible as :name:. */
export function emojiNode(name) {
  const canonical = emojiName(name);
  if (canonical === null) return document.createTextNode(`:${name}:`);
  const label = canonical.replaceAll("_", " ");
  if (!Object.hasOwn(ART, canonical)) {
    return h(
      "span",
      { class: "emoji emoji-char", role: "img", "aria-label": label, title: `:${canonical}:` },
      CHARACTERS[canonical],
    );
  }
  return svg({ viewBox: "0 0 24 24", class: "emoji", role: "img", "aria-label": label }, ART[canonical]);
}

/** Text as nodes, with the emoji characters that have a drawing replaced by it. */
export function withEmoji(text) {
  const nodes = [];
  let done = 0;
  for (const match of text.matchAll(DRAWN_PATTERN)) {
    if (TYPOGRAPHIC.has(match[1]) && match[0] === match[1]) continue;
    if (match.index > done) nodes.push(text.slice(done, match.index));
    nodes.push(emojiNode(NAMES.get(match[1])));
    done = match.index + match[0].length;
  }
  if (done < text.length) nodes.push(text.slice(done));
  return nodes;
}

/** Plain text (Slack's plain_text): shortcodes and emoji become drawings, everything else stays as written. */
export function plainText(text) {
  const nodes = [];
  let done = 0;
  for (const match of text.matchAll(/:([a-z0-9_+'-]+):(?::skin-tone-\d:)?/g)) {
    if (emojiName(match[1]) === null) continue;
    nodes.push(...withEmoji(text.slice(done, match.index)), emojiNode(match[1]));
    done = match.index + match[0].length;
  }
  nodes.push(...withEmoji(text.slice(done)));
  return nodes;
}
