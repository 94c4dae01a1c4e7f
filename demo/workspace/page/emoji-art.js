// The emoji that tell state, drawn here, so that cards look the same on machines with and without a colour emoji font.

import {
  AMBER,
  BLUE,
  DARK,
  GREEN,
  GREY,
  PAPER,
  RED,
  WHITE,
  WOOD,
  box,
  disc,
  fill,
  line,
  tile,
} from "./emoji-shapes.js";

const TICK = "M6.8 12.6l3.6 3.7 7-8.3";
const CROSS = "M8 8l8 8M16 8l-8 8";
const HANDS = "M12 7v5.2l3.4 2";
const SHEET = "M6 2.5h8.5L19 7v14.5H6z";
const glass = (sand) => [
  fill("#cfe3ee", "M6 3h12v3.2L13.4 12 18 17.8V21H6v-3.2L10.6 12 6 6.2z"),
  ...sand.map((d) => fill(AMBER, d)),
  line(WOOD, "M5 3h14M5 21h14", 2.4),
];
const padlock = (shackle) => [
  line(GREY, shackle, 2.4),
  box(AMBER, 4.5, 10.5, 15, 11, 2.5),
  box("#8a5a00", 11, 14, 2, 4, 1),
];

export const STATE_ART = {
  white_check_mark: [tile(GREEN), line(WHITE, TICK, 2.8)],
  heavy_check_mark: [line(GREEN, "M4.5 12.8l5 5.2L19.8 6", 3.6)],
  ballot_box_with_check: [tile(BLUE), line(WHITE, TICK, 2.8)],
  x: [line(RED, "M5 5l14 14M19 5L5 19", 4)],
  negative_squared_cross_mark: [tile(GREEN), line(WHITE, CROSS, 2.8)],
  warning: [
    [
      "path",
      { fill: AMBER, d: "M12 3L22 20.5H2z", stroke: AMBER, "stroke-width": 2, "stroke-linejoin": "round" },
    ],
    line(DARK, "M12 9.5v5M12 17.6v.2", 2.2),
  ],
  no_entry: [disc(RED), box(WHITE, 6, 10.2, 12, 3.6, 1)],
  no_entry_sign: [line(RED, "M12 3.5a8.5 8.5 0 1 0 .01 0M6 6l12 12", 3)],
  octagonal_sign: [fill(RED, "M8 2h8l6 6v8l-6 6H8l-6-6V8z"), box(WHITE, 7, 10.2, 10, 3.6, 1)],
  hourglass_flowing_sand: glass(["M8.4 7h7.2L12 11.5z", "M7.5 20c.5-2.6 2.2-3.6 4.5-3.6s4 1 4.5 3.6z"]),
  hourglass: glass(["M6.9 19.8C7.6 15.6 9.6 14.4 12 14.4s4.4 1.2 5.1 5.4z"]),
  lock: padlock("M7.5 11V8a4.5 4.5 0 0 1 9 0v3"),
  unlock: padlock("M7.5 11V7a4.5 4.5 0 0 1 8.6-1.8"),
  key: [line(AMBER, "M8 12.5a4 4 0 1 1-.01 0M10.6 11.6L20 20.5M17 17.6l2.2-2.2", 2.6)],
  broom: [
    line(WOOD, "M20 3l-8.4 8.6", 2.4),
    fill(AMBER, "M9 9.6l5.4 5.4c-1 3.4-4.6 6-10.9 6.4C3.9 15 5.8 11 9 9.6z"),
    line("#8a5a00", "M7.6 13.6l-2.2 5.6M10.4 15.4l-2.6 4.2", 1.3),
  ],
  wastebasket: [
    fill(GREY, "M5 7h14l-1.6 14.5H6.6z"),
    line(PAPER, "M9.5 10.5l.5 8M14.5 10.5l-.5 8", 1.6),
    line(DARK, "M4 6.5h16M9.5 6V3.5h5V6", 2),
  ],
  package: [
    fill("#c9935a", "M3 7l9-4.5L21 7v10l-9 4.5L3 17z"),
    fill("#a9713c", "M12 11.5L21 7v10l-9 4.5z"),
    line("#f0d2a8", "M7.5 4.8l9 4.5v3.6", 1.8),
  ],
  recycle: [
    tile(GREEN),
    line(WHITE, "M8 9.5l2.3-3.7h3.4l1.9 3M17.3 12.3l1.5 2.7-1.7 2.8h-3.6M9.6 17.8H7l-1.7-2.8 1.3-2.3", 2),
    line(WHITE, "M16.4 6.3l-.6 2.9-2.8-.6", 1.6),
  ],
  label: [fill("#d8a25e", "M3 4.5h8.5L21.5 14 14 21.5 3 11.5z"), disc(WHITE, 7.2, 8.4, 1.7)],
  bell: [
    fill(AMBER, "M12 3a6 6 0 0 1 6 6c0 5 1.5 6.5 2.5 8h-17C4.5 15.5 6 14 6 9a6 6 0 0 1 6-6z"),
    disc("#b97f00", 12, 19.4, 2.1),
  ],
  mag: [disc("#bfe0f5", 10, 10, 6), line(DARK, "M10 4a6 6 0 1 0 .01 0M14.6 14.6L20.5 20.5", 2.4)],
  question: [line(RED, "M8 8.2C8 5.4 9.8 4 12 4s4.2 1.5 4.2 3.9c0 3.3-4.2 3.5-4.2 7M12 19.6v.2", 3.2)],
  grey_question: [line(GREY, "M8 8.2C8 5.4 9.8 4 12 4s4.2 1.5 4.2 3.9c0 3.3-4.2 3.5-4.2 7M12 19.6v.2", 3.2)],
  exclamation: [line(RED, "M12 4v10M12 19.4v.2", 3.4)],
  information_source: [tile(BLUE), line(WHITE, "M12 11v6M12 7.2v.2", 2.8)],
  arrows_counterclockwise: [
    tile(BLUE),
    line(WHITE, "M6.5 11a5.8 5.8 0 0 1 10.2-2.6M17.5 13a5.8 5.8 0 0 1-10.2 2.6", 2.2),
    line(WHITE, "M17.2 5.4v3.3h-3.3M6.8 18.6v-3.3h3.3", 2),
  ],
  clock3: [disc(DARK), disc(PAPER, 12, 12, 8), line(DARK, "M12 7v5.2h4", 1.8)],
  alarm_clock: [
    line(RED, "M4 6l3-2.5M20 6l-3-2.5M7 20l-1.5 1.8M17 20l1.5 1.8", 2.6),
    disc(RED, 12, 13, 8.6),
    disc(PAPER, 12, 13, 6.4),
    line(DARK, "M12 9.5V13l2.5 1.5", 1.8),
  ],
  stopwatch: [
    line(GREY, "M12 2.5v3M9.5 2.5h5", 2.4),
    disc(GREY, 12, 13.5, 8.5),
    disc(PAPER, 12, 13.5, 6.3),
    line(RED, "M12 13.5l3-3.5", 1.8),
  ],
  timer_clock: [disc(GREY), disc(PAPER, 12, 12, 7.6), line(RED, HANDS, 1.8)],
  rotating_light: [
    fill(RED, "M6.5 18v-6a5.5 5.5 0 0 1 11 0v6z"),
    box(DARK, 4, 17.5, 16, 4, 1.5),
    line(AMBER, "M12 4V2M5.5 6.5L4 5M18.5 6.5L20 5", 1.8),
  ],
  construction: [
    box(AMBER, 2, 6, 20, 8, 1.5),
    line(DARK, "M6 13.5l4-7M12 13.5l4-7M18 13.5l3-5.2", 2.2),
    line(GREY, "M6 14v7M18 14v7", 2),
  ],
  fire: [
    fill("#ee6c1f", "M12 2c1 4 6 6 6 12a6 6 0 0 1-12 1c0-3 1.5-4 2-6.5 1 .8 1.8 1.8 2 3C11.5 9 12.5 6 12 2z"),
    fill(AMBER, "M12 12.5c.8 2 3 2.8 3 5.2a3 3 0 0 1-6 0c0-2 2-3 3-5.2z"),
  ],
  zap: [fill(AMBER, "M14 2L4.5 13.5H11L9.5 22 19.5 9.5H13z")],
  sparkles: [
    fill(AMBER, "M10 4l2 6 6 2-6 2-2 6-2-6-6-2 6-2zM18.5 2l.9 2.6 2.6.9-2.6.9-.9 2.6-.9-2.6-2.6-.9 2.6-.9z"),
  ],
  bulb: [
    disc(AMBER, 12, 9.5, 7),
    box(GREY, 9, 16.5, 6, 5, 1.5),
    line("#8a5a00", "M10 9.5l2 2 2-2M12 11.5v4.5", 1.4),
  ],
  shield: [
    fill(BLUE, "M12 2l8.5 3v7c0 5-3.5 8.3-8.5 10-5-1.7-8.5-5-8.5-10V5z"),
    line(WHITE, "M8 12l3 3 5-6", 2.3),
  ],
  floppy_disk: [fill(DARK, "M3 3h15l3 3v15H3z"), box(PAPER, 7, 13, 10, 8, 1), box(GREY, 8, 3, 8, 5.5, 0.5)],
  link: [
    line(GREY, "M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1", 2.4),
  ],
  memo: [fill(PAPER, SHEET), line(GREY, "M9 9h6M9 13h4", 1.6), line(AMBER, "M12 19l8-8", 3)],
  page_facing_up: [fill(PAPER, SHEET), line(GREY, "M9 10h7M9 13.5h7M9 17h5", 1.5)],
  clipboard: [
    box(WOOD, 4.5, 3.5, 15, 18.5, 2),
    box(PAPER, 6.5, 6, 11, 14, 1),
    box(GREY, 9, 2, 6, 4, 1.2),
    line(GREY, "M9 11h6M9 14.5h6", 1.5),
  ],
  bar_chart: [
    box(PAPER, 2, 2, 20, 20, 3),
    box(GREEN, 5, 11, 3.6, 8, 0.8),
    box(BLUE, 10.2, 6, 3.6, 13, 0.8),
    box(RED, 15.4, 13.5, 3.6, 5.5, 0.8),
  ],
  file_folder: [fill("#e8b64c", "M2.5 5h7l2 2.5h10V20h-19z"), fill("#f6cf78", "M2.5 10h19v10h-19z")],
  calendar: [
    box(PAPER, 3, 4, 18, 17, 2.5),
    box(RED, 3, 4, 18, 5, 2),
    line(GREY, "M7 13h2M11 13h2M15 13h2M7 17h2M11 17h2", 2),
  ],
  pushpin: [line(GREY, "M10 14l-6 6", 2), fill(RED, "M13 3l8 8-3 .8-3.5 3.5-.5 3.7-8-8 3.7-.5L13.2 6z")],
  gear: [
    line(GREY, "M12 2.5v19M2.5 12h19M5.3 5.3l13.4 13.4M18.7 5.3L5.3 18.7", 3.4),
    disc(GREY, 12, 12, 7.2),
    disc(PAPER, 12, 12, 3),
  ],
  hammer_and_wrench: [
    line(GREY, "M5 5l14 14M19 4.5a3.5 3.5 0 0 0-3 5", 2.8),
    line(WOOD, "M14 10L5 19.5", 3),
    box(DARK, 13, 4, 7, 4, 1),
  ],
  thumbsup: [
    fill(
      AMBER,
      "M9 10.5L12.5 3c2 0 2.8 1.5 2.3 3.3L14 9.5h5.2c1.5 0 2.2 1 2 2.2l-1.2 7c-.2 1.2-1 2-2.2 2H9z",
    ),
    box("#4b79b0", 3, 10.5, 4.5, 10.5, 1),
  ],
  thumbsdown: [
    fill(
      AMBER,
      "M9 13.5L12.5 21c2 0 2.8-1.5 2.3-3.3L14 14.5h5.2c1.5 0 2.2-1 2-2.2l-1.2-7c-.2-1.2-1-2-2.2-2H9z",
    ),
    box("#4b79b0", 3, 3, 4.5, 10.5, 1),
  ],
  red_circle: [disc(RED)],
  large_orange_circle: [disc("#ee7d1f")],
  large_yellow_circle: [disc(AMBER)],
  large_green_circle: [disc(GREEN)],
  large_blue_circle: [disc(BLUE)],
  white_circle: [disc(GREY), disc(PAPER, 12, 12, 8.4)],
  black_circle: [disc(DARK)],
  arrow_right: [tile(BLUE), line(WHITE, "M6.5 12h10.5M13 8l4 4-4 4", 2.4)],
  fast_forward: [tile(BLUE), fill(WHITE, "M6 7.5l5.5 4.5L6 16.5zM12.5 7.5L18 12l-5.5 4.5z")],
  double_vertical_bar: [tile(BLUE), box(WHITE, 7.5, 7, 3, 10, 1), box(WHITE, 13.5, 7, 3, 10, 1)],
  arrow_forward: [tile(BLUE), fill(WHITE, "M8.5 6.5L17 12l-8.5 5.5z")],
  checkered_flag: [
    line(GREY, "M4.5 22V3", 2),
    box(PAPER, 5.5, 3.5, 15, 11, 1),
    fill(
      DARK,
      "M5.5 3.5h5v3.7h-5zM15.5 3.5h5v3.7h-5zM10.5 7.2h5v3.7h-5zM5.5 10.9h5v3.6h-5zM15.5 10.9h5v3.6h-5z",
    ),
  ],
  mag_right: [disc("#bfe0f5", 14, 10, 6), line(DARK, "M14 4a6 6 0 1 0 .01 0M9.4 14.6L3.5 20.5", 2.4)],
  basket: [
    line(WOOD, "M5 11C5 1.5 19 1.5 19 11", 2.2),
    fill("#c9935a", "M2.5 10.5h19L19 21H5z"),
    line("#8f5e2c", "M3.5 14h17M4.5 17.5h15M9 11l.8 9.5M15 11l-.8 9.5", 1.2),
  ],
  adhesive_bandage: [
    line("#e2b184", "M6.5 17.5l11-11", 8),
    line("#c98d58", "M9.8 14.2l4.4-4.4", 7),
    line(WHITE, "M10.5 12h.01M13.5 12h.01M12 10.5h.01M12 13.5h.01", 1.5),
  ],
  black_right_pointing_double_triangle_with_vertical_bar: [
    tile(BLUE),
    fill(WHITE, "M5.5 7.5l5 4.5-5 4.5zM10.5 7.5l5 4.5-5 4.5z"),
    box(WHITE, 16.2, 7.5, 2.3, 9, 0.8),
  ],
  black_square_for_stop: [tile(BLUE), box(WHITE, 7.5, 7.5, 9, 9, 1)],
};
