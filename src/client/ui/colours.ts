/** Colours: how legible one is, how much two differ, how a terminal of 256 colours shows one. */

/** A background: the colours of terminals and pages that count as dark, and as light, at their least favourable. */
export type Background = "dark" | "light";

type Rgb = readonly [red: number, green: number, blue: number];

const GROUNDS: Readonly<Record<Background, Rgb>> = { dark: [0x28, 0x28, 0x28], light: [0xfa, 0xf4, 0xe3] };

const CONTRAST = 4.5; // of text that is legible (WCAG 2.1, 1.4.3)
const DISTANCE = 0.07; // in Oklab, at which two colours are told apart

/** Whether text in a colour (`rrggbb`, with or without `#`) is legible. */
export function isLegible(hex: string, background: Background): boolean {
  return contrast(rgbOf(hex), GROUNDS[background]) >= CONTRAST;
}

/** Whether two colours are told apart. */
export function differ(one: string, other: string): boolean {
  const [a, b] = [oklab(rgbOf(one)), oklab(rgbOf(other))];
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]) >= DISTANCE;
}

/** The red, green and blue of a colour, 0 to 255. */
export function rgbOf(hex: string): Rgb {
  const [red = 0, green = 0, blue = 0] = (hex.match(/[0-9a-f]{2}/gi) ?? []).map((pair) => Number.parseInt(pair, 16));
  return [red, green, blue];
}

const LEVELS = [0, 95, 135, 175, 215, 255]; // of red, green and blue in xterm's cube of 6 × 6 × 6

/** The colour of an index in xterm's 256, from 16 to 231. */
export function cubeColour(index: number): string {
  const at = index - 16;
  const digits = [Math.floor(at / 36), Math.floor(at / 6) % 6, at % 6];
  return digits.map((digit) => (LEVELS[digit] ?? 0).toString(16).padStart(2, "0")).join("");
}

/** The index in xterm's 256 colours that comes nearest. */
export function nearestIndex(hex: string): number {
  const [red, green, blue] = rgbOf(hex).map((value) => {
    const distances = LEVELS.map((level) => Math.abs(level - value));
    return distances.indexOf(Math.min(...distances));
  });
  return 16 + 36 * (red ?? 0) + 6 * (green ?? 0) + (blue ?? 0);
}

/** The contrast of two colours (WCAG 2.1). */
function contrast(one: Rgb, other: Rgb): number {
  const [a, b] = [luminance(one), luminance(other)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

function luminance([red, green, blue]: Rgb): number {
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

function linear(value: number): number {
  const part = value / 255;
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
}

/** Lightness and the two axes of hue in Oklab, where distances are as the eye sees them. */
function oklab(rgb: Rgb): readonly [number, number, number] {
  const [x, y, z] = [linear(rgb[0]), linear(rgb[1]), linear(rgb[2])];
  const l = Math.cbrt(0.4122214708 * x + 0.5363325363 * y + 0.0514459929 * z);
  const m = Math.cbrt(0.2119034982 * x + 0.6806995451 * y + 0.1073969566 * z);
  const s = Math.cbrt(0.0883024619 * x + 0.2817188376 * y + 0.6299787005 * z);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}
