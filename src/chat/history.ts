import { type ReadablePlace, readablePlace } from "./conversation.ts";
import type { Member } from "./model/member.ts";
import type { Room } from "./model/room.ts";
import type { State } from "./model/state.ts";
import type { ConversationRecord, HistorySpan, Place, Store, StoredEvent, StoredMessage } from "./store.ts";
import { readAround } from "./visibility.ts";

const PAGE = 10; // messages that are read at a time
const MOST_SHARED = 1000; // messages beyond a page's limit that share a millisecond with its end
const SHOWN = 32_768; // bytes of messages as they are sent, after which a newcomer is shown no more of them
const HEAD = 200; // bytes that stand before each line of a message, at about: its speaker, its place, its time

/** Which of the latest messages of a room are asked for. */
export type RecentSpan = Omit<HistorySpan, "from"> & { readonly from?: number; readonly brief?: boolean };

/** A point in the order: an event, or a time (milliseconds since 1970). */
export type Point = { readonly seq: number } | { readonly time: number };

/** What of the past is asked for. */
export type HistoryQuery =
  | { readonly which: "latest"; readonly after: Point | undefined }
  | { readonly which: "before"; readonly point: Point }
  | { readonly which: "after"; readonly point: Point }
  | { readonly which: "around"; readonly point: Point }
  | { readonly which: "between"; readonly from: Point; readonly to: Point };

type SpanQuery = Exclude<HistoryQuery, { readonly which: "around" }>;

export interface HistoryOptions {
  readonly limit: number;
  /** Besides what was said, also what happened. */
  readonly playback: boolean;
}

/** Something of the past. */
export type HistoryEntry = StoredMessage | StoredEvent;

/**
 * Reads the past of a target, oldest first; `undefined` where this one may not read it, or there is no such target.
 *
 * Which messages there are is looked up at once, and each is read as the answer is drawn, a few at a time: however long
 * they are, and however many, that holds nobody up. It ends where this one may not read on.
 */
export function readHistory(
  state: State,
  member: Member | undefined,
  target: string,
  query: HistoryQuery,
  options: HistoryOptions,
): Iterable<HistoryEntry> | undefined {
  const source = readablePlace(state, member, target);
  if (!source) return undefined;
  const seqs = asked(state, source, query, options);
  const read = (from: number, to: number) => {
    const now = readablePlace(state, member, target);
    if (now?.place !== source.place) return undefined;
    return readPage(state, now, { from, before: to + 1, limit: PAGE, first: true }, options);
  };
  return inPages(seqs, read);
}

/** Reads what has these numbers, page by page, until there is no page. */
function* inPages(
  seqs: readonly number[],
  read: (from: number, to: number) => readonly HistoryEntry[] | undefined,
): Generator<HistoryEntry> {
  for (let at = 0; at < seqs.length; at += PAGE) {
    const from = seqs[at] ?? 0;
    const page = read(from, seqs[Math.min(at + PAGE, seqs.length) - 1] ?? from);
    if (!page) return;
    yield* page;
  }
}

/** The numbers of what is asked for, oldest first. */
function asked(state: State, source: ReadablePlace, query: HistoryQuery, options: HistoryOptions): readonly number[] {
  const stretch = (span: HistorySpan) => {
    const seqs = seqsOf(state, source, span, options);
    return isByTime(query) ? wholeAtEnd(state, source, seqs, span, options) : seqs;
  };
  if (query.which !== "around") return stretch(spanOf(state, query, options.limit));
  const at = firstAt(state, query.point);
  const before = stretch({ from: 0, before: at, limit: Math.floor(options.limit / 2) });
  const after = stretch({ from: at, limit: options.limit - before.length, first: true });
  return [...before, ...after];
}

/**
 * The latest of a place's messages, oldest first: as many as there may be, but of a place where much is said at once no
 * more than a newcomer can be expected to read, which is `SHOWN` as it is sent. To come in costs little, whatever was
 * said.
 */
export function readBriefly(
  store: Pick<Store, "history">,
  place: Place,
  { from, before, limit }: HistorySpan,
): readonly StoredMessage[] {
  const found: StoredMessage[] = [];
  let size = 0;
  for (let end = before; found.length < limit; ) {
    const page = store.history(place, { from, before: end, limit: Math.min(PAGE, limit - found.length) });
    for (const message of page.toReversed()) {
      size += sizeOf(message);
      if (size > SHOWN && found.length > 0) return found.reverse();
      found.push(message);
      end = message.seq;
    }
    if (page.length === 0) break;
  }
  return found.reverse();
}

/** How many bytes a message is, at about, to one who is sent each of its lines by itself. */
export function sizeOf({ text, tags }: StoredMessage): number {
  let size = Buffer.byteLength(text) + HEAD;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) size += HEAD;
  for (const [key, value] of tags ?? []) size += key.length + Buffer.byteLength(value);
  return size;
}

function spanOf(state: State, query: SpanQuery, limit: number): HistorySpan {
  switch (query.which) {
    case "latest":
      return { from: query.after ? firstBehind(state, query.after) : 0, limit };
    case "before":
      return { from: 0, before: firstAt(state, query.point), limit };
    case "after":
      return { from: firstBehind(state, query.point), limit, first: true };
    case "between": {
      const forward = firstAt(state, query.from) <= firstAt(state, query.to);
      const [low, high] = forward ? [query.from, query.to] : [query.to, query.from];
      return { from: firstBehind(state, low), before: firstAt(state, high), limit, first: forward };
    }
  }
}

/** The first `seq` that is not before a point. */
function firstAt(state: State, point: Point): number {
  return "seq" in point ? point.seq : state.store.firstAt(point.time);
}

