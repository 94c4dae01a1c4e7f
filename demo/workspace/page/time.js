// Times as people read them. Slack's `ts` is seconds since 1970, with six decimals.

const DAY = 86_400_000;
const format = (options) => new Intl.DateTimeFormat("en", options);
const CLOCK = format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const CLOCK_SECONDS = format({ hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const LONG = format({ weekday: "long", month: "long", day: "numeric", year: "numeric" });
const MIDDLE = format({ month: "long", day: "numeric", year: "numeric" });
const SHORT = format({ month: "short", day: "numeric", year: "numeric" });
const HEADING = format({ weekday: "long", month: "long", day: "numeric" });

export const dateOf = (ts) => new Date(Number.parseFloat(ts) * 1000);
export const clock = (date) => CLOCK.format(date);
export const fullTime = (date) => `${LONG.format(date)}, ${CLOCK_SECONDS.format(date)}`;
export const sameDay = (one, other) => one.toDateString() === other.toDateString();

/** The heading between two days: "Today", "Yesterday" or the date. */
export function dayHeading(date, now = new Date()) {
  return nearby(date, now, true) ?? HEADING.format(date);
}

function nearby(date, now, capital) {
  const names = capital ? ["Today", "Yesterday", "Tomorrow"] : ["today", "yesterday", "tomorrow"];
  if (sameDay(date, now)) return names[0];
  if (sameDay(date, new Date(now.getTime() - DAY))) return names[1];
  if (sameDay(date, new Date(now.getTime() + DAY))) return names[2];
  return null;
}

/** "in 2 hours", "5 minutes ago": the distance from `now`, in the largest unit that fits. */
export function ago(date, now = new Date()) {
  const seconds = (date.getTime() - now.getTime()) / 1000;
  const units = [
    ["day", 86_400],
    ["hour", 3600],
    ["minute", 60],
  ];
  const [unit, size] = units.find(([, length]) => Math.abs(seconds) >= length) ?? ["second", 1];
  return new Intl.RelativeTimeFormat("en", { numeric: "auto" }).format(Math.round(seconds / size), unit);
}

const isoDay = (date) =>
  [date.getFullYear(), date.getMonth() + 1, date.getDate()]
    .map((part) => String(part).padStart(2, "0"))
    .join("-");

const TOKENS = {
  date_num: isoDay,
  date: (date) => MIDDLE.format(date),
  date_short: (date) => SHORT.format(date),
  date_long: (date) => LONG.format(date),
  date_pretty: (date, now) => nearby(date, now, false) ?? MIDDLE.format(date),
  date_short_pretty: (date, now) => nearby(date, now, false) ?? SHORT.format(date),
  date_long_pretty: (date, now) => nearby(date, now, false) ?? LONG.format(date),
  time: (date) => CLOCK.format(date),
  time_secs: (date) => CLOCK_SECONDS.format(date),
  ago: (date, now) => ago(date, now),
};

/** Fills Slack's date tokens ({date_short_pretty}, {time}...) for `seconds`; null when seconds is not a time. */
export function fillDate(seconds, template, now = new Date()) {
  const date = new Date(Number(seconds) * 1000);
  if (!/^\d+$/.test(String(seconds)) || Number.isNaN(date.getTime())) return null;
  return template.replace(/\{(\w+)\}/g, (whole, token) =>
    Object.hasOwn(TOKENS, token) ? TOKENS[token](date, now) : whole,
  );
}

/** A <time>'s machine-readable form. */
export const machine = (date) => date.toISOString();
