import { clockOf, longDayOf } from "../../text/time.ts";
import type { OwnMessage } from "../model/outbox.ts";
import { clipped, drawable, padded, rowsOfText, type StyledSpan, widthOf } from "./cells.ts";
import { type LogEntry, movesWords, type RoomLog } from "./log.ts";
import { type MessageView, viewOf, viewOfUnconfirmed } from "./message-view.ts";
import { nickTone } from "./nick-colours.ts";
import type { Quote, ReactionCount } from "./reactions.ts";
import type { Tone } from "./theme.ts";

/** A row of the screen, from its first column. */
export type Row = readonly StyledSpan[];

/** The width and options by which messages are laid out. */
export interface LayoutOptions {
  readonly columns: number;
  /** Whether long messages are shown in full. */
  readonly unfolded: boolean;
  /** Whether messages are plain text, without columns. */
  readonly isBare: boolean;
  readonly nick: string;
  readonly account: string | undefined;
  /** The number of the entry that is selected. */
  readonly selected: number | undefined;
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

/** The anchor that shows an entry: the present one if the entry is on the screen, else the nearest that shows it. */
export function anchorShowing(
  scroll: Scroll,
  height: number,
  anchor: Anchor | undefined,
  entry: number,
  options: LayoutOptions,
): Anchor | undefined {
  const last = endOf(scroll) - 1;
  const bottom = Math.min(last, anchor?.entry ?? last);
  if (entry > bottom) return entry >= last ? undefined : { entry, below: 0 };
  let rows = -(anchor?.entry === bottom ? anchor.below : 0);
  for (let at = bottom; at >= entry; at--) rows += rowsAt(scroll, at, options).length;
  return rows <= height ? anchor : scrolled(scroll, height, anchor, rows - height, options);
}

/** The rows of an entry, after a date rule or the unread line if it needs one. */
function rowsAt({ log, unconfirmed }: Scroll, number: number, options: LayoutOptions): readonly Row[] {
  const at = number - log.first;
  const entry = log.entries[at];
  if (entry === undefined) {
    const own = unconfirmed[at - log.entries.length];
    const message = own && viewOfUnconfirmed(log, own, options);
    return message === undefined ? [] : rowsOfMessage(message, options);
  }
  const rules: Row[] = [];
  const before = log.entries[at - 1];
  if (before === undefined ? log.complete : !isSameDay(before.time, entry.time))
    rules.push(dateRule(entry.time, options));
  if (number === log.firstUnread) rules.push(rule("new", "new", options));
  const rows = number === options.selected ? selectedRows(rowsOf(entry, options)) : rowsOf(entry, options);
  return rules.length === 0 ? rows : [...rules, ...rows];
}

/** Rows drawn as those of the selected message. */
function selectedRows(rows: readonly Row[]): readonly Row[] {
  return rows.map((row) => row.map((span) => ({ ...span, tone: "selected" })));
}

interface CachedRows {
  readonly key: string;
  readonly rows: readonly Row[];
}

const cache = new WeakMap<LogEntry, CachedRows>();

/** The rows of an entry, cached until the width changes, because wrapping is expensive. */
function rowsOf(entry: LogEntry, options: LayoutOptions): readonly Row[] {
  const key = `${options.columns} ${options.unfolded} ${options.isBare}`;
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
      return rowsOfMessage(viewOf(entry), options);
    case "moves":
      return rowsOfNote(entry.time, movesWords(entry, namesOf).join(" · "), "dim", options);
    case "event":
    case "hint":
      return rowsOfNote(entry.time, entry.text, "dim", options);
    case "trouble":
      return rowsOfNote(entry.time, entry.text, "trouble", options);
  }
}

function rowsOfNote(time: number, text: string, tone: Tone, options: LayoutOptions): readonly Row[] {
  return inColumns({ time, name: "--", nameTone: tone, text, tone }, options);
}

function rowsOfMessage(message: MessageView, options: LayoutOptions): readonly Row[] {
  const { kind, time, mention, displayName, isCorrection, isCorrected, state, why } = message;
  const nick = drawable(message.nick);
  const nameTone: Tone = mention ? "mention" : nickTone(message.nickColour);
  const beside = displayName === undefined ? "" : `(${drawable(displayName)}) `;
  const words = `${isCorrection ? "✎ " : ""}${beside}${message.text}`;
  const text = kind === "acted" ? `${nick} ${words}` : words;
  const name = kind === "acted" ? "*" : kind === "noticed" ? `-${nick}-` : isWide(options) ? nick : `<${nick}>`;
  const tone = state === "stored" ? "plain" : state === "failed" ? "trouble" : "dim";
  const after = `${isCorrected ? " (corrected)" : ""}${state === "stored" ? "" : ` (${STATES[state]}${why})`}`;
  return inColumns({ time, name, nameTone, text, tone, after, message }, options);
}

