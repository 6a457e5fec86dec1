import { fold } from "../../text/fold.ts";

/**
 * The colours of people's nicks: numbers below 24, for each of which a theme has a colour, and the colours that people have
 * chosen; how legible a colour is, how much two differ, and how a terminal of 256 colours shows one. Pure; the terminal
 * and the web page use the same.
 */

/** The colour of a nick. */
export interface NickColour {
  /** Below 24: each theme has a colour for it. */
  readonly number: number;
  /** The person's chosen colour, `#rrggbb`, shown where it is legible; absent while another person has a similar one. */
  readonly chosen?: string | undefined;
}

/** The style name of a nick: `nick`, the number of its colour, and the chosen colour if there is one. */
export type NickTone = `nick${number}` | `nick${number}#${string}`;

/** The style name of a nick with this colour. */
export function nickTone({ number, chosen = "" }: NickColour): NickTone {
  return `nick${number}${chosen}` as NickTone;
}

/** How many numbers there are. */
export const NICK_COLOURS = 24;

/** The number of nick colours in a terminal with few colours: `number % FEW_COLOURS` is shown. */
export const FEW_COLOURS = 8;

/** The colour of each person that has spoken in a room, the last speaker last; a person is an account or a nick. */
export type Colours = ReadonlyMap<string, NickColour>;

/** The key of a person: the account, which keeps its colour under any nick, or else the nick. */
export function personOf(nick: string, account: string | undefined): string {
  return fold(account === undefined || account === "*" ? nick : account);
}

/** The number that a person gets if it is free. */
export function preferredColour(person: string): number {
  let hash = 0;
  for (const c of person) hash = (hash * 31 + (c.codePointAt(0) ?? 0)) % 65521;
  return hash % NICK_COLOURS;
}

/**
 * The colours after a person has spoken. `chosen` is the person's chosen colour. A new speaker gets its preferred number,
 * or the next that no recent speaker has, and keeps it; while there are few speakers, their colours differ in terminals
 * with few colours too. When all numbers are taken, the person that has been silent for longest loses its number. A chosen
 * colour is granted unless it is similar to another person's; new speakers get no number that is similar to it.
 */
export function withSpeaker(colours: Colours, person: string, chosen?: string): Colours {
  const known = colours.get(person);
  const others = new Map(colours);
  others.delete(person);
  if (known === undefined && others.size >= NICK_COLOURS) {
    const [silent] = others.keys();
    if (silent !== undefined) others.delete(silent);
  }
  const number = known?.number ?? freeNumber([...others.values()], preferredColour(person));
  const isGranted = chosen !== undefined && (chosen === known?.chosen || isFree(chosen, [...others.values()]));
  return others.set(person, isGranted ? { number, chosen } : { number });
}

function freeNumber(taken: readonly NickColour[], preferred: number): number {
  const numbers = new Set(taken.map(({ number }) => number));
  const few = new Set(Array.from(numbers, (number) => number % FEW_COLOURS));
  const alike = numbersLike(taken.flatMap(({ chosen }) => chosen ?? []));
  const all = Array.from({ length: NICK_COLOURS }, (_, i) => (preferred + i) % NICK_COLOURS);
  const free = all.filter((number) => !numbers.has(number));
  const unlike = free.filter((number) => !alike.has(number));
  return unlike.find((number) => !few.has(number % FEW_COLOURS)) ?? unlike[0] ?? free[0] ?? preferred;
}

/**
 * Whether a chosen colour can be granted. It must not be similar to another person's chosen colour, nor to that person's
 * number, which is shown again without the choice. And new speakers must still have a number for each of `FEW_COLOURS`.
 */
function isFree(chosen: string, others: readonly NickColour[]): boolean {
  if (others.some((other) => !isUnlike(other, chosen) || !isUnlike({ number: other.number }, chosen))) return false;
  const alike = numbersLike([chosen, ...others.flatMap((other) => other.chosen ?? [])]);
  const few = Array.from({ length: FEW_COLOURS }, (_, i) => i);
  return few.every((remainder) => numbersOf(remainder).some((number) => !alike.has(number)));
}

/** The numbers that terminals with few colours show in the same colour. */
function numbersOf(remainder: number): readonly number[] {
  return Array.from({ length: NICK_COLOURS / FEW_COLOURS }, (_, i) => remainder + i * FEW_COLOURS);
}

/** The numbers whose colour is similar to one of the chosen colours. */
function numbersLike(chosen: readonly string[]): ReadonlySet<number> {
  const all = Array.from({ length: NICK_COLOURS }, (_, number) => number);
  return new Set(all.filter((number) => chosen.some((each) => !isUnlike({ number }, each))));
}

/** Whether a nick's colour and a chosen one are told apart on every theme, in true colour and in 256 colours. */
function isUnlike(colour: NickColour, chosen: string): boolean {
  const index = nearestIndex(chosen);
  return (["dark", "light"] as const).every((background) => {
    if (isLegible(chosen, background) && !differ(chosen, shownColour(colour, background))) return false;
    return !isLegible(cubeColour(index), background) || index !== shownIndex(colour, background);
  });
}

/**
 * The 24 colours of nicks on a dark and on a light background, in true colour and in xterm's 256. All have a contrast
 * of 4.5 and more (WCAG 2.1, 1.4.3), and any two differ well (0.07 and more in Oklab).
 */
export const NICK_PALETTES = {
  dark: {
    true: [
      ...["78fff0", "f05aa5", "00a52d", "0096ff", "ffa500", "ffc3ff", "ffff3c", "78e15a", "3cc3c3", "b478ff", "b4875a"],
      ...["a5b4ff", "ffe1a5", "ff694b", "f0a5a5", "b4c387", "ff87f0", "b487b4", "a5a500", "e1d200", "1ea587", "a5ff96"],
      ...["6996c3", "4bc378"],
    ],
    256: [
      ...[115, 201, 202, 33, 219, 226, 34, 46, 139, 214, 136, 135, 205, 37, 159, 111, 148, 45, 49, 177, 217, 229, 41],
      ...[107],
    ],
  },
  light: {
    true: [
      ...["1e5aa5", "e10000", "690f1e", "007800", "b41ec3", "5a0087", "875a4b", "004b3c", "0000b4", "693cf0", "a5005a"],
      ...["2d7878", "875aa5", "693c69", "5a3c00", "003c78", "d20f87", "961e00", "0f3ce1", "871e96", "b44b69", "4b00c3"],
      ...["2d69e1", "69690f"],
    ],
    256: [...[89, 21, 22, 160, 18, 128, 61, 94, 52, 55, 162, 27, 23, 57, 88, 53, 96, 125, 91, 124, 25, 93, 19, 58]],
  },
} as const;

/** The colour of a nick on a background in true colour, `rrggbb`. */
export function shownColour({ number, chosen }: NickColour, background: Background): string {
  return chosen !== undefined && isLegible(chosen, background)
    ? chosen.slice(1)
    : (NICK_PALETTES[background].true[number] ?? "");
}

/** The colour of a nick on a background in 256 colours, as an index. */
export function shownIndex({ number, chosen }: NickColour, background: Background): number | undefined {
  const index = chosen === undefined ? 0 : nearestIndex(chosen);
  return index > 0 && isLegible(cubeColour(index), background) ? index : NICK_PALETTES[background][256][number];
}

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
