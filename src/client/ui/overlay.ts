import type { Folded } from "../../text/fold.ts";
import type { Key } from "../input/keys.ts";
import type { Talk } from "../model/state.ts";
import { clipped, drawable, padded, rowsOfText, type StyledSpan, widthOf } from "./cells.ts";
import type { Row } from "./layout.ts";

/** The act of Enter on an item of an overlay. */
export type Choice =
  /** Goes to a room or a conversation of a server. */
  | { readonly type: "go"; readonly server: string; readonly key: Folded }
  /** Opens a conversation with someone. */
  | { readonly type: "talk"; readonly nick: string }
  /** Puts text into the input line. */
  | { readonly type: "insert"; readonly text: string }
  /** Goes to a message in the history of a server. */
  | { readonly type: "jump"; readonly server: string; readonly line: Talk }
  /** Searches all history of the place on the screen. */
  | { readonly type: "search"; readonly words: string }
  /** Closes the overlay. */
  | { readonly type: "close" };

/** A row of an overlay. Texts may come from the network; they are made safe when they are drawn. */
export interface OverlayItem {
  readonly label: string;
  readonly detail: string;
  readonly choice: Choice;
}

/** A list with a filter, drawn over the page until it is closed. */
export interface Overlay {
  readonly title: string;
  /** The words for Enter in the status row: `Enter goes there`. */
  readonly hint: string;
  readonly items: readonly OverlayItem[];
  /** Whether matches are sorted, the best first; otherwise the items keep their order. */
  readonly isRanked: boolean;
  /** An item after the matches of a filter, for text that is not in the list. */
  readonly beyond?: ((filter: string) => OverlayItem) | undefined;
  readonly filter: string;
  /** The items that match the filter. */
  readonly found: readonly OverlayItem[];
  /** The index of the chosen item in `found`. */
  readonly at: number;
}

/** The effect of a key on an overlay. */
export type OverlayAnswer =
  | { readonly type: "open"; readonly overlay: Overlay }
  | { readonly type: "closed" }
  | { readonly type: "chosen"; readonly choice: Choice };

const FILTER = 100; // characters
const DETAIL_FROM = 24; // columns from which details are shown
const MOST_LABEL = 34; // columns of a label with a detail beside it
const IN_LABEL = 10_000; // a match in the label counts more than any in the detail

/** Opens an overlay. */
export function newOverlay(
  given: Pick<Overlay, "title" | "hint" | "items" | "isRanked" | "beyond">,
  filter: string = "",
): Overlay {
  return withFilter({ ...given, filter, found: given.items, at: 0 }, filter);
}

function withFilter(overlay: Overlay, filter: string): Overlay {
  const { items, isRanked, beyond } = overlay;
  if (filter.trim() === "") return { ...overlay, filter, found: items, at: 0 };
  const matches = items.flatMap((item) => {
    const match = matchOf(filter, item);
    return match === 0 ? [] : [{ item, match }];
  });
  if (isRanked) matches.sort((a, b) => b.match - a.match);
  const rest = beyond === undefined ? [] : [beyond(filter.trim())];
  return { ...overlay, filter, found: [...matches.map(({ item }) => item), ...rest], at: 0 };
}

function matchOf(filter: string, { label, detail }: OverlayItem): number {
  const inLabel = fuzzyMatch(filter, label);
  return inLabel > 0 ? IN_LABEL + inLabel : plainMatch(filter, `${label} ${detail}`);
}

/** Handles a key; `page` is how many items fit on the screen. */
export function pressOverlay(overlay: Overlay, key: Key, page: number): OverlayAnswer {
  if (key.type !== "key") {
    const typed = (overlay.filter + key.text.replace(/\s+/g, " ")).slice(0, FILTER).toWellFormed();
    return { type: "open", overlay: withFilter(overlay, typed) };
  }
  const chosen = overlay.found[overlay.at]?.choice;
  switch (key.name) {
    case "escape":
    case "ctrl-c":
    case "ctrl-d":
    case "ctrl-g":
    case "ctrl-k":
      return { type: "closed" };
    case "enter":
      return chosen === undefined || chosen.type === "close" ? { type: "closed" } : { type: "chosen", choice: chosen };
    case "backspace":
      return { type: "open", overlay: withFilter(overlay, overlay.filter.replace(/.$/su, "")) };
    case "ctrl-u":
    case "ctrl-w":
      return { type: "open", overlay: withFilter(overlay, "") };
    default:
      return { type: "open", overlay: { ...overlay, at: moved(overlay, movesOf(page).get(key.name) ?? 0) } };
  }
}