const STATES: Readonly<Record<OwnMessage["state"], string>> = {
  waiting: "waiting",
  sending: "sending",
  failed: "not sent",
};

/** `↪ ann: first words`. */
function quoteWords({ nick, text }: Quote): string {
  return `↪ ${nick === undefined ? "" : `${drawable(nick)}: `}${drawable(text)}`;
}

const REACTION_COLUMNS = 16; // of the text of one reaction
const REACTIONS = 20; // different reactions that are shown

/** `👍 3  ❤ 1✓`, in as many rows as needed; a tick marks our own. */
function reactionRows(reactions: readonly ReactionCount[], columns: number): readonly Row[] {
  const rows: StyledSpan[][] = [];
  let left = 0;
  for (const { text, count, own } of reactions.slice(0, REACTIONS)) {
    const words = clipped(`${clipped(drawable(text), REACTION_COLUMNS)} ${count}${own ? "✓" : ""}`, columns);
    const gap = left === columns ? "" : "  ";
    if (rows.length === 0 || widthOf(gap + words) > left) {
      rows.push([{ text: words, tone: own ? "chosen" : "dim" }]);
      left = columns - widthOf(words);
    } else {
      rows.at(-1)?.push({ text: gap, tone: "plain" }, { text: words, tone: own ? "chosen" : "dim" });
      left -= widthOf(gap + words);
    }
  }
  return rows;
}

/** A text in columns, and the message that it is of. */
interface Columns {
  readonly time: number | undefined;
  readonly name: string;
  readonly nameTone: Tone;
  readonly text: string;
  readonly tone: Tone;
  readonly after?: string;
  readonly message?: MessageView;
}

const NO_CLOCK = " ".repeat("12:03".length);

/** Whether time and nick have columns of their own. */
function isWide({ columns, isBare }: LayoutOptions): boolean {
  return columns >= WIDE && !isBare;
}

/** Lays out a text: time and nick before its first row, an indent of the same width before the others. */
function inColumns(
  { time, name: given, nameTone, text, tone, after = "", message }: Columns,
  options: LayoutOptions,
): readonly Row[] {
  const hasColumns = isWide(options);
  const clock = time === undefined ? NO_CLOCK : clockOf(time);
  const name = options.isBare ? `${clock} ${given}` : given;
  const indent = hasColumns
    ? INDENT.wide
    : options.isBare
      ? 0
      : Math.min(INDENT.narrow, Math.max(0, options.columns - 4));
  const width = Math.max(1, options.columns - indent);
  const head: Row = hasColumns
    ? [
        { text: `${clock} `, tone: "dim" },
        ...(widthOf(name) < NICK ? [{ text: " ".repeat(NICK - widthOf(name)), tone: "plain" as const }] : []),
        { text: clipped(name, NICK), tone: nameTone },
        { text: " │ ", tone: "rule" },
      ]
    : [];
  const quote =
    message?.quote && clipped(quoteWords(message.quote), Math.max(1, width - (hasColumns ? 0 : widthOf(name) + 1)));
  const words = drawable(hasColumns || quote !== undefined ? `${text}${after}` : `${name} ${text}${after}`);
  const textRows = folded(
    words.split("\n").flatMap((line) => rowsOfText(line, width, tone)),
    options,
  );
  const side: Row = hasColumns
    ? [
        { text: " ".repeat(INDENT.wide - 3), tone: "plain" },
        { text: " │ ", tone: "rule" },
      ]
    : [{ text: " ".repeat(indent), tone: "plain" }];
  const quoteRows =
    quote === undefined ? [] : rowsOfText(hasColumns ? quote : `${name} ${quote}`, width, "dim").slice(0, 1);
  const [first = [], ...rest] = [...quoteRows, ...textRows, ...reactionRows(message?.reactions ?? [], width)];
  const top = hasColumns ? [...head, ...first] : withNameTone(first, name, nameTone, options.columns);
  return [top, ...rest.map((row) => [...side, ...row])];
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

function namesOf(names: readonly string[]): string {
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : "";
  return names.slice(0, SHOWN).join(", ") + more;
}

function isSameDay(a: number, b: number): boolean {
  if (Math.abs(a - b) > 90_000_000) return false;
  return new Date(a).toDateString() === new Date(b).toDateString();
}

function dateRule(time: number, options: LayoutOptions): Row {
  return rule(longDayOf(Number.isFinite(time) ? time : 0), "rule", options);
}

function rule(words: string, tone: Tone, options: LayoutOptions): Row {
  const left = Math.max(0, Math.min(4, Math.floor((options.columns - words.length - 2) / 2)));
  const text = clipped(`${"─".repeat(left)} ${words} ${"─".repeat(options.columns)}`, options.columns);
  return [{ text: padded(text.replace("…", "─"), options.columns), tone }];
}
