import type { Reference } from "../model/history.ts";
import { costOf, type Line, type Note, type Talk } from "../model/state.ts";

/** Consecutive joins and departures, shown as one line: a nick that did both appears once. */
export interface Moves {
  readonly kind: "moves";
  readonly time: number;
  readonly came: readonly string[];
  readonly went: readonly string[];
  /** Nicks that came and went, or went and came back. */
  readonly both: readonly string[];
}

/** An entry of a log. */
export type LogEntry = Talk | Note | Moves;

/**
 * The log of a room or conversation: its most recent messages and events. Entries are numbered; `first` is the number
 * of the oldest.
 */
export interface RoomLog {
  readonly name: string;
  readonly entries: readonly LogEntry[];
  /** Characters of all entries, as `costOf` counts them. */
  readonly size: number;
  readonly first: number;
  /** Unread messages, and how many of them mention us. */
  readonly unread: number;
  readonly mentions: number;
  /** The first entry that was unread when the log was last opened; the unread line is drawn above it. */
  readonly firstUnread: number | undefined;
  /** Whether the server has nothing older than the first entry. */
  readonly complete: boolean;
}

const MAX_ENTRIES = 2000;
const SLACK = 500; // entries above MAX_ENTRIES before the oldest are dropped
const MAX_SCROLLED = 20_000; // entries while the user scrolls back
const MAX_SIZE = 1 << 20; // characters of a log, so that long lines cannot take more memory than short ones
const KEPT = 3 / 4; // of MAX_SIZE, after a full log is cut
const MAX_NAMES = 50; // names in one line of joins and departures

/** An empty log. */
export function newLog(name: string): RoomLog {
  return { name, entries: [], size: 0, first: 0, unread: 0, mentions: 0, firstUnread: undefined, complete: false };
}

/** The number after the last entry's. */
export function endOf(log: RoomLog): number {
  return log.first + log.entries.length;
}

/** Appends a line; `seen` if the user is looking at the log, so that it does not count as unread. */
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
    firstUnread: log.firstUnread ?? endOf(log),
  };
}

function withMove(before: Moves | undefined, note: Note): Moves {
  const moves = before ?? { kind: "moves", time: note.time, came: [], went: [], both: [] };
  const { nick, how } = note.move ?? { nick: "", how: "came" };
  const [same, other] = how === "came" ? (["came", "went"] as const) : (["went", "came"] as const);
  const both = moves.both.filter((name) => name !== nick);
  if (moves[other].includes(nick)) {
    const rest = moves[other].filter((name) => name !== nick);
    return { ...moves, time: note.time, [other]: rest, both: [...both, nick].slice(-MAX_NAMES) };
  }
  return { ...moves, time: note.time, both, [same]: [...moves[same], nick].slice(-MAX_NAMES) };
}

/** Prepends older lines, except those it has already. Without any new line the log counts as complete. */
export function prepend(log: RoomLog, lines: readonly Talk[], complete: boolean): RoomLog {
  const known = new Set(log.entries.flatMap((entry) => ("msgid" in entry && entry.msgid ? [entry.msgid] : [])));
  const older = lines.filter((line) => line.msgid === undefined || !known.has(line.msgid));
  // A page without new lines would be requested again and again.
  const done = complete || older.length === 0 || endOf(log) - log.first + older.length > MAX_SCROLLED;
  const size = log.size + older.reduce((sum, line) => sum + costOf(line), 0);
  return { ...log, entries: [...older, ...log.entries], size, first: log.first - older.length, complete: done };
}

/** Drops the oldest lines of a log that is too large; while the user scrolls back in it, it may be larger. */
export function trimmed(log: RoomLog, scrolled: boolean): RoomLog {
  const most = scrolled ? MAX_SCROLLED : MAX_ENTRIES;
  return log.entries.length <= most + SLACK && log.size <= MAX_SIZE ? log : cut(log, most, MAX_SIZE * KEPT);
}

/** Drops the oldest half of a log, by size, to make room for other logs. */
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
  return [...entry.came, ...entry.went, ...entry.both].reduce((sum, nick) => sum + nick.length + 20, 100);
}

/** Marks everything as read. The unread line stays until `clearUnreadLine`. */
export function markRead(log: RoomLog): RoomLog {
  return log.unread === 0 && log.mentions === 0 ? log : { ...log, unread: 0, mentions: 0 };
}

/** Removes the unread line, when the user goes to another log. */
export function clearUnreadLine(log: RoomLog): RoomLog {
  return log.firstUnread === undefined ? log : { ...log, firstUnread: undefined };
}

/** The oldest line with a msgid, before which older lines can be requested. */
export function oldest(log: RoomLog): Reference | undefined {
  for (const entry of log.entries) {
    if ("msgid" in entry && entry.msgid !== undefined) return { msgid: entry.msgid, time: entry.time };
  }
  return undefined;
}
