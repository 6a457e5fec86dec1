import { clockOf } from "../../text/time.ts";
import type { OwnMessage, Talk } from "../model/state.ts";
import { clipped, drawable, padded, rowsOfText, type StyledSpan, widthOf } from "./cells.ts";
import type { LogEntry, Moves, RoomLog } from "./log.ts";
import { type Tone, toneOf } from "./theme.ts";

/** A row of the screen, from its first column. */
export type Row = readonly StyledSpan[];

/** How messages are laid out. */
export interface Look {
  readonly columns: number;
  /** Long messages are shown whole. */
  readonly unfolded: boolean;
  readonly nick: string;
}

/** The row at the bottom of the window: the number of its entry, and how many of the entry's rows are below it. */
export interface Anchor {
  readonly entry: number;
  readonly below: number;
}

/** What is seen of a log. */
export interface Window {
  readonly rows: readonly Row[];
  /** The oldest row that there is, is in it. */
  readonly atTop: boolean;
}

const ROOMY = 56; // columns from which time and nick have columns of their own
const NICK = 12; // columns of a nick
const FOLDED = 10; // rows of a message, unless it is unfolded
const LIMITS = { roomy: 6 + NICK + 3, tight: 2 };

/** A log with the messages that have no answer yet behind it: what is laid out. */
export interface Scroll {
  readonly log: RoomLog;
  readonly own: readonly OwnMessage[];
}

function endOf({ log, own }: Scroll): number {
  return log.first + log.entries.length + own.length;
}

/** The rows that end at the anchor, or at the newest, as many as there is room for. */
export function windowOf(scroll: Scroll, height: number, anchor: Anchor | undefined, look: Look): Window {
  const rows: Row[] = [];
  const last = endOf(scroll) - 1;
  let entry = Math.min(last, anchor?.entry ?? last);
  let below = anchor === undefined || anchor.entry > last ? 0 : anchor.below;
  while (entry >= scroll.log.first && rows.length < height) {
    const all = rowsAt(scroll, entry, look);
    const shown = all.slice(0, Math.max(1, all.length - below));
    rows.push(...shown.toReversed());
    below = 0;
    entry--;
  }
  return { rows: rows.slice(0, height).reverse(), atTop: entry < scroll.log.first && rows.length <= height };
}

/** The anchor after scrolling up by so many rows, or down where it is negative; none is the newest row. */
export function scrolled(
  scroll: Scroll,
  height: number,
  anchor: Anchor | undefined,
  by: number,
  look: Look,
): Anchor | undefined {
  const last = endOf(scroll) - 1;
  if (last < scroll.log.first) return undefined;
  let entry = Math.max(scroll.log.first, Math.min(last, anchor?.entry ?? last));
  let below = (anchor === undefined || anchor.entry !== entry ? 0 : anchor.below) + by;
  while (below < 0 && entry < last) below += rowsAt(scroll, ++entry, look).length;
  for (let rows = rowsAt(scroll, entry, look).length; below >= rows; rows = rowsAt(scroll, entry, look).length) {
    if (entry === scroll.log.first) below = rows - 1;
    else {
      below -= rows;
      entry--;
    }
  }
  if (below < 0 || (below === 0 && entry >= last)) return undefined;
  const missing = height - windowOf(scroll, height, { entry, below }, look).rows.length;
  return missing > 0 && by > 0 ? scrolled(scroll, height, { entry, below }, -missing, look) : { entry, below };
}

/** The rows of an entry, with the date or the unread line before it where one belongs there. */
function rowsAt({ log, own }: Scroll, number: number, look: Look): readonly Row[] {
  const at = number - log.first;
  const entry = log.entries[at];
  if (entry === undefined) {
    const message = own[at - log.entries.length];
    return message === undefined ? [] : rowsOfOwn(message, look);
  }
  const rules: Row[] = [];
  const before = log.entries[at - 1];
  if (before === undefined ? log.complete : !isSameDay(before.time, entry.time)) rules.push(dateRule(entry.time, look));
  if (number === log.fresh) rules.push(rule("new", "new", look));
  const rows = rowsOf(entry, look);
  return rules.length === 0 ? rows : [...rules, ...rows];
}

interface Kept {
  readonly key: string;
  readonly rows: readonly Row[];
}

const kept = new WeakMap<LogEntry, Kept>();

/** The rows of an entry; wrapping is dear, so they are remembered until the window changes. */
function rowsOf(entry: LogEntry, look: Look): readonly Row[] {
  const key = `${look.columns} ${look.unfolded}`;
  const known = kept.get(entry);
  if (known?.key === key) return known.rows;
  const rows = laidOut(entry, look);
  kept.set(entry, { key, rows });
  return rows;
}

