import { type Background, cubeColour, isLegible, nearestIndex, rgbOf } from "./colours.ts";

/** The role of a piece of text on the screen; a theme gives each role its look. */
export type Tone =
  | "plain"
  | "dim"
  | "bar"
  | "alarm"
  | "current"
  | "unread"
  | "mention"
  | "rule"
  | "new"
  | "trouble"
  | "link"
  | "choice"
  | "chosen"
  | "selected"
  | NickTone;

/** The colour of a nick. */
export interface NickColour {
  /** Below 24: each theme has a colour for it (nick-colours.ts). */
  readonly number: number;
  /** The colour that the person has chosen, `#rrggbb`, shown where it is legible; absent while somebody else has a similar one. */
  readonly chosen?: string | undefined;
}

/** The role of a nick: the number of its colour, and the chosen colour behind it. */
export type NickTone = `nick${number}` | `nick${number}#${string}`;

/** The role of a nick of a colour. */
export function nickTone({ number, chosen = "" }: NickColour): NickTone {
  return `nick${number}${chosen}` as NickTone;
}

/** The SGR parameters of each tone (`1;31`); "" is the terminal's default. */
export type Theme = Readonly<Record<Exclude<Tone, NickTone>, string>> & {
  /** The codes of nicks, by the number of a colour; a shorter list is used again from its start. */
  readonly nicks: readonly string[];
  /** The codes of a nick's chosen colour, `#rrggbb`; `undefined` if it is not legible, or if the terminal has few colours. */
  readonly exact?: (colour: string) => string | undefined;
};

/** The SGR parameters of a tone. */
export function codeOf(theme: Theme, tone: Tone): string {
  if (!isNickTone(tone)) return theme[tone];
  const [number, chosen] = tone.slice(4).split("#");
  const code = chosen === undefined ? undefined : theme.exact?.(`#${chosen}`);
  return code ?? theme.nicks[Number(number) % theme.nicks.length] ?? "";
}

function isNickTone(tone: Tone): tone is NickTone {
  return tone.startsWith("nick");
}

const SHAPES = {
  plain: "",
  dim: "2",
  bar: "7",
  alarm: "1;7",
  current: "1;7",
  unread: "1",
  mention: "1;7",
  rule: "2",
  new: "1",
  trouble: "1",
  link: "4",
  choice: "7",
  chosen: "1",
  selected: "7",
} as const;

/**
 * The themes by name. They use the 16 colours that terminals let their users choose, those legible on the theme's
 * background.
 */
export const THEMES = {
  dark: {
    ...SHAPES,
    bar: "97;44",
    alarm: "1;97;41",
    current: "1;97;44",
    unread: "1;97",
    mention: "1;30;103",
    new: "1;91",
    trouble: "93",
    link: "4;96",
    choice: "97;100",
    chosen: "1;97;44",
    selected: "97;100",
    nicks: ["91", "92", "93", "94", "95", "96", "32", "36"],
  },
  light: {
    ...SHAPES,
    bar: "97;44",
    alarm: "1;97;41",
    current: "1;97;44",
    unread: "1",
    mention: "1;30;43",
    new: "1;31",
    trouble: "31",
    link: "4;34",
    choice: "30;47",
    chosen: "1;97;44",
    selected: "30;47",
    nicks: ["31", "32", "34", "35", "36", "1;31", "1;34", "1;35"],
  },
  none: { ...SHAPES, nicks: ["1"] },
} as const satisfies Readonly<Record<string, Theme>>;

/** The name of a theme. */
export type ThemeName = keyof typeof THEMES;

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

/** The colours of nicks that a terminal can show on a background; `undefined` with 16 colours. */
function nickCodes(
  env: Readonly<Record<string, string | undefined>>,
  background: Background,
): Pick<Theme, "nicks" | "exact"> | undefined {
  const palette = NICK_PALETTES[background];
  if (/^(?:truecolor|24bit)$/.test(env.COLORTERM ?? "") || /-direct$/.test(env.TERM ?? "")) {
    const code = (hex: string) => `38;2;${rgbOf(hex).join(";")}`;
    return { nicks: palette.true.map(code), exact: (hex) => (isLegible(hex, background) ? code(hex) : undefined) };
  }
  if (!/256color/.test(env.TERM ?? "")) return undefined;
  const code = (index: number) => `38;5;${index}`;
  const exact = (hex: string) => {
    const index = nearestIndex(hex);
    return isLegible(cubeColour(index), background) ? code(index) : undefined;
  };
  return { nicks: palette[256].map(code), exact };
}

/**
 * Chooses the theme: none with NO_COLOR, else the user's choice, else by the background in COLORFGBG if the terminal
 * sets it; dark by default.
 */
export function themeFor(env: Readonly<Record<string, string | undefined>>, chosen: ThemeName | undefined): Theme {
  if ((env.NO_COLOR ?? "") !== "") return THEMES.none;
  const name = chosen ?? (isLight(env) ? "light" : "dark");
  const codes = name === "none" ? undefined : nickCodes(env, name);
  return codes === undefined ? THEMES[name] : { ...THEMES[name], ...codes };
}

function isLight(env: Readonly<Record<string, string | undefined>>): boolean {
  const background = Number(env.COLORFGBG?.split(";").at(-1) ?? Number.NaN);
  return background === 7 || background === 15;
}
