import { fold } from "../../text/fold.ts";

/** What a piece of text is, for the eye; a theme says how that looks. */
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

/** For each tone the numbers of its SGR sequence; "" is the terminal's own look. */
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

/** The themes by name: colours of the 16 that every terminal lets its user choose, and those legible on the ground. */
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
    ...nicks("91", "92", "93", "94", "95", "96", "32", "36"),
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
    ...nicks("31", "32", "34", "35", "36", "1;31", "1;34", "1;35"),
  },
  none: { ...SHAPES, ...nicks("1", "1", "1", "1", "1", "1", "1", "1") },
} as const satisfies Readonly<Record<string, Theme>>;

/** The name of a theme. */
export type ThemeName = keyof typeof THEMES;

type NickTone = Extract<Tone, `nick${number}`>;

function nicks(...codes: readonly [string, string, string, string, string, string, string, string]) {
  const [nick0, nick1, nick2, nick3, nick4, nick5, nick6, nick7] = codes;
  return { nick0, nick1, nick2, nick3, nick4, nick5, nick6, nick7 } satisfies Record<NickTone, string>;
}

const NICKS: readonly NickTone[] = ["nick0", "nick1", "nick2", "nick3", "nick4", "nick5", "nick6", "nick7"];

/** The tone of a nick: the same nick has the same everywhere and always. */
export function toneOf(nick: string): Tone {
  let sum = 0;
  for (const c of fold(nick)) sum = (sum * 31 + (c.codePointAt(0) ?? 0)) % 65521;
  return NICKS[sum % NICKS.length] ?? "nick0";
}

/** The theme that fits the terminal, where the user has chosen none: COLORFGBG says the ground on those that tell. */
export function themeFor(env: Readonly<Record<string, string | undefined>>, chosen: ThemeName | undefined): Theme {
  if ((env.NO_COLOR ?? "") !== "") return THEMES.none;
  if (chosen !== undefined) return THEMES[chosen];
  const ground = Number(env.COLORFGBG?.split(";").at(-1) ?? Number.NaN);
  return ground === 7 || ground === 15 ? THEMES.light : THEMES.dark;
}
