import { type Folded, fold } from "../text/fold.ts";
import { hasWord } from "../text/words.ts";
import { isConversationOf, type ReadablePlace, readablePlace } from "./conversation.ts";
import type { Member } from "./model/member.ts";
import type { Room } from "./model/room.ts";
import { accountOf, type State } from "./model/state.ts";
import type {
  ConversationRecord,
  HistorySpan,
  Place,
  SearchHit,
  SearchQuery,
  SearchTerm,
  Store,
  StoredEvent,
  StoredMessage,
} from "./store.ts";
import { hiddenFrom, isHidden, isIgnored, readAround } from "./visibility.ts";

/** Reading the past: the history of rooms and conversations in pages, the places that have any, and search. */

const PAGE = 10; // messages read at a time
const MOST_SHARED = 1000; // messages beyond the limit that share a millisecond with the end of the answer
const MOST_SKIPPED = 3000; // entries looked at for those of people who are not ignored: some 15 ms
const SKIPPED_PAGE = 100; // entries looked at together once some were skipped, however few are asked for
const BRIEF_BYTES = 32_768; // bytes as sent: the most that a joining member is replayed
const LINE_OVERHEAD = 200; // bytes, approximately, sent before each line of a message: author, target, time

/** A selection of the newest messages of a room. */
export type RecentSpan = Omit<HistorySpan, "from"> & { readonly from?: number; readonly brief?: boolean };

/** A position in history: an event, or a time in milliseconds since 1970. */
export type Point = { readonly seq: number } | { readonly time: number };

/** A selection of history, as in CHATHISTORY. */
export type HistoryQuery =
  | { readonly which: "latest"; readonly after: Point | undefined }
  | { readonly which: "before"; readonly point: Point }
  | { readonly which: "after"; readonly point: Point }
  | { readonly which: "around"; readonly point: Point }
  | { readonly which: "between"; readonly from: Point; readonly to: Point };

type SpanQuery = Exclude<HistoryQuery, { readonly which: "around" }>;

/** Options of `readHistory`. */
export interface HistoryOptions {
  readonly limit: number;
  /** Includes events such as joins and reactions besides messages. */
  readonly playback: boolean;
  /** The people whose messages are left out, by folded nick or account name; others are read in their place. */
  readonly ignored?: ReadonlySet<Folded> | undefined;
}

/** An entry of history. */
export type HistoryEntry = StoredMessage | StoredEvent;

/**
 * Reads the history of a target, oldest first; `undefined` if the member may not read it, or there is no such target.
 *
 * The sequence numbers are looked up at once; the entries are read lazily, `PAGE` at a time, so a long answer does not
 * block the event loop. The answer ends early if the member loses the right to read the target.
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
  const seqs = selectSeqs(state, source, query, options);
  const read = (from: number, to: number) => {
    const current = readablePlace(state, member, target);
    if (current?.place !== source.place) return undefined;
    return readHeard(state, current, { from, before: to + 1, limit: PAGE, first: true }, options);
  };
  return inPages(seqs, read);
}

/** Reads the entries with these sequence numbers page by page, until `read` answers `undefined`. */
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

/** The sequence numbers that a query selects, oldest first. */
function selectSeqs(
  state: State,
  source: ReadablePlace,
  query: HistoryQuery,
  options: HistoryOptions,
): readonly number[] {
  const select = (span: HistorySpan) => {
    const seqs = heardSeqs(state, source, span, options);
    return isByTime(query) ? withWholeEnd(state, source, seqs, span, options) : seqs;
  };
  if (query.which !== "around") return select(spanOf(state, query, options.limit));
  const at = firstAt(state, query.point);
  const before = select({ from: 0, before: at, limit: Math.floor(options.limit / 2) });
  const after = select({ from: at, limit: options.limit - before.length, first: true });
  return [...before, ...after];
}

/**
 * The newest messages of a place, oldest first: at most `limit`, and at most `BRIEF_BYTES` as sent, but at least one. It
 * bounds the cost of a join, however long the messages are.
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
      if (size > BRIEF_BYTES && found.length > 0) return found.reverse();
      found.push(message);
      end = message.seq;
    }
    if (page.length === 0) break;
  }
  return found.reverse();
}

/** The approximate bytes of a message as sent, if each of its lines is sent separately. */
export function sizeOf({ text, tags }: StoredMessage): number {
  let size = Buffer.byteLength(text) + LINE_OVERHEAD;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) size += LINE_OVERHEAD;
  for (const [key, value] of tags ?? []) size += key.length + Buffer.byteLength(value);
  return size;
}

/** The span that a query selects. */
function spanOf(state: State, query: SpanQuery, limit: number): HistorySpan {
  switch (query.which) {
    case "latest":
      return { from: query.after ? firstAfter(state, query.after) : 0, limit };
    case "before":
      return { from: 0, before: firstAt(state, query.point), limit };
    case "after":
      return { from: firstAfter(state, query.point), limit, first: true };
    case "between": {
      const forward = firstAt(state, query.from) <= firstAt(state, query.to);
      const [low, high] = forward ? [query.from, query.to] : [query.to, query.from];
      return { from: firstAfter(state, low), before: firstAt(state, high), limit, first: forward };
    }
  }
}

