import { expect, test } from "bun:test";
import { NICK_COLOURS, NICK_PALETTES, nickTone } from "../../../src/client/ui/nick-colours.ts";
import { codeOf, THEMES, themeFor } from "../../../src/client/ui/theme.ts";

type Rgb = readonly [number, number, number];

/** The colour of an index in xterm's 256: the cube of 6 × 6 × 6. */
function cubeColour(index: number): Rgb {
  const level = (n: number) => [0, 95, 135, 175, 215, 255][n] ?? 0;
  const n = index - 16;
  return [level(Math.floor(n / 36)), level(Math.floor(n / 6) % 6), level(n % 6)];
}

function hexColour(hex: string): Rgb {
  const [r = 0, g = 0, b = 0] = (hex.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
  return [r, g, b];
}

function linear(value: number): number {
  const part = value / 255;
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
}

/** The contrast of two colours (WCAG 2.1). */
function contrast(one: Rgb, other: Rgb): number {
  const luminance = ([r, g, b]: Rgb) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const [a, b] = [luminance(one), luminance(other)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

/** The distance of two colours in Oklab. */
function distance(one: Rgb, other: Rgb): number {
  const lab = ([r, g, b]: Rgb) => {
    const [x, y, z] = [linear(r), linear(g), linear(b)];
    const l = Math.cbrt(0.4122214708 * x + 0.5363325363 * y + 0.0514459929 * z);
    const m = Math.cbrt(0.2119034982 * x + 0.6806995451 * y + 0.1073969566 * z);
    const s = Math.cbrt(0.0883024619 * x + 0.2817188376 * y + 0.6299787005 * z);
    return [
      0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
      1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
      0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
    ] as const;
  };
  const [a, b] = [lab(one), lab(other)];
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

test.each([
  ["dark", "true", ["000000", "282828"]],
  ["dark", 256, ["000000", "1e1e1e"]],
  ["light", "true", ["ffffff", "faf4e3"]],
  ["light", 256, ["ffffff", "faf4e3"]],
] as const)("the 24 colours of the %s theme, %s, are legible and differ", (name, depth, grounds) => {
  const palette: readonly (string | number)[] = NICK_PALETTES[name][depth];
  const colours = palette.map((each) => (typeof each === "number" ? cubeColour(each) : hexColour(each)));
  expect(colours.length).toBe(NICK_COLOURS);
  for (const colour of colours) {
    for (const ground of grounds) expect(contrast(colour, hexColour(ground))).toBeGreaterThanOrEqual(4.5);
    for (const other of colours) if (other !== colour) expect(distance(colour, other)).toBeGreaterThan(0.068);
  }
});

test.each([
  [{ COLORTERM: "truecolor", TERM: "xterm" }, "38;2;120;255;240"],
  [{ TERM: "xterm-256color" }, "38;5;115"],
  [{ TERM: "xterm" }, "91"],
  [{ TERM: "xterm-256color", COLORFGBG: "0;15" }, "38;5;89"],
  [{ TERM: "xterm-256color", NO_COLOR: "1" }, "1"],
])("with %j the first nick's colour is %s", (env, code) => {
  expect(codeOf(themeFor(env, undefined), "nick0")).toBe(code);
});

test("the user's theme wins, and a theme of few colours starts again from its first", () => {
  expect(codeOf(themeFor({ TERM: "xterm-256color" }, "light"), "nick0")).toBe("38;5;89");
  expect(themeFor({ TERM: "xterm-256color" }, "none")).toBe(THEMES.none);
  expect(codeOf(THEMES.dark, "nick8")).toBe(codeOf(THEMES.dark, "nick0"));
  expect(codeOf(THEMES.dark, "dim")).toBe("2");
});

test.each([
  [{ COLORTERM: "truecolor" }, "#ff8800", "38;2;255;136;0"],
  [{ COLORTERM: "truecolor" }, "#000080", "38;2;120;255;240"], // not legible on a dark ground: as if none were chosen
  [{ COLORTERM: "truecolor", COLORFGBG: "0;15" }, "#000080", "38;2;0;0;128"],
  [{ TERM: "xterm-256color" }, "#ff8800", "38;5;208"],
  [{ TERM: "xterm-256color" }, "#000080", "38;5;115"],
  [{ TERM: "xterm" }, "#ff8800", "91"],
  [{ TERM: "xterm-256color", NO_COLOR: "1" }, "#ff8800", "1"],
])("with %j the chosen colour %s is %s", (env, chosen, code) => {
  expect(codeOf(themeFor(env, undefined), nickTone({ number: 0, chosen }))).toBe(code);
});
