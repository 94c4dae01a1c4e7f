// The emoji that people use in talk, drawn like those of emoji-art.js.

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

const SKIN = "#f5bd4f";
const EYES = [disc(DARK, 8.4, 10, 1.4), disc(DARK, 15.6, 10, 1.4)];
const face = (...marks) => [disc(SKIN), ...EYES, ...marks];
const palm = [
  fill(
    SKIN,
    "M6 12V6.5a1.3 1.3 0 0 1 2.6 0V11h.6V4a1.4 1.4 0 0 1 2.8 0v7h.6V4.8a1.4 1.4 0 0 1 2.8 0V11.5h.6V7.5a1.3 1.3 0 0 1 2.6 0V15a7 7 0 0 1-12.6 4L2.8 13.5c-.8-1.6 1-2.8 2.2-1.5z",
  ),
];
const arrow = (d) => [tile(BLUE), line(WHITE, d, 2.4)];
const graph = (color, d) => [box(PAPER, 2, 2, 20, 20, 3), line(GREY, "M6 5v13h13", 1.4), line(color, d, 2.2)];

export const TALK_ART = {
  smile: face(line(DARK, "M7 13.5c.6 2.6 2.6 4 5 4s4.4-1.4 5-4z", 1.6)),
  slightly_smiling_face: face(line(DARK, "M7.5 14.5c1.2 1.7 2.7 2.5 4.5 2.5s3.3-.8 4.5-2.5", 1.7)),
  grimacing: face(
    box(WHITE, 7, 13.5, 10, 4, 1.5),
    line(DARK, "M7.5 15.5h9M10.3 13.7v3.6M13.7 13.7v3.6", 0.9),
  ),
  thinking_face: face(
    line(DARK, "M9 15.5h5M6.5 7l3-1.5M14 6.5l3.5.5", 1.5),
    line("#d9962a", "M8 21l1-3.5 4-.5", 2.6),
  ),
  wave: [...palm, line(BLUE, "M20.5 16.5a6 6 0 0 1-3 4.5M3.5 8a6 6 0 0 1 1.5-4", 1.5)],
  raised_hand: palm,
  point_right: [
    fill(
      SKIN,
      "M3 9.5C5 7.5 7.5 7 10 7h10.5a1.6 1.6 0 0 1 0 3.2H15v.6h1a1.5 1.5 0 0 1 0 3h-.4a1.5 1.5 0 0 1-.8 2.7h-.5a1.4 1.4 0 0 1-1 2.5H8c-2 0-3.5-.8-5-2z",
    ),
  ],
  heart: [fill(RED, "M12 21C5 16 2 12.5 2 8.5A5.3 5.3 0 0 1 12 6a5.3 5.3 0 0 1 10 2.5C22 12.5 19 16 12 21z")],
  star: [fill(AMBER, "M12 2l3 6.8 7.2.7-5.5 4.8 1.7 7.2L12 17.7l-6.4 3.8 1.7-7.2L1.8 9.5 9 8.8z")],
  100: [line(RED, "M3.5 8.5L6 6.5v9M11 7a2 4.3 0 1 0 .01 0M18.5 7a2 4.3 0 1 0 .01 0M5 19.5l14-1.5", 1.9)],
  bug: [
    line(DARK, "M4 8l4 3M20 8l-4 3M3 14h5M21 14h-5M5 20l4-3M19 20l-4-3M9 4l1.5 3M15 4l-1.5 3", 1.6),
    fill(GREEN, "M12 6c3.5 0 5.5 3 5.5 7.5S15 21.5 12 21.5s-5.5-3.5-5.5-8S8.5 6 12 6z"),
  ],
  coffee: [
    box(PAPER, 4, 8, 13, 12, 3),
    line(PAPER, "M17 11h1.5a2 2 0 0 1 0 5H17", 2),
    box(WOOD, 6, 9.5, 9, 2.5, 1),
    line(GREY, "M8 6c0-1.5 1-1.5 1-3M12 6c0-1.5 1-1.5 1-3", 1.5),
  ],
  computer: [box(DARK, 4, 4, 16, 12, 2), box("#9fd0f2", 5.5, 5.5, 13, 9, 1), box(GREY, 2, 17, 20, 3, 1.5)],
  wrench: [line(GREY, "M5 19l9.5-9.5", 3.6), line(GREY, "M19.5 5.5l-3 3-2.5-.5-.5-2.5 3-3a5 5 0 0 0-5 7", 2)],
  books: [
    box(GREEN, 3, 4, 5, 16, 1),
    box(RED, 8.5, 6, 5, 14, 1),
    fill(BLUE, "M14.5 7.5l4-1 3.5 12.5-4 1z"),
    line(WHITE, "M4.5 8h2M10 10h2", 1.2),
  ],
  speech_balloon: [
    fill(
      PAPER,
      "M12 3c5.5 0 10 3.4 10 8s-4.5 8-10 8c-1 0-2-.1-3-.3L4 21.5l1-4.5c-1.9-1.5-3-3.6-3-6 0-4.6 4.5-8 10-8z",
    ),
    line(GREY, "M8 11h.01M12 11h.01M16 11h.01", 2.4),
  ],
  email: [box(PAPER, 2, 5, 20, 14, 2), line(GREY, "M3 6.5l9 7 9-7", 1.8)],
  arrow_up: arrow("M12 17.5V7M8 11l4-4 4 4"),
  arrow_down: arrow("M12 6.5V17M8 13l4 4 4-4"),
  arrow_left: arrow("M17.5 12H7M11 8l-4 4 4 4"),
  small_blue_diamond: [fill(BLUE, "M12 5.5l6.5 6.5-6.5 6.5L5.5 12z")],
  globe_with_meridians: [
    disc(BLUE),
    line(WHITE, "M2.5 12h19M12 2.5v19M12 2.5c-6 6-6 13 0 19M12 2.5c6 6 6 13 0 19", 1.3),
  ],
  mute: [fill(GREY, "M3 9h4l5-4.5v15L7 15H3z"), line(RED, "M15.5 9.5l5 5M20.5 9.5l-5 5", 2)],
  mega: [
    fill(RED, "M3 9.5l13-5.5v15L3 14.5z"),
    fill(PAPER, "M16 4c2.5 1 4 4 4 7.5s-1.5 6.5-4 7.5z"),
    line(DARK, "M7 15.5l1.5 5", 2.4),
  ],
  chart_with_upwards_trend: graph(RED, "M8 15l3.5-4 2.5 2 5-6.5"),
  chart_with_downwards_trend: graph(BLUE, "M8 7l3.5 4 2.5-2 5 6.5"),
  scissors: [
    line(GREY, "M8.5 8.5L20 18M8.5 15.5L20 6", 2.2),
    line(RED, "M6 4.5a2.5 2.5 0 1 0 .01 0M6 14.5a2.5 2.5 0 1 0 .01 0", 2),
  ],
  ship: [
    fill(DARK, "M2 14h20l-3 6.5H5z"),
    box(PAPER, 6, 9, 12, 5, 1),
    box(RED, 10, 4, 4, 5, 0.8),
    line(BLUE, "M2 21.5c2 1 3.5 1 5 0s3.5-1 5 0 3.5 1 5 0 3.5-1 5 0", 1.6),
  ],
  whale: [
    fill(
      "#4aa3df",
      "M2 13c0-4 3.5-6 8-6 5 0 6 3.5 8.5 3.5.8 0 .8-2 .5-4l3-.5c1 6-1.5 13-9 13C6 19 2 17.5 2 13z",
    ),
    disc(DARK, 7, 12.5, 1),
    fill("#d8eefb", "M3 15c3 1.5 7 1.5 10 0-1 3.5-7.5 4-10 0z"),
  ],
  robot_face: [
    line(GREY, "M12 6V3", 2),
    disc(RED, 12, 2.8, 1.5),
    box("#9fb6c2", 3.5, 6, 17, 14.5, 4),
    disc(WHITE, 8.5, 12, 2.3),
    disc(WHITE, 15.5, 12, 2.3),
    disc(DARK, 8.5, 12, 1),
    disc(DARK, 15.5, 12, 1),
    line(DARK, "M8.5 17h7", 1.8),
  ],
  tada: [
    fill(AMBER, "M3 21l5-13 8 8z"),
    line(RED, "M13 8c0-2 1-3 0-5M17 12c2-.5 3 .5 4.5-.5", 1.8),
    disc(BLUE, 18, 6, 1.6),
    disc(GREEN, 8.5, 4, 1.3),
    disc(RED, 20, 17, 1.3),
  ],
  rocket: [
    fill("#c9d4d9", "M12 2c4 3 5.5 8 3.8 14H8.2C6.5 10 8 5 12 2z"),
    disc(BLUE, 12, 9.5, 2),
    fill(RED, "M8 11l-3.5 4v4L8.5 16zM16 11l3.5 4v4L15.5 16z"),
    fill(AMBER, "M9.8 17h4.4L12 22z"),
  ],
  eyes: [
    fill(
      DARK,
      "M7 5.5c2.7 0 4.5 3 4.5 6.5s-1.8 6.5-4.5 6.5S2.5 15.5 2.5 12 4.3 5.5 7 5.5zM17 5.5c2.7 0 4.5 3 4.5 6.5s-1.8 6.5-4.5 6.5-4.5-3-4.5-6.5 1.8-6.5 4.5-6.5z",
    ),
    fill(
      WHITE,
      "M7 7.3c1.7 0 2.9 2.1 2.9 4.7s-1.2 4.7-2.9 4.7S4.1 14.6 4.1 12 5.3 7.3 7 7.3zM17 7.3c1.7 0 2.9 2.1 2.9 4.7s-1.2 4.7-2.9 4.7-2.9-2.1-2.9-4.7 1.2-4.7 2.9-4.7z",
    ),
    disc(DARK, 6, 13, 1.9),
    disc(DARK, 16, 13, 1.9),
  ],
};
