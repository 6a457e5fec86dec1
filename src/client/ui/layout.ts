import { clockOf } from "../../text/time.ts";
import type { OwnMessage } from "../model/outbox.ts";
import type { Talk } from "../model/state.ts";
import { clipped, drawable, padded, rowsOfText, type StyledSpan, widthOf } from "./cells.ts";
import type { LogEntry, Moves, RoomLog } from "./log.ts";
import { type Tone, toneOf } from "./theme.ts";

/** A row of the screen, from its first column. */
export type Row = readonly StyledSpan[];

/** The width and options by which messages are laid out. */
export interface LayoutOptions {
  readonly columns: number;
  /** Whether long messages are shown in full. */
  readonly unfolded: boolean;
  readonly nick: string;
}

/** The row at the bottom of the window: its entry's number, and how many rows of the entry are below it. */
export interface Anchor {
  readonly entry: number;
  readonly below: number;
}

/** The visible part of a log. */
export interface LogWindow {
  readonly rows: readonly Row[];
  /** Whether the window includes the oldest row. */
  readonly atTop: boolean;
}

const WIDE = 56; // columns from which time and nick have their own columns
const NICK = 12; // columns of a nick
const FOLDED = 10; // rows of a long message until it is unfolded
const INDENT = { wide: 6 + NICK + 3, narrow: 2 }; // columns before the text: time, nick, rule

/** A log, followed by the user's unconfirmed messages. */
export interface Scroll {
  readonly log: RoomLog;
  readonly unconfirmed: readonly OwnMessage[];
}

function endOf({ log, unconfirmed }: Scroll): number {
  return log.first + log.entries.length + unconfirmed.length;
}

/** The `height` rows that end at the anchor, or at the newest row. */
export function windowOf(
  scroll: Scroll,
  height: number,
  anchor: Anchor | undefined,
  options: LayoutOptions,
): LogWindow {
  const rows: Row[] = [];
  const last = endOf(scroll) - 1;
  let entry = Math.min(last, anchor?.entry ?? last);
  let below = anchor === undefined || anchor.entry > last ? 0 : anchor.below;
  while (entry >= scroll.log.first && rows.length < height) {
    const all = rowsAt(scroll, entry, options);
    const shown = all.slice(0, Math.max(1, all.length - below));
    rows.push(...shown.toReversed());
    below = 0;
    entry--;
  }
  return { rows: rows.slice(0, height).reverse(), atTop: entry < scroll.log.first && rows.length <= height };
}

/** The anchor after scrolling up by `by` rows, or down if negative; `undefined` at the newest row. */
export function scrolled(
  scroll: Scroll,
  height: number,
  anchor: Anchor | undefined,
  by: number,
  options: LayoutOptions,
): Anchor | undefined {
  const last = endOf(scroll) - 1;
  if (last < scroll.log.first) return undefined;
  let entry = Math.max(scroll.log.first, Math.min(last, anchor?.entry ?? last));
  let below = (anchor === undefined || anchor.entry !== entry ? 0 : anchor.below) + by;
  while (below < 0 && entry < last) below += rowsAt(scroll, ++entry, options).length;
  for (let rows = rowsAt(scroll, entry, options).length; below >= rows; rows = rowsAt(scroll, entry, options).length) {
    if (entry === scroll.log.first) below = rows - 1;
    else {
      below -= rows;
      entry--;
    }
  }
  if (below < 0 || (below === 0 && entry >= last)) return undefined;
  const missing = height - windowOf(scroll, height, { entry, below }, options).rows.length;
  return missing > 0 && by > 0 ? scrolled(scroll, height, { entry, below }, -missing, options) : { entry, below };
}

/** The rows of an entry, after a date rule or the unread line if it needs one. */
function rowsAt({ log, unconfirmed }: Scroll, number: number, options: LayoutOptions): readonly Row[] {
  const at = number - log.first;
  const entry = log.entries[at];
  if (entry === undefined) {
    const message = unconfirmed[at - log.entries.length];
    return message === undefined ? [] : rowsOfUnconfirmed(message, options);
  }
  const rules: Row[] = [];
  const before = log.entries[at - 1];
  if (before === undefined ? log.complete : !isSameDay(before.time, entry.time))
    rules.push(dateRule(entry.time, options));
  if (number === log.firstUnread) rules.push(rule("new", "new", options));
  const rows = rowsOf(entry, options);
  return rules.length === 0 ? rows : [...rules, ...rows];
}

interface CachedRows {
  readonly key: string;
  readonly rows: readonly Row[];
}

const cache = new WeakMap<LogEntry, CachedRows>();

/** The rows of an entry, cached until the width changes, because wrapping is expensive. */
function rowsOf(entry: LogEntry, options: LayoutOptions): readonly Row[] {
  const key = `${options.columns} ${options.unfolded}`;
  const known = cache.get(entry);
  if (known?.key === key) return known.rows;
  const rows = layOut(entry, options);
  cache.set(entry, { key, rows });
  return rows;
}

function layOut(entry: LogEntry, options: LayoutOptions): readonly Row[] {
  switch (entry.kind) {
    case "said":
    case "acted":
    case "noticed":
      return rowsOfTalk(entry, "plain", "", options);
    case "moves":
      return inColumns(entry.time, "--", "dim", wordsOf(entry), "dim", options);
    case "event":
    case "hint":
      return inColumns(entry.time, "--", "dim", entry.text, "dim", options);
    case "trouble":
      return inColumns(entry.time, "--", "trouble", entry.text, "trouble", options);
  }
}

