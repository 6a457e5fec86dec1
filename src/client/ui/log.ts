import { fold } from "../../text/fold.ts";
import type { Reference } from "../model/history.ts";
import {
  type Annotation,
  costOf,
  type Line,
  type Note,
  type Reaction,
  type Redaction,
  type Talk,
  type UnreadNumbers,
} from "../model/state.ts";
import { type Colours, type NickColour, personOf, withSpeaker } from "./nick-colours.ts";
import { type Quote, quoteOf, type Reactor, withReaction } from "./reactions.ts";

/** A message, with what was made of it since. */
export interface LoggedMessage extends Talk {
  readonly nickColour: NickColour;
  readonly reactors: readonly Reactor[];
  /** The message that it replies to. */
  readonly quote?: Quote;
  readonly isCorrected?: true;
}

/** Consecutive joins and departures, shown as one line: a nick that did both appears once. */
export interface Moves {
  readonly kind: "moves";
  /** When the last of them was. */
  readonly time: number;
  readonly came: readonly string[];
  readonly went: readonly string[];
  /** Nicks that came and went again. */
  readonly passed: readonly string[];
  /** Nicks that went and came back. */
  readonly returned: readonly string[];
}

/** The moves in words: `bob joined`, `zoe left`; `namesOf` joins the nicks of one kind. */
export function movesWords(moves: Moves, namesOf: (nicks: readonly string[]) => string): readonly string[] {
  const part = (nicks: readonly string[], words: string) => (nicks.length === 0 ? [] : [`${namesOf(nicks)} ${words}`]);
  const { came, went, passed, returned } = moves;
  return [
    ...part(came, "joined"),
    ...part(went, "left"),
    ...part(passed, "came and went"),
    ...part(returned, "left and came back"),
  ];
}

/** An entry of a log. */
export type LogEntry = LoggedMessage | Note | Moves;

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
  /** The time of the last message that was read, as far as it is known. */
  readonly readUpTo: number | undefined;
  /** The server counts what is unread: replayed messages are counted already. */
  readonly isCounted: boolean;
  /** `readUpTo` when the log was last opened: what is later is new. */
  readonly newAfter: number | undefined;
  /** How many messages were unread when the log was last opened, by the server's count; 0 without one. */
  readonly newCount: number;
  /** The first entry that was unread when the log was last opened; the unread line is drawn above it. */
  readonly firstUnread: number | undefined;
  /** Whether the server has nothing older than the first entry. */
  readonly complete: boolean;
  readonly colours: Colours;
  /** Reactions to messages that are not in the log: older ones, which may be loaded later. */
  readonly strays: readonly Reaction[];
}

const MAX_ENTRIES = 2000;
const SLACK = 500; // entries above MAX_ENTRIES before the oldest are dropped
const MAX_SCROLLED = 20_000; // entries while the user scrolls back
const MAX_SIZE = 1 << 20; // characters of a log, so that long lines cannot take more memory than short ones
const KEPT = 3 / 4; // of MAX_SIZE, after a full log is cut
const REACTOR = 100; // characters of memory that a reaction costs besides its text and person
const STRAYS = 200; // reactions to messages that are not in the log
const MAX_NAMES = 50; // names in one line of joins and departures

/** An empty log. */
export function newLog(name: string): RoomLog {
  return {
    name,
    entries: [],
    size: 0,
    first: 0,
    unread: 0,
    mentions: 0,
    readUpTo: undefined,
    isCounted: false,
    newAfter: undefined,
    newCount: 0,
    firstUnread: undefined,
    complete: false,
    colours: new Map(),
    strays: [],
  };
}

/** The number after the last entry's. */
export function endOf(log: RoomLog): number {
  return log.first + log.entries.length;
}

