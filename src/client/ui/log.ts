import { costOf, type Line, type Note, type Reference, type Talk } from "../model/state.ts";

/** Joins and departures in a row, shown as one line: a nick that did both appears once. */
export interface Moves {
  readonly kind: "moves";
  readonly time: number;
  readonly came: readonly string[];
  readonly went: readonly string[];
  /** Nicks that came and went, or went and came back. */
  readonly passed: readonly string[];
}

/** The content of one line on the screen. */
export type LogEntry = Talk | Note | Moves;

/** The messages and events of a room, as far as they are kept. Entries are numbered; `first` is the oldest's. */
export interface RoomLog {
  readonly name: string;
  readonly entries: readonly LogEntry[];
  /** Characters that they cost. */
  readonly size: number;
  readonly first: number;
  /** Messages that nobody has looked at, and how many of them name us. */
  readonly unread: number;
  readonly mentions: number;
  /** The first entry that was not looked at when the room was last entered; the unread line is before it. */
  readonly fresh: number | undefined;
  /** There is nothing before the first entry. */
  readonly complete: boolean;
}

const MOST = 2000; // entries
const SLACK = 500; // entries beyond, before the oldest are dropped
const PAST = 20_000; // entries while someone scrolls back
const SIZE = 1 << 20; // characters of a log, so that long lines cannot take more than short ones
const KEPT = 3 / 4; // of it, when it is full
const NAMES = 50; // names in one line of comings and goings

/** A log with nothing in it. */
export function newLog(name: string): RoomLog {
  return { name, entries: [], size: 0, first: 0, unread: 0, mentions: 0, fresh: undefined, complete: false };
}

/** The number behind the last entry. */
export function endOf(log: RoomLog): number {
  return log.first + log.entries.length;
}

/** The log with one more line; `seen` when the user is looking at it. */
export function append(log: RoomLog, line: Line, seen: boolean): RoomLog {
  const last = log.entries.at(-1);
  if (line.kind === "event" && line.move !== undefined) {
    const moves = withMove(last?.kind === "moves" ? last : undefined, line);
    const size = log.size + sizeOf(moves);
    if (last?.kind !== "moves") return { ...log, entries: [...log.entries, moves], size };
    return { ...log, entries: log.entries.with(-1, moves), size: size - sizeOf(last) };
  }
  const next = { ...log, entries: [...log.entries, line], size: log.size + costOf(line) };
  if (line.kind !== "said" && line.kind !== "acted" && line.kind !== "noticed") return next;
  if (seen) return next;
  return {
    ...next,
    unread: log.unread + 1,
    mentions: log.mentions + (line.mention || line.room === undefined ? 1 : 0),
    fresh: log.fresh ?? endOf(log),
  };
}

function withMove(before: Moves | undefined, note: Note): Moves {
  const moves = before ?? { kind: "moves", time: note.time, came: [], went: [], passed: [] };
  const { nick, how } = note.move ?? { nick: "", how: "came" };
  const [same, other] = how === "came" ? (["came", "went"] as const) : (["went", "came"] as const);
  const passed = moves.passed.filter((name) => name !== nick);
  if (moves[other].includes(nick)) {
    const rest = moves[other].filter((name) => name !== nick);
    return { ...moves, time: note.time, [other]: rest, passed: [...passed, nick].slice(-NAMES) };
  }
  return { ...moves, time: note.time, passed, [same]: [...moves[same], nick].slice(-NAMES) };
}

/** The log with what was said before all that is in it. */
export function prepend(log: RoomLog, lines: readonly Talk[], complete: boolean): RoomLog {
  const known = new Set(log.entries.flatMap((entry) => ("msgid" in entry && entry.msgid ? [entry.msgid] : [])));
  const older = lines.filter((line) => line.msgid === undefined || !known.has(line.msgid));
  // A page with nothing new would be asked for again and again.
  const done = complete || older.length === 0 || endOf(log) - log.first + older.length > PAST;
  const size = log.size + older.reduce((sum, line) => sum + costOf(line), 0);
  return { ...log, entries: [...older, ...log.entries], size, first: log.first - older.length, complete: done };
}

/** The log without its oldest lines, if it has too many; while someone scrolls back in it, it may have more. */
export function trimmed(log: RoomLog, scrolled: boolean): RoomLog {
  const most = scrolled ? PAST : MOST;
  return log.entries.length <= most + SLACK && log.size <= SIZE ? log : cut(log, most, SIZE * KEPT);
}

/** The log with half of what it costs, for others to have room. */
export function halved(log: RoomLog): RoomLog {
  return cut(log, log.entries.length, log.size / 2);
}

function cut(log: RoomLog, most: number, size: number): RoomLog {
  let from = Math.max(0, log.entries.length - most);
  let left = log.entries.slice(from).reduce((sum, entry) => sum + sizeOf(entry), 0);
  for (; left > size && from < log.entries.length - 1; from++) left -= sizeOf(log.entries[from]);
  return from === 0
    ? log
    : { ...log, entries: log.entries.slice(from), size: left, first: log.first + from, complete: false };
}

function sizeOf(entry: LogEntry | undefined): number {
  if (entry === undefined) return 0;
  if (entry.kind !== "moves") return costOf(entry);
  return [...entry.came, ...entry.went, ...entry.passed].reduce((sum, nick) => sum + nick.length + 20, 100);
}

/** The user looks at the log: nothing in it is unread. The unread line stays until `settled`. */
export function looked(log: RoomLog): RoomLog {
  return log.unread === 0 && log.mentions === 0 ? log : { ...log, unread: 0, mentions: 0 };
}

/** The user goes elsewhere: the unread line has done its work. */
export function settled(log: RoomLog): RoomLog {
  return log.fresh === undefined ? log : { ...log, fresh: undefined };
}

/** The oldest line from which older ones can be asked for. */
export function oldest(log: RoomLog): Reference | undefined {
  for (const entry of log.entries) {
    if ("msgid" in entry && entry.msgid !== undefined) return { msgid: entry.msgid, time: entry.time };
  }
  return undefined;
}