/** The first sequence number at or after a point. */
function firstAt(state: State, point: Point): number {
  return "seq" in point ? point.seq : state.store.firstAt(point.time);
}

/** The first sequence number after a point. */
function firstAfter(state: State, point: Point): number {
  return ("seq" in point ? point.seq : state.store.lastAt(point.time)) + 1;
}

/** Whether the client pages by times, as far as its request shows. */
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
 * Adds the entries beyond the limit that share a millisecond with the end of the selection: a client that continues from
 * that time would miss them. Exceeding the limit is better than stopping below it: many clients take less than the limit
 * as the end of history.
 */
function withWholeEnd(
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
    return [...page, ...heardSeqs(state, source, { from: edge + 1, before, limit: MOST_SHARED, first: true }, options)];
  }
  const from = Math.max(shared.from, span.from);
  return [...heardSeqs(state, source, { from, before: edge, limit: MOST_SHARED }, options), ...page];
}

/** The sequence numbers of a span's messages and, with `playback`, its events; together at most the span's limit. */
function seqsOf(
  state: State,
  source: ReadablePlace,
  span: HistorySpan,
  { playback }: HistoryOptions,
): readonly number[] {
  if (span.limit <= 0) return [];
  const seqsOfKind = (of: "messages" | "events") =>
    readAround(source.hidden, span, (part) => state.store.seqs(of, source.place, part));
  const messages = seqsOfKind("messages");
  if (!playback) return messages;
  const merged = [...messages, ...seqsOfKind("events")].sort((a, b) => a - b);
  return span.first ? merged.slice(0, span.limit) : merged.slice(-span.limit);
}

/**
 * The sequence numbers of a span without those of ignored people. At most `MOST_SKIPPED` entries are looked at: beyond
 * that the answer is shorter.
 */
function heardSeqs(state: State, source: ReadablePlace, span: HistorySpan, options: HistoryOptions): readonly number[] {
  if (!options.ignored?.size) return seqsOf(state, source, span, options);
  let found: readonly number[] = [];
  let rest = span;
  for (let seen = 0; seen < MOST_SKIPPED; ) {
    const seqs = seqsOf(state, source, rest, options);
    const [first, last] = [seqs[0], seqs.at(-1)];
    if (first === undefined || last === undefined) break;
    const page = { from: first, before: last + 1, limit: seqs.length, first: true };
    const heard = readHeard(state, source, page, options).map(({ seq }) => seq);
    found = span.first ? [...found, ...heard] : [...heard, ...found];
    if (found.length >= span.limit || seqs.length < rest.limit) break;
    seen += seqs.length;
    const limit = Math.max(span.limit, Math.min(SKIPPED_PAGE, MOST_SKIPPED - seen));
    rest = span.first ? { ...rest, from: last + 1, limit } : { ...rest, before: first, limit };
  }
  return span.first ? found.slice(0, span.limit) : found.slice(-span.limit);
}

/** Reads a page without what ignored people wrote; its limit counts what remains. */
function readHeard(
  state: State,
  source: ReadablePlace,
  span: HistorySpan,
  options: HistoryOptions,
): readonly HistoryEntry[] {
  const { ignored } = options;
  if (!ignored?.size) return readPage(state, source, span, options);
  const all = readPage(state, source, { ...span, limit: MOST_SKIPPED }, options);
  return all.filter((event) => !isIgnored(event, ignored)).slice(0, span.limit);
}

/** A room's message with its present name. */
export function withRoomName<T extends HistoryEntry>(room: Room, event: T): T {
  if ("room" in event) return event.room === room.name ? event : { ...event, room: room.name };
  return !("to" in event) || event.to === room.name ? event : { ...event, to: room.name };
}

function readPage(
  state: State,
  source: ReadablePlace,
  span: HistorySpan,
  { playback }: HistoryOptions,
): readonly HistoryEntry[] {
  const { store } = state;
  const { room } = source;
  const messages = readAround(source.hidden, span, (part) => store.history(source.place, part));
  const named = room ? messages.map((event) => withRoomName(room, event)) : messages;
  if (!playback) return named;
  const events = readAround(source.hidden, span, (part) => store.events(source.place, part));
  const namedEvents = room ? events.map((event) => withRoomName(room, event)) : events;
  return [...named, ...namedEvents].sort((a, b) => a.seq - b.seq);
}

/** Selects rooms and conversations whose newest message lies between two times, both excluded. */
export interface TargetsQuery {
  /** Milliseconds since 1970. */
  readonly after: number;
  readonly before: number;
  readonly limit: number;
  /** Selects the oldest ones; otherwise the newest. */
  readonly first: boolean;
  /** The people whose conversations are left out, by folded name; others are selected in their place. */
  readonly ignored?: ReadonlySet<Folded> | undefined;
}