/** The first `seq` that is behind a point. */
function firstBehind(state: State, point: Point): number {
  return ("seq" in point ? point.seq : state.store.lastAt(point.time)) + 1;
}

/** Whether the client reads on by times, as far as its request shows. */
function isByTime(query: HistoryQuery): boolean {
  switch (query.which) {
    case "latest":
      return query.after === undefined || "time" in query.after;
    case "between":
      return "time" in query.from || "time" in query.to;
    default:
      return "time" in query.point;
  }
}

/**
 * Adds to a page what shares a millisecond with its end and did not fit: a client that reads on from the time of that
 * end would never see it. More than the limit is better than less: less means to many that there is nothing more.
 */
function wholeAtEnd(
  state: State,
  source: ReadablePlace,
  page: readonly number[],
  span: HistorySpan,
  options: HistoryOptions,
): readonly number[] {
  const edge = span.first ? page.at(-1) : page[0];
  if (edge === undefined || page.length < span.limit) return page;
  const shared = state.store.millisecondOf(edge);
  if (span.first) {
    const before = Math.min(shared.to + 1, span.before ?? shared.to + 1);
    return [...page, ...seqsOf(state, source, { from: edge + 1, before, limit: MOST_SHARED, first: true }, options)];
  }
  const from = Math.max(shared.from, span.from);
  return [...seqsOf(state, source, { from, before: edge, limit: MOST_SHARED }, options), ...page];
}

/** The numbers of what was said in a stretch, and of what happened if that is wanted; as many as there may be of both. */
function seqsOf(
  state: State,
  source: ReadablePlace,
  span: HistorySpan,
  { playback }: HistoryOptions,
): readonly number[] {
  if (span.limit <= 0) return [];
  const seqs = (of: "messages" | "events") =>
    readAround(source.hidden, span, (part) => state.store.seqs(of, source.place, part));
  const said = seqs("messages");
  if (!playback || !source.room) return said;
  const all = [...said, ...seqs("events")].sort((a, b) => a - b);
  return span.first ? all.slice(0, span.limit) : all.slice(-span.limit);
}

/** A message of a room by the name that the room has now. */
export function withRoomName(room: Room, event: StoredMessage): StoredMessage {
  return event.to === room.name ? event : { ...event, to: room.name };
}

function readPage(
  state: State,
  source: ReadablePlace,
  span: HistorySpan,
  { playback }: HistoryOptions,
): readonly HistoryEntry[] {
  const { store } = state;
  const { room } = source;
  const said = readAround(source.hidden, span, (part) => store.history(source.place, part));
  if (!room) return said;
  const named = said.map((event) => withRoomName(room, event));
  if (!playback) return named;
  const happened = readAround(source.hidden, span, (part) => store.events(source.place, part));
  const inRoom = happened.map((event) =>
    "room" in event && event.room !== room.name ? { ...event, room: room.name } : event,
  );
  return [...named, ...inRoom].sort((a, b) => a.seq - b.seq);
}

/** Which rooms and conversations are asked for: those whose latest message lies between two times, neither included. */
export interface TargetsQuery {
  /** Milliseconds since 1970. */
  readonly after: number;
  readonly before: number;
  readonly limit: number;
  /** The first of them; otherwise the latest. */
  readonly first: boolean;
}

/** A room or a conversation, and the time of the latest message in it. */
export interface Target {
  readonly name: string;
  readonly time: number;
}

const NEVER = Number.MAX_SAFE_INTEGER;
const TARGETS_PAGE = 100; // conversations of one millisecond that are looked up at once

/**
 * The rooms and conversations of someone in which something was said between two times, oldest first. No more than is
 * asked for is looked up, however many conversations strangers have begun; but it is never cut inside a millisecond: a
 * client that goes on from its end would miss the rest.
 */
export function findTargets(state: State, member: Member, query: TargetsQuery): readonly Target[] {
  const { after, before, limit, first } = query;
  const found = [...latestOfRooms(state, member), ...conversationsIn(state, member, query)]
    .filter(({ time }) => time > after && time < before)
    .map(({ name, time }) => ({ name, time }))
    .sort((a, b) => a.time - b.time);
  const edge = first ? found[limit - 1] : found.at(-limit);
  if (!edge) return found;
  return found.filter(({ time }) => (first ? time <= edge.time : time >= edge.time));
}

function* latestOfRooms(state: State, member: Member): Generator<Target> {
  for (const { name } of member.rooms) {
    const latest = { which: "before", point: { seq: NEVER } } as const;
    for (const { time } of readHistory(state, member, name, latest, { limit: 1, playback: false }) ?? [])
      yield { name, time };
  }
}

/** So many conversations, and those that share the millisecond of the last of these. */
function conversationsIn({ store }: State, member: Member, query: TargetsQuery): readonly ConversationRecord[] {
  const { account } = member.who;
  if (account === undefined) return [];
  const { limit, first } = query;
  const [from, before] = [store.lastAt(query.after) + 1, store.firstAt(query.before)];
  const found = [...store.conversations(account.id, { from, before, limit, first })];
  for (let more = found.length === limit; more; ) {
    const edge = first ? found.at(-1) : found[0];
    if (!edge) break;
    const span = first ? { from: edge.seq + 1, before } : { from, before: edge.seq };
    const page = store.conversations(account.id, { ...span, limit: TARGETS_PAGE, first });
    const shared = page.filter(({ time }) => time === edge.time);
    if (first) found.push(...shared);
    else found.unshift(...shared);
    more = shared.length === TARGETS_PAGE;
  }
  return found;
}
