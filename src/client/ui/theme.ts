import {
  type Background,
  cubeColour,
  isLegible,
  NICK_PALETTES,
  type NickTone,
  nearestIndex,
  rgbOf,
} from "./nick-colours.ts";

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