/** The message with a number; `undefined` if there is none, or another entry. */
export function messageAt(log: RoomLog, number: number): LoggedMessage | undefined {
  const entry = log.entries[number - log.first];
  return entry !== undefined && "reactors" in entry ? entry : undefined;
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
  if (!("nick" in line)) return { ...log, entries: [...log.entries, line], size: log.size + costOf(line) };
  const person = personOf(line.nick, line.account);
  const known = log.colours.get(person);
  // In the history, a message may be of a time when the sender had another colour.
  const colours = withSpeaker(log.colours, person, line.colour ?? (line.replayed ? known?.chosen : undefined));
  const before = withCorrected(recoloured(log, person, known, colours), line);
  const entry = logged(line, colours, before.entries);
  const at = placeFor(line, before.entries);
  const entries = before.entries.toSpliced(at, 0, entry);
  const next = { ...before, colours, entries, size: before.size + sizeOf(entry) };
  if (line.replayed && log.newAfter !== undefined && log.firstUnread === undefined) return withFirstUnread(next);
  if (seen || !countsAsUnread(log, line)) return next;
  return {
    ...next,
    unread: log.unread + 1,
    mentions: log.mentions + (isForUs(line) ? 1 : 0),
    firstUnread: log.firstUnread ?? log.first + at,
  };
}

/** The log, with the messages of a person in its new colour. */
function recoloured(log: RoomLog, person: string, known: NickColour | undefined, colours: Colours): RoomLog {
  const nickColour = colours.get(person);
  if (!known || !nickColour || known.chosen === nickColour.chosen) return log;
  const isOf = (entry: LogEntry) => "nickColour" in entry && personOf(entry.nick, entry.account) === person;
  return { ...log, entries: log.entries.map((entry) => (isOf(entry) ? { ...entry, nickColour } : entry)) };
}

/** The index for a new line: the end, except that a replayed message goes before notes with a later time. */
function placeFor({ replayed, time }: Talk, entries: readonly LogEntry[]): number {
  if (!replayed) return entries.length;
  return entries.findLastIndex((entry) => "reactors" in entry || entry.time <= time) + 1;
}

/** Whether a message that was not on the screen counts as unread; a replayed one only if it is after the read marker. */
function countsAsUnread({ isCounted, readUpTo }: RoomLog, { replayed, time }: Talk): boolean {
  return !replayed || (!isCounted && readUpTo !== undefined && time > readUpTo);
}

/** The log with the unread line above its first new message; without the line while that message may not be loaded yet. */
function withFirstUnread(log: RoomLog): RoomLog {
  const { newAfter, newCount, entries, first, complete } = log;
  if (newAfter === undefined && newCount === 0) return log;
  const after = newAfter ?? Number.NEGATIVE_INFINITY;
  const fresh = entries.flatMap((entry, at) => ("reactors" in entry && !entry.byUs && entry.time > after ? [at] : []));
  const at = (newAfter === undefined ? fresh.at(-newCount) : undefined) ?? fresh[0] ?? -1;
  const isLoaded = at > 0 && entries.slice(0, at).some((entry) => "reactors" in entry && entry.time <= after);
  const isCounted = newCount > 0 && fresh.length >= newCount;
  return { ...log, firstUnread: at >= 0 && (isLoaded || isCounted || complete) ? first + at : undefined };
}

/** The time of the last message. */
function lastTime({ entries }: RoomLog): number | undefined {
  return entries.findLast((entry) => "reactors" in entry)?.time;
}

/** The log when the user goes to it: all that comes after what was read is new, and then counts as read. */
export function opened(log: RoomLog): RoomLog {
  const { readUpTo, isCounted, unread } = log;
  return markRead(withFirstUnread({ ...log, newAfter: readUpTo, newCount: isCounted ? unread : 0 }));
}

/**
 * The log with a read marker: the user has read up to this time, here or in another session. `unread` are the server's
 * counts; without them, what is loaded is counted. `isOpen` if it is on the screen.
 */