function movesOf(page: number): ReadonlyMap<string, number> {
  return new Map([
    ["down", 1],
    ["ctrl-n", 1],
    ["ctrl-s", 1],
    ["tab", 1],
    ["wheel-down", 3],
    ["page-down", page],
    ["end", Number.POSITIVE_INFINITY],
    ["up", -1],
    ["ctrl-p", -1],
    ["shift-tab", -1],
    ["wheel-up", -3],
    ["page-up", -page],
    ["home", Number.NEGATIVE_INFINITY],
  ]);
}

function moved({ at, found }: Overlay, by: number): number {
  return Math.max(0, Math.min(found.length - 1, at + by));
}

/**
 * The items as exactly `height` rows of at most `columns` columns: with all details whole if they fit, or else around the
 * chosen item, whose detail is shown whole.
 */
export function overlayRows(overlay: Overlay, columns: number, height: number): readonly Row[] {
  const rows = allRows(overlay, columns, height) ?? rowsAround(overlay, columns, height);
  return [...rows, ...Array.from({ length: height - rows.length }, () => [])];
}

/** All items with whole details; `undefined` if they need more than `height` rows. */
function allRows({ found, at }: Overlay, columns: number, height: number): readonly Row[] | undefined {
  if (found.length > height) return undefined;
  const width = labelWidth(found, columns);
  const rows: Row[] = [];
  for (const [i, item] of found.entries()) {
    rows.push(...wholeRows(item, width, columns, i === at));
    if (rows.length > height) return undefined;
  }
  return rows;
}

function rowsAround({ found, at }: Overlay, columns: number, height: number): readonly Row[] {
  const near = found.slice(Math.max(0, at - height), at + height);
  const width = labelWidth(near, columns);
  const chosen = found[at] === undefined ? [] : wholeRows(found[at], width, columns, true).slice(0, height);
  const others = height - chosen.length;
  const first = Math.max(0, Math.min(at - Math.floor(others / 2), found.length - 1 - others));
  const before = found.slice(first, at);
  const after = found.slice(at + 1, first + others + 1);
  return [
    ...before.map((item) => itemRow(item, width, columns)),
    ...chosen,
    ...after.map((item) => itemRow(item, width, columns)),
  ];
}

function labelWidth(items: readonly OverlayItem[], columns: number): number {
  const widest = items.reduce((most, { label }) => Math.max(most, widthOf(oneLine(label))), 0);
  const most = columns < DETAIL_FROM ? columns - 1 : Math.min(MOST_LABEL, Math.floor(columns / 2));
  return Math.max(1, Math.min(widest, most));
}

const GAP = 2; // columns between a label and its detail

function itemRow({ label, detail }: OverlayItem, width: number, columns: number): Row {
  const name: StyledSpan = { text: clipped(` ${padded(oneLine(label), width)}`, columns), tone: "plain" };
  const left = columns - width - 1 - GAP;
  if (columns < DETAIL_FROM || detail === "") return [name];
  return [name, { text: " ".repeat(GAP) + clipped(oneLine(detail), left), tone: "dim" }];
}

/** An item with its whole detail, on as many rows as that needs. */
function wholeRows({ label, detail }: OverlayItem, width: number, columns: number, isChosen: boolean): readonly Row[] {
  const left = columns - width - 1 - GAP;
  const whole = columns < DETAIL_FROM ? [""] : rowsOfText(oneLine(detail), left, "dim").map(textOf);
  return whole.map((text, i): Row => {
    const name = clipped(i === 0 ? ` ${padded(oneLine(label), width)}` : " ".repeat(width + 1), columns);
    const rest = `${" ".repeat(GAP)}${text}`;
    if (isChosen) return [{ text: padded(name + rest, columns), tone: "chosen" }];
    return text === ""
      ? [{ text: name, tone: "plain" }]
      : [
          { text: name, tone: "plain" },
          { text: rest, tone: "dim" },
        ];
  });
}

