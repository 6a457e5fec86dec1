import { type Readable, readable } from "./conversation.ts";
import type { Member } from "./member.ts";
import type { State } from "./state.ts";
import type { Happened, Place, Remembered, Span, Store } from "./store.ts";

const PAGE = 10; // messages that are read at a time
const SHOWN = 32_768; // bytes of messages as they are sent, after which a newcomer is shown no more of them
const HEAD = 200; // bytes that stand before each line of a message, at about: its speaker, its place, its time

/** Which of the latest messages of a room are asked for. */
export type RecentSpan = Omit<Span, "from"> & { readonly brief?: boolean };

/** A point in the order: an event, or a time (milliseconds since 1970). */
export type Point = { readonly seq: number } | { readonly time: number };

/** What of the past is asked for. */
export type PastQuery =
  | { readonly which: "latest"; readonly after: Point | undefined }
  | { readonly which: "before"; readonly point: Point }
  | { readonly which: "after"; readonly point: Point }
  | { readonly which: "around"; readonly point: Point }
  | { readonly which: "between"; readonly from: Point; readonly to: Point };

type SpanQuery = Exclude<PastQuery, { readonly which: "around" }>;

export interface PastOptions {
  readonly limit: number;
  /** Besides what was said, also what happened. */
  readonly playback: boolean;
}

/** Something of the past. */
export type Past = Remembered | Happened;

/**
 * Reads the past of a target, oldest first; `undefined` where this one may not read it, or there is no such target.
 *
 * Which messages there are is looked up at once, and each is read as the answer is drawn, a few at a time: however long
 * they are, and however many, that holds nobody up. It ends where this one may not read on.
 */
export function readPast(
  state: State,
  member: Member | undefined,
  target: string,
  query: PastQuery,
  options: PastOptions,
): Iterable<Past> | undefined {
  const source = readable(state, member, target);
  if (!source) return undefined;
  const seqs = asked(state, source, query, options);
  const read = (from: number, to: number) => {
    const now = readable(state, member, target);
    if (now?.place !== source.place) return undefined;
    return readPage(state, now, { from, before: to + 1, limit: PAGE, first: true }, options);
  };
  return inPages(seqs, read);
}

/** Reads what has these numbers, page by page, until there is no page. */
function* inPages(
  seqs: readonly number[],
  read: (from: number, to: number) => readonly Past[] | undefined,
): Generator<Past> {
  for (let at = 0; at < seqs.length; at += PAGE) {
    const from = seqs[at] ?? 0;
    const page = read(from, seqs[Math.min(at + PAGE, seqs.length) - 1] ?? from);
    if (!page) return;
    yield* page;
  }
}

/** The numbers of what is asked for, oldest first. */
function asked(state: State, source: Readable, query: PastQuery, options: PastOptions): readonly number[] {
  if (query.which !== "around") return seqsOf(state, source, spanOf(state, query, options.limit), options);
  const at = firstAt(state, query.point);
  const half = Math.floor(options.limit / 2);
  const before = seqsOf(state, source, { from: 0, before: at, limit: half }, options);
  const after = seqsOf(state, source, { from: at, limit: options.limit - before.length, first: true }, options);
  return [...before, ...after];
}

/**
 * The latest of a place's messages, oldest first: as many as there may be, but of a place where much is said at once no
 * more than a newcomer can be expected to read, which is `SHOWN` as it is sent. To come in costs little, whatever was said.
 */
export function readBriefly(
  store: Pick<Store, "history">,
  place: Place,
  { from, before, limit }: Span,
): readonly Remembered[] {
  const found: Remembered[] = [];
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
export function sizeOf({ text, tags }: Remembered): number {
  let size = Buffer.byteLength(text) + HEAD;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) size += HEAD;
  for (const [key, value] of tags ?? []) size += key.length + Buffer.byteLength(value);
  return size;
}

function spanOf(state: State, query: SpanQuery, limit: number): Span {
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
  return "seq" in point ? point.seq : state.store.seqAt(point.time);
}

/** The first `seq` that is behind a point. */
function firstBehind(state: State, point: Point): number {
  return "seq" in point ? point.seq + 1 : state.store.seqAt(point.time + 1);
}

/** The numbers of what was said in a stretch, and of what happened if that is wanted; as many as there may be of both. */
function seqsOf(state: State, source: Readable, span: Span, { playback }: PastOptions): readonly number[] {
  if (span.limit <= 0) return [];
  const within = { ...span, from: Math.max(span.from, source.from) };
  const said = state.store.seqs("messages", source.place, within);
  if (!playback || !source.room) return said;
  const all = [...said, ...state.store.seqs("happenings", source.place, within)].sort((a, b) => a - b);
  return span.first ? all.slice(0, span.limit) : all.slice(-span.limit);
}

function readPage(state: State, source: Readable, span: Span, { playback }: PastOptions): readonly Past[] {
  const within = { ...span, from: Math.max(span.from, source.from) };
  const said = state.store.history(source.place, within);
  if (!playback || !source.room) return said;
  return [...said, ...state.store.happenings(source.place, within)].sort((a, b) => a.seq - b.seq);
}
