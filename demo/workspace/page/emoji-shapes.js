// Shapes and colours that the emoji drawings are made of: [tag, attributes] pairs on a 24 x 24 grid.

export const GREEN = "#1f9d61";
export const RED = "#d6382f";
export const AMBER = "#f2b01e";
export const BLUE = "#2f7fd1";
export const GREY = "#8b979c";
export const DARK = "#3a474d";
export const WHITE = "#ffffff";
export const WOOD = "#a9713c";
export const PAPER = "#d3dce0";

export const fill = (color, d) => ["path", { fill: color, d }];
export const line = (color, d, width = 2) => [
  "path",
  {
    d,
    fill: "none",
    stroke: color,
    "stroke-width": width,
    "stroke-linecap": "round",
    "stroke-linejoin": "round",
  },
];
export const disc = (color, cx = 12, cy = 12, r = 10) => ["circle", { fill: color, cx, cy, r }];
export const box = (color, x, y, width, height, rx = 2) => ["rect", { fill: color, x, y, width, height, rx }];
export const tile = (color) => box(color, 2, 2, 20, 20, 4.5);