export function withMarker(
  log: RoomLog,
  { upTo, unread }: { readonly upTo: number | undefined; readonly unread?: UnreadNumbers },
  isOpen: boolean,
): RoomLog {
  const readUpTo = upTo === undefined ? log.readUpTo : Math.max(upTo, log.readUpTo ?? 0);
  // Only the first marker sets the unread line: later ones come from reading here.
  const isFirst = isOpen && log.newAfter === undefined && log.firstUnread === undefined && readUpTo !== undefined;
  const marked: RoomLog = { ...log, readUpTo, newAfter: isFirst ? readUpTo : log.newAfter };
  const next = isFirst ? withFirstUnread(marked) : marked;
  if (unread) return { ...next, isCounted: true, unread: unread.count, mentions: unread.mentions };
  if (log.isCounted || readUpTo === undefined) return next;
  const rest = log.entries
    .filter((entry) => "reactors" in entry)
    .filter((entry) => entry.time > readUpTo && !entry.byUs);
  return { ...next, unread: rest.length, mentions: rest.filter(isForUs).length };
}

function withMove(before: Moves | undefined, note: Note): Moves {
  const moves = before ?? { kind: "moves", time: note.time, came: [], went: [], passed: [], returned: [] };
  const { nick, how } = note.move ?? { nick: "", how: "came" };
  const [same, other, round] =
    how === "came" ? (["came", "went", "returned"] as const) : (["went", "came", "passed"] as const);
  const without = (names: readonly string[]) => names.filter((name) => name !== nick);
  const kind = moves[other].includes(nick) ? round : same;
  const rest = {
    [same]: without(moves[same]),
    [other]: without(moves[other]),
    passed: without(moves.passed),
    returned: without(moves.returned),
  };
  const next: Moves = { ...moves, ...rest, time: note.time };
  return { ...next, [kind]: [...next[kind], nick].slice(-MAX_NAMES) };
}

/** A message as the log keeps it; `entries` has the message that it replies to, if that is loaded. */
function logged(line: Talk, colours: Colours, entries: readonly LogEntry[]): LoggedMessage {
  const nickColour = colours.get(personOf(line.nick, line.account)) ?? { number: 0 };
  if (line.replyTo === undefined) return { ...line, nickColour, reactors: [] };
  return { ...line, nickColour, reactors: [], quote: quoteFrom(entries, line.replyTo) };
}

const UNKNOWN: Quote = { nick: undefined, text: "an earlier message" };
const TAKEN_BACK: Quote = { nick: undefined, text: "a message that was taken back" };

/** The log, with the message that a correction corrects marked; only the sender of a message can correct it. */
function withCorrected(log: RoomLog, { corrects, replyTo, nick, account }: Talk): RoomLog {
  if (!corrects || replyTo === undefined) return log;
  return withChanged(log, replyTo, (entry) => {
    const isSender = personOf(entry.nick, entry.account) === personOf(nick, account);
    return isSender ? { ...entry, isCorrected: true } : entry;
  });
}

/** The log with a message changed; the same log if it does not have it. */
function withChanged(log: RoomLog, msgid: string, change: (entry: LoggedMessage) => LogEntry): RoomLog {
  const at = indexOf(log.entries, msgid);
  const entry = log.entries[at];
  if (entry === undefined || !("msgid" in entry)) return log;
  const changed = change(entry);
  return { ...log, entries: log.entries.with(at, changed), size: log.size - sizeOf(entry) + sizeOf(changed) };
}

/** The index of the message with a msgid; -1 without one. */
function indexOf(entries: readonly LogEntry[], msgid: string): number {
  return entries.findLastIndex((entry) => "msgid" in entry && entry.msgid === msgid);
}

function messageOf(entries: readonly LogEntry[], msgid: string): LoggedMessage | undefined {
  const entry = entries[indexOf(entries, msgid)];
  return entry !== undefined && "msgid" in entry ? entry : undefined;
}