/** A room or a conversation, with the time of its newest message. */
export interface Target {
  readonly name: string;
  readonly time: number;
}

const NEVER = Number.MAX_SAFE_INTEGER;
const TARGETS_PAGE = 100; // conversations looked up at once

/**
 * The rooms and conversations of a member whose newest message lies between two times, oldest first. It looks up
 * little more than is asked for and ignored, however many conversations strangers have started. The answer is never cut
 * inside a millisecond: a client that continues from its end would miss the rest.
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

/** At least the first or last `limit` conversations, and all that share a millisecond with the last of these. */
function conversationsIn({ store }: State, member: Member, query: TargetsQuery): readonly ConversationRecord[] {
  const { account } = member.who;
  if (account === undefined) return [];
  const { limit, first, ignored } = query;
  let span = { from: store.lastAt(query.after) + 1, before: store.firstAt(query.before) };
  let found: readonly ConversationRecord[] = [];
  for (let size = limit; ; size = TARGETS_PAGE) {
    const page = store.conversations(account.id, { ...span, limit: size, first });
    const heard = page.filter(({ name }) => !ignored?.has(fold(name)));
    found = first ? [...found, ...heard] : [...heard, ...found];
    const edge = first ? found[limit - 1] : found.at(-limit);
    const reached = first ? page.at(-1) : page[0];
    if (!reached || page.length < size || (edge && edge.time !== reached.time)) return found;
    span = first ? { ...span, from: reached.seq + 1 } : { ...span, before: reached.seq };
  }
}

/** The most messages that one search finds. */
export const MOST_FOUND = 100;

/** A search as a member enters it. */
export interface SearchRequest {
  /** Words; `undefined` matches any message. */
  readonly text: string | undefined;
  /** A room, or the other side of a conversation; absent: everything that the member may read. */
  readonly target?: string | undefined;
  /** The author's nick at that time. */
  readonly nick?: string | undefined;
  readonly after?: number | undefined;
  readonly before?: number | undefined;
  readonly limit: number;
}

/** The matching messages, newest first; or why there was no search. */
export type SearchResult =
  | { readonly messages: readonly StoredMessage[]; readonly isComplete: boolean }
  | { readonly why: "no-words" | "not-readable" | "cannot-search" };

/**
 * Searches the rooms of a member and the conversations of its account. The search is asynchronous, and the member may have
 * left a room meanwhile: the hits are checked again, and their messages are read only then.
 */
export async function searchHistory(state: State, member: Member, request: SearchRequest): Promise<SearchResult> {
  const terms = parseTerms(request.text ?? "");
  if (request.text !== undefined && terms.length === 0) return { why: "no-words" };
  const where = placesOf(state, member, request.target);
  if (!where) return { why: "not-readable" };
  const { nick, after, before, limit } = request;
  const query: SearchQuery = {
    ...where,
    terms,
    nick: nick === undefined ? undefined : fold(nick),
    from: after === undefined ? undefined : state.store.firstAt(after),
    before: before === undefined ? undefined : state.store.lastAt(before) + 1,
    limit: Math.min(limit, MOST_FOUND),
  };
  try {
    const { hits, isComplete } = await state.store.search(query, member, () => member.sessions.size > 0);
    return { messages: readHits(state, member, hits), isComplete };
  } catch {
    return { why: "cannot-search" };
  }
}

function placesOf(
  state: State,
  member: Member,
  target: string | undefined,
): Pick<SearchQuery, "within" | "account"> | undefined {
  if (target !== undefined) {
    const source = readablePlace(state, member, target);
    return source && { within: [{ place: source.place, hidden: source.hidden }], account: undefined };
  }
  const within = [...member.rooms].map((room) => ({ place: room.key, hidden: hiddenFrom(member, room) }));
  return { within, account: accountOf(state, member)?.id };
}

/** The messages of the hits that still exist and that the member may read now. */
function readHits(state: State, member: Member, hits: readonly SearchHit[]): readonly StoredMessage[] {
  const account = accountOf(state, member);
  const readable = hits.filter(({ place, seq }) => {
    const room = state.rooms.get(place);
    if (room) return room.members.has(member) && !isHidden(seq, hiddenFrom(member, room));
    return account !== undefined && isConversationOf(account.id, place);
  });
  const since = account?.since ?? 0;
  return state.store.messages(readable).filter(({ inRoom, seq }) => inRoom || seq >= since);
}

/**
 * Parses the text of a search: words separated by blanks, and phrases in quotation marks. Terms without a letter or a
 * digit are left out.
 */
export function parseTerms(text: string): readonly SearchTerm[] {
  const terms: SearchTerm[] = [];
  for (const [, quoted, word] of text.matchAll(/"([^"]*)"?|([^\s"]+)/g)) {
    const term = (quoted ?? word ?? "").trim();
    if (hasWord(term)) terms.push({ text: term, isExact: quoted !== undefined });
  }
  return terms;
}