function textOf(row: Row): string {
  return row.map(({ text }) => text).join("");
}

function oneLine(text: string): string {
  return drawable(text).replaceAll("\n", " ");
}

/** The status row's words: how many items there are, and which keys do something. */
export function overlayHint({ found, items, hint }: Overlay): string {
  const count = found.length === items.length ? String(items.length) : `${found.length} of ${items.length}`;
  return found.length === 0 ? "Nothing matches · Esc closes" : `${count} · ${hint} · Esc closes`;
}

/** How well a text matches what is searched for: 0 if it does not match, higher is better. */
type Match = number;

const EXACT = 1000;
const BEGINS = 800;
const WORD_BEGINS = 600;
const CONTAINS = 400;
const IN_ORDER = 200;
const MOST_OFF = 150; // points that a match can lose by where it stands or how long the text is

/**
 * Matches a text against words separated by blanks, all of which must be found. A word is found as the whole text, its
 * beginning, the beginning of a word in it, a part of it, or letters in this order, from the best match to the worst.
 * Case does not count, and neither does the sign before a name (`#`, `/`, `@`) unless it is typed. An empty pattern
 * matches everything equally.
 */
export function fuzzyMatch(pattern: string, text: string): Match {
  const words = wordsOf(pattern);
  return allOf(words, text, matchOfWord) ?? 0;
}

/** Like `fuzzyMatch`, but letters that only stand in this order do not count: for sentences, where they nearly always do. */
export function plainMatch(pattern: string, text: string): Match {
  return allOf(wordsOf(pattern), text, matchOfPart) ?? 0;
}

function wordsOf(pattern: string): readonly string[] {
  return pattern.toLowerCase().split(/\s+/).filter(Boolean);
}

/** The sum of the matches of all words; `undefined` if a word does not match. */
function allOf(
  words: readonly string[],
  text: string,
  match: (word: string, text: string) => Match | undefined,
): Match | undefined {
  const lower = text.toLowerCase();
  const bare = lower.replace(/^[#&/@]+/, "");
  let sum = 1;
  for (const word of words) {
    const found = match(word, /^[#&/@]/.test(word) ? lower : bare);
    if (found === undefined) return undefined;
    sum += found;
  }
  return sum;
}

function matchOfWord(word: string, text: string): Match | undefined {
  return matchOfPart(word, text) ?? matchInOrder(word, text);
}

function matchOfPart(word: string, text: string): Match | undefined {
  const at = text.indexOf(word);
  if (at < 0) return undefined;
  if (at === 0) return text.length === word.length ? EXACT : BEGINS - off(text.length - word.length);
  const begin = wordBeginOf(word, text, at);
  return begin === undefined ? CONTAINS - off(at) : WORD_BEGINS - off(begin);
}

/** Where `word` begins a word of the text, at or after `at`. */
function wordBeginOf(word: string, text: string, at: number): number | undefined {
  for (let i = at; i >= 0; i = text.indexOf(word, i + 1)) {
    if (!/[\p{L}\p{N}]/u.test(text.charAt(i - 1))) return i;
  }
  return undefined;
}

/** The match of letters that stand in this order, by the shortest stretch of the text that holds them all. */
function matchInOrder(word: string, text: string): Match | undefined {
  let shortest: number | undefined;
  for (let from = text.indexOf(word.charAt(0)); from >= 0; from = text.indexOf(word.charAt(0), from + 1)) {
    let at = from;
    for (const letter of word.slice(1)) {
      at = text.indexOf(letter, at + 1);
      if (at < 0) break;
    }
    if (at < 0) break;
    shortest = Math.min(shortest ?? Number.POSITIVE_INFINITY, at - from);
  }
  return shortest === undefined ? undefined : IN_ORDER - off(shortest);
}

function off(by: number): number {
  return Math.min(MOST_OFF, by);
}