function laidOut(entry: LogEntry, look: Look): readonly Row[] {
  switch (entry.kind) {
    case "said":
    case "acted":
    case "noticed":
      return rowsOfTalk(entry, "plain", "", look);
    case "moves":
      return inColumns(entry.time, "--", "dim", wordsOf(entry), "dim", look);
    case "event":
    case "hint":
      return inColumns(entry.time, "--", "dim", entry.text, "dim", look);
    case "trouble":
      return inColumns(entry.time, "--", "trouble", entry.text, "trouble", look);
  }
}

function rowsOfTalk(line: Talk, tone: Tone, after: string, look: Look): readonly Row[] {
  const nick = drawable(line.nick);
  const nickTone = line.mention ? "mention" : toneOf(nick);
  if (line.kind === "acted") return inColumns(line.time, "*", nickTone, `${nick} ${line.text}`, tone, look, after);
  const name = line.kind === "noticed" ? `-${nick}-` : look.columns < ROOMY ? `<${nick}>` : nick;
  return inColumns(line.time, name, nickTone, line.text, tone, look, after);
}

const STATES: Readonly<Record<OwnMessage["state"], string>> = {
  waiting: "waits",
  sending: "sending",
  failed: "not sent",
};

function rowsOfOwn(own: OwnMessage, look: Look): readonly Row[] {
  const failed = own.state === "failed";
  const why = failed ? `: ${own.why}; Alt-R tries again, /forget gives up` : "";
  const { kind, time, text } = own;
  const line: Talk = {
    kind,
    time,
    text,
    room: undefined,
    nick: look.nick,
    to: undefined,
    msgid: undefined,
    account: undefined,
    mention: false,
    past: false,
  };
  return rowsOfTalk(line, failed ? "trouble" : "dim", ` (${STATES[own.state]}${why})`, look);
}

/** A text in its columns: time and nick before its first row, and blanks as wide before the others. */
function inColumns(
  time: number,
  name: string,
  nameTone: Tone,
  text: string,
  tone: Tone,
  look: Look,
  after = "",
): readonly Row[] {
  const roomy = look.columns >= ROOMY;
  const indent = roomy ? LIMITS.roomy : Math.min(LIMITS.tight, Math.max(0, look.columns - 4));
  const room = Math.max(1, look.columns - indent);
  const head: Row = roomy
    ? [
        { text: `${clockOf(time)} `, tone: "dim" },
        ...(widthOf(name) < NICK ? [{ text: " ".repeat(NICK - widthOf(name)), tone: "plain" as const }] : []),
        { text: clipped(name, NICK), tone: nameTone },
        { text: " │ ", tone: "rule" },
      ]
    : [];
  const words = drawable(roomy ? `${text}${after}` : `${name} ${text}${after}`);
  const rows = words.split("\n").flatMap((line) => rowsOfText(line, room, tone));
  const side: Row = roomy
    ? [
        { text: " ".repeat(LIMITS.roomy - 3), tone: "plain" },
        { text: " │ ", tone: "rule" },
      ]
    : [{ text: " ".repeat(indent), tone: "plain" }];
  const [first = [], ...rest] = folded(rows, look);
  const lead = roomy ? [...head, ...first] : named(first, name, nameTone, look.columns);
  return [lead, ...rest.map((row) => [...side, ...row])];
}

/** On a narrow screen the name is the beginning of the first row: gives it its tone. */
function named(row: Row, name: string, tone: Tone, columns: number): Row {
  const [first, ...rest] = row;
  if (first === undefined || !first.text.startsWith(name) || widthOf(name) > columns) return row;
  return [{ text: name, tone }, { ...first, text: first.text.slice(name.length) }, ...rest];
}

function folded(rows: readonly Row[], look: Look): readonly Row[] {
  if (look.unfolded || rows.length <= FOLDED + 1) return rows;
  const more = `… ${rows.length - FOLDED} more rows; Alt-O shows them`;
  return [...rows.slice(0, FOLDED), [{ text: clipped(more, Math.max(1, look.columns - LIMITS.roomy)), tone: "dim" }]];
}

const SHOWN = 8; // names in one line

function wordsOf({ came, went, passed }: Moves): string {
  const parts = [
    came.length > 0 ? `${namesOf(came)} joined` : "",
    went.length > 0 ? `${namesOf(went)} left` : "",
    passed.length > 0 ? `${namesOf(passed)} came and went` : "",
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

function dateRule(time: number, look: Look): Row {
  const date = new Date(Number.isFinite(time) ? time : 0);
  return rule(date.toLocaleDateString("en-GB", DAY), "rule", look);
}

function rule(words: string, tone: Tone, look: Look): Row {
  const left = Math.max(0, Math.min(4, Math.floor((look.columns - words.length - 2) / 2)));
  const text = clipped(`${"─".repeat(left)} ${words} ${"─".repeat(look.columns)}`, look.columns);
  return [{ text: padded(text.replace("…", "─"), look.columns), tone }];
}