function rowsOfTalk(line: Talk, tone: Tone, after: string, options: LayoutOptions): readonly Row[] {
  const nick = drawable(line.nick);
  const nickTone = line.mention ? "mention" : toneOf(nick);
  const beside = line.displayName === undefined ? "" : `(${drawable(line.displayName)}) `;
  const text = `${beside}${line.text}`;
  if (line.kind === "acted") return inColumns(line.time, "*", nickTone, `${nick} ${text}`, tone, options, after);
  const name = line.kind === "noticed" ? `-${nick}-` : options.columns < WIDE ? `<${nick}>` : nick;
  return inColumns(line.time, name, nickTone, text, tone, options, after);
}

const STATES: Readonly<Record<OwnMessage["state"], string>> = {
  waiting: "waiting",
  sending: "sending",
  failed: "not sent",
};

function rowsOfUnconfirmed(unconfirmed: OwnMessage, options: LayoutOptions): readonly Row[] {
  const failed = unconfirmed.state === "failed";
  const why = failed ? `: ${unconfirmed.why}; Alt-R tries again, /forget gives up` : "";
  const { kind, time, text } = unconfirmed;
  const line: Talk = {
    kind,
    time,
    text,
    room: undefined,
    nick: options.nick,
    to: undefined,
    msgid: undefined,
    account: undefined,
    mention: false,
    replayed: false,
  };
  return rowsOfTalk(line, failed ? "trouble" : "dim", ` (${STATES[unconfirmed.state]}${why})`, options);
}

/** Lays out a text: time and nick before its first row, an indent of the same width before the others. */
function inColumns(
  time: number,
  name: string,
  nameTone: Tone,
  text: string,
  tone: Tone,
  options: LayoutOptions,
  after = "",
): readonly Row[] {
  const isWide = options.columns >= WIDE;
  const indent = isWide ? INDENT.wide : Math.min(INDENT.narrow, Math.max(0, options.columns - 4));
  const width = Math.max(1, options.columns - indent);
  const head: Row = isWide
    ? [
        { text: `${clockOf(time)} `, tone: "dim" },
        ...(widthOf(name) < NICK ? [{ text: " ".repeat(NICK - widthOf(name)), tone: "plain" as const }] : []),
        { text: clipped(name, NICK), tone: nameTone },
        { text: " │ ", tone: "rule" },
      ]
    : [];
  const words = drawable(isWide ? `${text}${after}` : `${name} ${text}${after}`);
  const rows = words.split("\n").flatMap((line) => rowsOfText(line, width, tone));
  const side: Row = isWide
    ? [
        { text: " ".repeat(INDENT.wide - 3), tone: "plain" },
        { text: " │ ", tone: "rule" },
      ]
    : [{ text: " ".repeat(indent), tone: "plain" }];
  const [first = [], ...rest] = folded(rows, options);
  const lead = isWide ? [...head, ...first] : withNameTone(first, name, nameTone, options.columns);
  return [lead, ...rest.map((row) => [...side, ...row])];
}

/** On a narrow screen the text begins with the name; gives the name its tone. */
function withNameTone(row: Row, name: string, tone: Tone, columns: number): Row {
  const [first, ...rest] = row;
  if (first === undefined || !first.text.startsWith(name) || widthOf(name) > columns) return row;
  return [{ text: name, tone }, { ...first, text: first.text.slice(name.length) }, ...rest];
}

function folded(rows: readonly Row[], options: LayoutOptions): readonly Row[] {
  if (options.unfolded || rows.length <= FOLDED + 1) return rows;
  const more = `… ${rows.length - FOLDED} more rows; Alt-O shows them`;
  return [...rows.slice(0, FOLDED), [{ text: clipped(more, Math.max(1, options.columns - INDENT.wide)), tone: "dim" }]];
}

const SHOWN = 8; // names in one line

function wordsOf({ came, went, both }: Moves): string {
  const parts = [
    came.length > 0 ? `${namesOf(came)} joined` : "",
    went.length > 0 ? `${namesOf(went)} left` : "",
    both.length > 0 ? `${namesOf(both)} came and went` : "",
  ];
  return parts.filter((part) => part !== "").join(" · ");
}

function namesOf(names: readonly string[]): string {
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : "";
  return names.slice(0, SHOWN).join(", ") + more;
}

function isSameDay(a: number, b: number): boolean {
  if (Math.abs(a - b) > 90_000_000) return false;
  return new Date(a).toDateString() === new Date(b).toDateString();
}

const DAY: Intl.DateTimeFormatOptions = { weekday: "long", day: "numeric", month: "long", year: "numeric" };

function dateRule(time: number, options: LayoutOptions): Row {
  const date = new Date(Number.isFinite(time) ? time : 0);
  return rule(date.toLocaleDateString("en-GB", DAY), "rule", options);
}

function rule(words: string, tone: Tone, options: LayoutOptions): Row {
  const left = Math.max(0, Math.min(4, Math.floor((options.columns - words.length - 2) / 2)));
  const text = clipped(`${"─".repeat(left)} ${words} ${"─".repeat(options.columns)}`, options.columns);
  return [{ text: padded(text.replace("…", "─"), options.columns), tone }];
}