function quoteFrom(entries: readonly LogEntry[], msgid: string): Quote {
  const original = messageOf(entries, msgid);
  return original === undefined ? UNKNOWN : quoteOf(original);
}

/** The quote of the message with a msgid. */
export function quoteIn(log: RoomLog, msgid: string): Quote {
  return quoteFrom(log.entries, msgid);
}

/** The log after a reaction to one of its messages, or after a message was taken back. */
export function annotated(log: RoomLog, annotation: Annotation): RoomLog {
  return annotation.kind === "redacted" ? withoutMessage(log, annotation) : withReactionIn(log, annotation);
}

function withReactionIn(log: RoomLog, reaction: Reaction): RoomLog {
  const person = personOf(reaction.nick, reaction.account);
  const next = withChanged(log, reaction.of, (entry) => ({
    ...entry,
    reactors: withReaction(entry.reactors, reaction, person),
  }));
  return next === log ? { ...log, strays: [...log.strays, reaction].slice(-STRAYS) } : next;
}

/** The log in which a note stands in place of a message. A reaction that was taken back just goes. */
function withoutMessage(log: RoomLog, redaction: Redaction): RoomLog {
  const { of } = redaction;
  const at = indexOf(log.entries, of);
  const uncorrected = correctedBy(log.entries, at);
  const entries = log.entries.map((entry, i): LogEntry => {
    if (!("reactors" in entry)) return entry;
    if (i === at) return noteOf(entry, redaction);
    if (entry.replyTo === of) return { ...entry, quote: TAKEN_BACK };
    if (entry.isCorrected && entry.msgid === uncorrected) {
      const { isCorrected: _, ...rest } = entry;
      return rest;
    }
    if (!entry.reactors.some(({ msgid }) => msgid === of)) return entry;
    return { ...entry, reactors: entry.reactors.filter(({ msgid }) => msgid !== of) };
  });
  const size = entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
  return { ...withFewerUnread(log, at), entries, size, strays: log.strays.filter(({ msgid }) => msgid !== of) };
}

/** The msgid of the message that only the correction at an index corrects; `undefined` if it is none. */
function correctedBy(entries: readonly LogEntry[], at: number): string | undefined {
  const correction = entries[at];
  if (correction === undefined || !("reactors" in correction) || !correction.corrects) return undefined;
  const isOther = (entry: LogEntry, i: number): boolean =>
    i !== at && "reactors" in entry && entry.corrects === true && entry.replyTo === correction.replyTo;
  return entries.some(isOther) ? undefined : correction.replyTo;
}

function noteOf(entry: LoggedMessage, { by, reason, place }: Redaction): Note {
  const whose = fold(by) === fold(entry.nick) ? "a message" : `a message of ${entry.nick}`;
  const text = `${by} took back ${whose}${reason === "" ? "" : `: ${reason}`}`;
  return { kind: "event", time: entry.time, text, rooms: [place] };
}

/** The log in which the entry at an index does not count as unread any more. */
function withFewerUnread(log: RoomLog, at: number): RoomLog {
  const entry = log.entries[at];
  if (entry === undefined || !("nick" in entry) || log.unread === 0) return log;
  const later = log.entries.slice(at + 1).filter((each) => "nick" in each).length;
  if (later >= log.unread) return log;
  return { ...log, unread: log.unread - 1, mentions: Math.max(0, log.mentions - (isForUs(entry) ? 1 : 0)) };
}

/** Whether a message mentions us, or was said to us alone. */
function isForUs({ mention, room }: Talk): boolean {
  return mention || room === undefined;
}

