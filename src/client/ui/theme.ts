import { fold } from "../../text/fold.ts";

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
  | `nick${0 | 1 | 2 | 3 | 4 | 5 | 6 | 7}`;

/** The SGR parameters of each tone (`1;31`); "" is the terminal's default. */
export type Theme = Readonly<Record<Tone, string>>;

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
    ...nickTones("91", "92", "93", "94", "95", "96", "32", "36"),
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
    ...nickTones("31", "32", "34", "35", "36", "1;31", "1;34", "1;35"),
  },
  none: { ...SHAPES, ...nickTones("1", "1", "1", "1", "1", "1", "1", "1") },
} as const satisfies Readonly<Record<string, Theme>>;

/** The name of a theme. */
export type ThemeName = keyof typeof THEMES;

type NickTone = Extract<Tone, `nick${number}`>;

function nickTones(...codes: readonly [string, string, string, string, string, string, string, string]) {
  const [nick0, nick1, nick2, nick3, nick4, nick5, nick6, nick7] = codes;
  return { nick0, nick1, nick2, nick3, nick4, nick5, nick6, nick7 } satisfies Record<NickTone, string>;
}

const NICK_TONES: readonly NickTone[] = ["nick0", "nick1", "nick2", "nick3", "nick4", "nick5", "nick6", "nick7"];

/** The tone of a nick, always and everywhere the same. */
export function toneOf(nick: string): Tone {
  return NICK_TONES[nickHash(nick) % NICK_TONES.length] ?? "nick0";
}

/** A hash of a folded nick, below 65521, to choose a colour by. */
export function nickHash(nick: string): number {
  let hash = 0;
  for (const c of fold(nick)) hash = (hash * 31 + (c.codePointAt(0) ?? 0)) % 65521;
  return hash;
}

/**
 * Chooses the theme: none with NO_COLOR, else the user's choice, else by the background in COLORFGBG if the terminal
 * sets it; dark by default.
 */
export function themeFor(env: Readonly<Record<string, string | undefined>>, chosen: ThemeName | undefined): Theme {
  if ((env.NO_COLOR ?? "") !== "") return THEMES.none;
  if (chosen !== undefined) return THEMES[chosen];
  const background = Number(env.COLORFGBG?.split(";").at(-1) ?? Number.NaN);
  return background === 7 || background === 15 ? THEMES.light : THEMES.dark;
}
