import { type Readable, readable } from "./conversation.ts";
import type { Member } from "./member.ts";
import type { State } from "./state.ts";
import type { Happened, Place, Remembered, Span, Store } from "./store.ts";

const PAGE = 10; // messages that are read at a time
const SHOWN = 16_384; // characters of messages, after which no more of them are read

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

/** Reads the past of a target, oldest first; `undefined` where this one may not read it, or there is no such target. */
export function readPast(
  state: State,
  member: Member | undefined,
  target: string,
  query: PastQuery,
  options: PastOptions,
): readonly Past[] | undefined {
  const source = readable(state, member, target);
  if (!source) return undefined;
  if (query.which !== "around") return read(state, source, spanOf(state, query, options.limit), options);
  const at = firstAt(state, query.point);
  const half = Math.floor(options.limit / 2);
  const before = read(state, source, { from: 0, before: at, limit: half }, options);
  const after = read(state, source, { from: at, limit: options.limit - before.length, first: true }, options);
  return [...before, ...after];
}

/**
 * The latest of a place's messages, oldest first: as many as there may be, but of a place where much is said at once no
 * more than a newcomer can be expected to read. Whatever they are like, to come in costs the server little.
 */
export function readBriefly(
  store: Pick<Store, "history">,
  place: Place,
  { from, before, limit }: Span,
): readonly Remembered[] {
  let found: readonly Remembered[] = [];
  let length = 0;
  for (let end = before; found.length < limit && length < SHOWN; ) {
    const page = store.history(place, { from, before: end, limit: Math.min(PAGE, limit - found.length) });
    found = [...page, ...found];
    const [first] = page;
    if (!first) break;
    end = first.seq;
    for (const { text } of page) length += text.length;
  }
  return found;
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

function read(state: State, source: Readable, span: Span, { playback }: PastOptions): readonly Past[] {
  if (span.limit <= 0) return [];
  const within = { ...span, from: Math.max(span.from, source.from) };
  const said = state.store.history(source.place, within);
  if (!playback || !source.room) return said;
  const all = [...said, ...state.store.happenings(source.place, within)].sort((a, b) => a.seq - b.seq);
  return span.first ? all.slice(0, span.limit) : all.slice(-span.limit);
}