/** Prepends older lines, except those it has already. Without any new line the log counts as complete. */
export function prepend(log: RoomLog, lines: readonly Talk[], complete: boolean): RoomLog {
  const known = new Set(log.entries.flatMap((entry) => ("msgid" in entry && entry.msgid ? [entry.msgid] : [])));
  const fresh = lines.filter((line) => line.msgid === undefined || !known.has(line.msgid));
  // A page without new lines would be requested again and again.
  const done = complete || fresh.length === 0 || endOf(log) - log.first + fresh.length > MAX_SCROLLED;
  const page = fresh.reduce((before, line) => append(before, line, true), {
    ...newLog(log.name),
    colours: log.colours,
  });
  const quoting = log.entries.map((entry) => requoted(entry, page.entries));
  const entries = [...page.entries, ...quoting];
  const size = log.size + page.size;
  // The recent speakers keep their colours.
  const colours = new Map([...page.colours, ...log.colours]);
  const next: RoomLog = {
    ...log,
    entries,
    size,
    first: log.first - page.entries.length,
    complete: done,
    colours,
    strays: [],
  };
  const corrections = log.entries.filter((entry) => "reactors" in entry).filter(({ corrects }) => corrects);
  return withFirstUnread(log.strays.reduce(withReactionIn, corrections.reduce(withCorrected, next)));
}

/** An entry that replies to a message which has been loaded now, with its quote. */
function requoted(entry: LogEntry, page: readonly LogEntry[]): LogEntry {
  if (!("reactors" in entry) || entry.replyTo === undefined || entry.quote !== UNKNOWN) return entry;
  const original = messageOf(page, entry.replyTo);
  return original === undefined ? entry : { ...entry, quote: quoteOf(original) };
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
  if ("reactors" in entry) {
    const { reactors, quote } = entry;
    return reactors.reduce(
      (sum, { text, person }) => sum + REACTOR + text.length + person.length,
      costOf(entry) + (quote?.text.length ?? 0),
    );
  }
  if (entry.kind !== "moves") return costOf(entry);
  return [...entry.came, ...entry.went, ...entry.passed, ...entry.returned].reduce(
    (sum, nick) => sum + nick.length + 20,
    100,
  );
}

/** The log without notes and moves: only what was said. */
export function withoutNotes(log: RoomLog): RoomLog {
  const entries = log.entries.filter((entry) => "reactors" in entry);
  const unread = log.firstUnread === undefined ? undefined : log.entries.slice(log.firstUnread - log.first);
  const at = entries.findIndex((entry) => unread?.includes(entry));
  const size = entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
  return { ...log, entries, size, firstUnread: at < 0 ? undefined : log.first + at };
}

/** Marks everything as read. The unread line stays until `clearUnreadLine`. */
export function markRead(log: RoomLog): RoomLog {
  const last = lastTime(log) ?? 0;
  const isRead = log.unread === 0 && log.mentions === 0 && last <= (log.readUpTo ?? 0);
  return isRead ? log : { ...log, unread: 0, mentions: 0, readUpTo: Math.max(last, log.readUpTo ?? 0) || undefined };
}

/** Removes the unread line, when the user goes to another log. */
export function clearUnreadLine(log: RoomLog): RoomLog {
  return log.firstUnread === undefined && log.newAfter === undefined
    ? log
    : { ...log, firstUnread: undefined, newAfter: undefined, newCount: 0 };
}

/** The oldest line with a msgid, before which older lines can be requested. */
export function oldest(log: RoomLog): Reference | undefined {
  for (const entry of log.entries) {
    if ("msgid" in entry && entry.msgid !== undefined) return { msgid: entry.msgid, time: entry.time };
  }
  return undefined;
}

/** The newest line with a msgid, after which newer lines can be requested. */
export function newest(log: RoomLog): Reference | undefined {
  const entry = log.entries.findLast((each) => "msgid" in each && each.msgid !== undefined);
  return entry && "msgid" in entry ? { msgid: entry.msgid, time: entry.time } : undefined;
}

/** The number of the message with a msgid. */
export function entryOf(log: RoomLog, msgid: string): number | undefined {
  const at = indexOf(log.entries, msgid);
  return at < 0 ? undefined : log.first + at;
}
