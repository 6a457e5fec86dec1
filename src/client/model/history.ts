import { fold } from "../../text/fold.ts";
import { withSaid } from "./outbox.ts";
import { isRoomName } from "./rooms.ts";
import type { ServerMessage } from "./server-message.ts";
import {
  andThen,
  costOf,
  type Effect,
  eachThen,
  giveUp,
  type Model,
  type Note,
  note,
  type Reaction,
  type Step,
  same,
  send,
  step,
  type Talk,
  withEntry,
  without,
} from "./state.ts";

/**
 * The order of messages: every line is shown once, oldest first, without gaps. While a history request is pending, new
 * messages of that room and notes about it are held back until its answer. Also the open batches (IRCv3 batch, chathistory, draft/multiline).
 */

/**
 * A range of a room's history: the last `count` lines, all lines after a message, or the last `span` milliseconds by
 * the server's clock.
 */
export type RoomHistory =
  | { readonly type: "lines"; readonly count: number }
  | { readonly type: "since"; readonly msgid: string }
  | { readonly type: "for"; readonly span: number };

/** A position in history: a msgid, or a time in milliseconds since 1970. */
export interface Reference {
  readonly msgid: string | undefined;
  readonly time: number;
}

/** An event in history that is not shown: it has a position, and counts towards the limit of a page. */
interface UnshownEvent extends Reference {
  readonly kind: "unshown";
}

/** An item of a room's history. */
export type HistoryItem = Talk | Reaction | UnshownEvent;

/** An item that a room's log shows: from its history, or a note about the room. */
type StreamItem = HistoryItem | Note;

/** The messages of one room or one direct conversation: what is needed to order them and to drop duplicates. */
export interface Stream {
  readonly name: string;
  /** The msgids of the last lines; a line with one of them is a duplicate. */
  readonly recent: readonly string[];
  /** The last line that can be named in a history request. */
  readonly last: Reference | undefined;
  /** The history request without an answer. */
  readonly pending: HistoryRequest | undefined;
  /** The server has no history of the room or conversation. */
  readonly isEmpty?: true;
}

/** A history request, and the messages held back until its answer, so that lines are shown in order. */
export interface HistoryRequest {
  /**
   * `latest`: the newest lines. `after`: everything after the last line. `older`: lines before all known ones, for
   * scrolling back. `around` and `newer`: lines around a message of the past, and after those. `begin`: checks that the
   * server has the message of `--since`.
   */
  readonly type: "latest" | "after" | "older" | "around" | "newer" | "begin";
  /** The message that a page of the past (`older`, `around`, `newer`) was requested for. */
  readonly from?: Reference | undefined;
  /** Messages of `latest` still to request. */
  readonly wanted: number;
  /** Pages requested so far; limited by `PAGES`, in case a server keeps sending pages without messages. */
  readonly pages: number;
  /** Answers still to come to earlier requests, which this one has replaced; they are dropped. */
  readonly stale: number;
  /** Items of `latest` received so far. */
  readonly received: readonly HistoryItem[];
  /** Messages, reactions and notes about the room that arrived while the request was pending. */
  readonly held: readonly StreamItem[];
  /** Characters of memory that `held` takes (`costOf`). */
  readonly heldSize: number;
}

/** An open batch: lines that belong together (IRCv3 batch). */
export interface Batch {
  readonly opening: ServerMessage;
  readonly type: string;
  /** The items of a `chathistory` batch. */
  readonly lines: readonly HistoryItem[];
  /** The messages of a `draft/multiline` batch. */
  readonly parts: readonly ServerMessage[];
  /** Characters of memory that lines and parts take. */
  readonly size: number;
}

const STREAMS = 400; // rooms and partners whose messages are tracked
const RECENT = 100; // msgids that are kept of each
/** The longest msgid that is kept, in characters. */
export const MSGID = 100;

const HELD = 2000; // lines of one room that are held back
const HELD_SIZE = 1 << 21; // characters of memory that all held lines take
const PAGE = 1000; // lines of one request, if the server gives that many
const OLDER = 100; // lines requested when the user scrolls back
const PAGES = 20; // pages after which `latest` and `older` stop, even with too few messages
const CHATHISTORY = "draft/chathistory";

/** The stream that a message or a reaction belongs to: its room, or the other party of a direct message. */
export function placeOf(line: Talk | Reaction, nick: string): string {
  return line.room ?? line.to ?? (line.nick === "" ? nick : line.nick);
}

/** Whether the server answers history requests. */
function hasHistory(model: Model): boolean {
  return model.caps.has(CHATHISTORY) && model.caps.has("batch") && model.support.history > 0;
}

function newRequest(type: HistoryRequest["type"], wanted: number): HistoryRequest {
  return { type, wanted, pages: 0, stale: 0, received: [], held: [], heldSize: 0 };
}

function streamOf(model: Model, name: string): Stream {
  return model.streams.get(fold(name)) ?? { name, recent: [], last: undefined, pending: undefined };
}

function withStream(model: Model, name: string, stream: Stream): Model {
  const key = fold(name);
  if (!model.streams.has(key) && model.streams.size >= STREAMS) return model;
  return { ...model, streams: withEntry(model.streams, key, stream) };
}

/**
 * After joining or rejoining a room at `at` (the server's time): requests its history, or the lines missed since the
 * last one.
 */
export function catchUp(model: Model, name: string, at: number): Step {
  const stream = streamOf(model, name);
  const { history } = model.identity;
  if (!hasHistory(model)) {
    if (history.type !== "lines") {
      return giveUp(model, 1, "The server keeps no history, so --since does not work with it.");
    }
    // Without CHATHISTORY, the server may replay messages on its own.
    const hint = `${name}: messages you missed cannot be shown, since the server keeps no history.`;
    return stream.last === undefined ? step(model) : step(model, note("hint", stream.last.time, hint, name));
  }
  const stale = stream.pending === undefined ? 0 : stream.pending.stale + 1;
  const start = (type: HistoryRequest["type"], wanted: number) => ({ ...newRequest(type, wanted), stale });
  if (stream.last !== undefined) return requestPage(model, name, start("after", 0));
  if (history.type === "lines") {
    if (history.count === 0) return step(model);
    return requestPage(model, name, start("latest", history.count));
  }
  if (history.type === "since") return requestPage(model, name, start("begin", 1));
  return requestAfter(model, name, { msgid: undefined, time: at - history.span }, start("after", 0));
}

/** Requests all lines after a position; takes over the lines that an earlier request has held back. */
function requestAfter(model: Model, name: string, last: Reference, earlier: HistoryRequest): Step {
  const stream = streamOf(model, name);
  const { held, heldSize, stale } = earlier;
  const request = { ...newRequest("after", 0), held, heldSize, stale };
  return requestPage(withStream(model, name, { ...stream, last }), name, request);
}

function unknownStart(model: Model, name: string): Step {
  const { history } = model.identity;
  const id = history.type === "since" ? history.msgid : "";
  const words = `There is no message ${id} in ${name}; --since takes the id of one, or a duration such as 10m.`;
  return giveUp(model, 1, words);
}

/** Requests the lines before one, for scrolling back; without one, the latest. */
export function askOlder(model: Model, name: string, before: Reference | undefined): Step {
  return canPage(model, name) ? requestOlder(model, name, before, before, 1) : step(model);
}

/** Requests the lines around a message of the past. */
export function askAround(model: Model, name: string, message: Reference): Step {
  return askPage(model, "around", "AROUND", name, message);
}

/** Requests the lines after one, for scrolling from the past towards the newest. */
export function askNewer(model: Model, name: string, after: Reference): Step {
  return askPage(model, "newer", "AFTER", name, after);
}

/** Whether a page of the past can be requested: the server has history, and no request is pending. */
export function canPage(model: Model, name: string): boolean {
  return streamOf(model, name).pending === undefined && model.phase === "here" && hasHistory(model);
}

function askPage(model: Model, type: "around" | "newer", subcommand: string, name: string, from: Reference): Step {
  if (!canPage(model, name)) return step(model);
  const next = withStream(model, name, { ...streamOf(model, name), pending: { ...newRequest(type, 0), from } });
  return sendRequest(next, subcommand, name, referenceWord(model, from), Math.min(OLDER, model.support.history));
}

function requestOlder(
  model: Model,
  name: string,
  from: Reference | undefined,
  before: Reference | undefined,
  pages: number,
): Step {
  const stream = streamOf(model, name);
  const next = withStream(model, name, { ...stream, pending: { ...newRequest("older", 0), from, pages } });
  const count = Math.min(OLDER, model.support.history);
  if (before === undefined) return sendRequest(next, "LATEST", name, "*", count);
  return sendRequest(next, "BEFORE", name, referenceWord(model, before), count);
}

/** Sends the next page of a request, and keeps the request as pending with the lines held so far. */
function requestPage(model: Model, name: string, request: HistoryRequest): Step {
  const stream = streamOf(model, name);
  const { held, heldSize } = stream.pending ?? request;
  const pages = request.pages + 1;
  const next = withStream(model, name, { ...stream, pending: { ...request, pages, held, heldSize } });
  if (request.type === "after") {
    const from = referenceWord(model, stream.last ?? { msgid: undefined, time: 0 });
    return sendRequest(next, "AFTER", name, from, Math.min(PAGE, model.support.history));
  }
  const { history } = model.identity;
  if (request.type === "begin" && history.type === "since")
    return sendRequest(next, "AROUND", name, `msgid=${history.msgid}`, 1);
  const count = pageOf(model, request);
  const first = request.received[0];
  if (first === undefined) return sendRequest(next, "LATEST", name, "*", count);
  return sendRequest(next, "BEFORE", name, referenceWord(model, first), count);
}

/** The size of the next page of `latest`: at least `OLDER` once a page had joins and parts, which use up its limit. */
function pageOf({ support }: Model, { wanted, received }: HistoryRequest): number {
  return Math.min(PAGE, support.history, received.every(isTalk) ? wanted : Math.max(wanted, OLDER));
}

function sendRequest(model: Model, subcommand: string, name: string, from: string, count: number): Step {
  return step(model, send("CHATHISTORY", subcommand, name, from, String(count)), { type: "await-history" });
}

/** A position as a parameter of CHATHISTORY. */
function referenceWord(model: Model, { msgid, time }: Reference): string {
  if (msgid !== undefined && msgid !== "" && model.support.byMsgid) return `msgid=${msgid}`;
  return `timestamp=${new Date(time).toISOString()}`;
}

/** A new message or reaction: shown, held back while history is pending, or dropped as a duplicate. */
export function onTalk(model: Model, line: Talk | Reaction): Step {
  const name = placeOf(line, model.nick);
  const stream = streamOf(model, name);
  if (isKnown(stream, line)) return step(model);
  return isHeldBack(stream) ? hold(model, stream, line) : show(model, name, [line]);
}

/** The step, with notes about rooms held back while the history of those rooms is pending, so that older lines come first. */
export function withNotesHeld(given: Step): Step {
  const { model, effects } = given;
  const isPlaced = (effect: Effect) =>
    effect.type === "show" && !("nick" in effect.line) && effect.line.rooms.length > 0;
  if (!effects.some(isPlaced)) return given;
  return eachThen(model, effects, (next, effect) => {
    if (effect.type !== "show" || "nick" in effect.line) return step(next, effect);
    const { line } = effect;
    const waiting = line.rooms.filter((name) => isHeldBack(streamOf(next, name)));
    if (waiting.length === 0) return step(next, effect);
    const others = line.rooms.filter((name) => !waiting.includes(name));
    const rest: readonly Effect[] = others.length === 0 ? [] : [{ type: "show", line: { ...line, rooms: others } }];
    return andThen(step(next, ...rest), (last) =>
      eachThen(last, waiting, (each, name) => hold(each, streamOf(each, name), { ...line, rooms: [name] })),
    );
  });
}

/** Whether new lines of a room are held back until its history has arrived. */
function isHeldBack({ pending }: Stream): boolean {
  return pending !== undefined && !isPaging(pending);
}

/** Holds a line back until the pending history arrives. Beyond a limit, shows the held lines without it. */
function hold(model: Model, stream: Stream, line: Talk | Reaction | Note): Step {
  const { name, pending } = stream;
  if (pending === undefined) return step(model);
  const held = [...pending.held, line];
  if (pending.held.length >= HELD || heldSizeOf(model) > HELD_SIZE) return endRequest(model, name, held);
  const heldSize = pending.heldSize + costOf(line);
  return step(withStream(model, name, { ...stream, pending: { ...pending, held, heldSize } }));
}

function heldSizeOf(model: Model): number {
  return model.streams.values().reduce((sum, { pending }) => sum + (pending?.heldSize ?? 0), 0);
}

/** Whether a request is for a page of the past: new messages are shown meanwhile. */
function isPaging({ type }: HistoryRequest): boolean {
  return type === "older" || type === "around" || type === "newer";
}

/** The answer to a history request: the items of its batch, oldest first. */
function onHistory(model: Model, name: string, page: readonly HistoryItem[]): Step {
  const stream = model.streams.get(fold(name));
  const pending = stream?.pending;
  if (stream === undefined || pending === undefined) return show(model, name, page);
  if (pending.stale > 0)
    return step(withStream(model, name, { ...stream, pending: { ...pending, stale: pending.stale - 1 } }));
  const lines = asHeld(page, pending.held);
  switch (pending.type) {
    case "older": {
      const [first] = lines;
      const talk = lines.filter(isTalk);
      if (first !== undefined && talk.length === 0 && pending.pages < PAGES)
        return requestOlder(model, name, pending.from, first, pending.pages + 1);
      return endPage(model, stream, pending, lines);
    }
    case "around":
    case "newer":
      return endPage(model, stream, pending, lines);
    case "begin": {
      const { history } = model.identity;
      const first = lines.find(({ msgid }) => history.type === "since" && msgid === history.msgid);
      if (first === undefined) return unknownStart(model, name);
      return requestAfter(model, name, { msgid: first.msgid, time: first.time }, pending);
    }
    case "latest": {
      const received = [...lines, ...pending.received];
      const wanted = pending.wanted - lines.filter(isTalk).length;
      const isFull = lines.length >= pageOf(model, pending);
      if (isFull && wanted > 0 && pending.pages < PAGES)
        return requestPage(model, name, { ...pending, received, wanted });
      const latest = lastMessages(received, wanted);
      if (received.length === 0)
        return endRequest(withStream(model, name, { ...stream, isEmpty: true }), name, pending.held);
      return endRequest(model, name, merged(latest, pending.held));
    }
    case "after": {
      const hasNew = lines.some((line) => !isKnown(stream, line));
      return andThen(show(model, name, lines), (next) => {
        // The end is a page without anything new: servers may give fewer lines than asked for before that.
        const hasMoved = next.streams.get(fold(name))?.last !== stream.last;
        return hasMoved && hasNew ? requestPage(next, name, pending) : endRequest(next, name, pending.held);
      });
    }
  }
}

/**
 * The items of a page, with each that is also held replaced by the held one, which tells whether the server's unread
 * count includes it (`withHeldCounted`).
 */
function asHeld(page: readonly HistoryItem[], held: readonly StreamItem[]): readonly HistoryItem[] {
  if (held.length === 0) return page;
  const known = new Map(held.flatMap((item) => (isTalk(item) && item.msgid !== undefined ? [[item.msgid, item]] : [])));
  return page.map((item) => known.get(item.msgid ?? "") ?? item);
}

/** The model after the server has sent an unread count: the held messages are marked as replayed, since they are in it. */
export function withHeldCounted(model: Model, name: string): Model {
  const stream = model.streams.get(fold(name));
  const { pending } = stream ?? {};
  if (stream === undefined || pending === undefined || pending.held.length === 0) return model;
  const held = pending.held.map((item) => (isTalk(item) ? { ...item, replayed: true } : item));
  return withStream(model, name, { ...stream, pending: { ...pending, held } });
}

/** The items without the first messages, if there are more than wanted (`wanted` is negative then). */
function lastMessages(items: readonly HistoryItem[], wanted: number): readonly HistoryItem[] {
  let surplus = -wanted;
  const from = surplus > 0 ? items.findIndex((item) => isTalk(item) && surplus-- === 0) : 0;
  return items.slice(from);
}

/** The answer to a request for a page of the past. */
function endPage(model: Model, stream: Stream, { type, from }: HistoryRequest, lines: readonly HistoryItem[]): Step {
  const talk = lines.filter(isTalk);
  const where = type === "around" || type === "newer" ? type : "older";
  const page: HistoryPage = {
    target: stream.name,
    where,
    from,
    lines: withoutIgnored(model, talk),
    complete: talk.length === 0,
  };
  // A first page of the latest messages begins the stream, so that a later JOIN does not load them again.
  const isStart = type === "older" && from === undefined && stream.last === undefined;
  const msgids = talk.flatMap(({ msgid }) => (msgid !== undefined && msgid.length <= MSGID ? [msgid] : []));
  const begun = isStart ? { recent: [...stream.recent, ...msgids].slice(-RECENT), last: lastOf(talk) } : {};
  return step(
    withStream(model, stream.name, { ...stream, ...begun, pending: undefined }),
    { type: "past", page },
    ...effectsOf(model, lines.filter(isReaction)),
  );
}

/** A page of a room's past, oldest first. */
export interface HistoryPage {
  readonly target: string;
  /** Before or after the message `from`, or around it. */
  readonly where: "older" | "around" | "newer";
  readonly from: Reference | undefined;
  readonly lines: readonly Talk[];
  /** There is nothing more in that direction. */
  readonly complete: boolean;
}

/** The newest lines of history and the held lines, in order; a line that is in both shows where to join them. */
function merged(received: readonly HistoryItem[], held: readonly StreamItem[]): readonly StreamItem[] {
  const known = new Set(received.map(msgidOf));
  const common = held.findIndex((line) => msgidOf(line) !== undefined && known.has(msgidOf(line)));
  const earlier = held.slice(0, Math.max(0, common));
  const isMessage = (item: StreamItem) => !isNote(item);
  return [...earlier.filter(isMessage), ...received, ...earlier.filter(isNote), ...held.slice(earlier.length)];
}

/**
 * The server refuses history requests, or does not answer: shows the held lines of the named stream, or without a name,
 * of all streams.
 */
export function onHistoryRefused(model: Model, name: string | undefined, now: number): Step {
  const pending = [...model.streams.values()].filter((stream) => stream.pending !== undefined);
  const refused = pending.filter((stream) => name === undefined || same(stream.name, name));
  return eachThen(model, refused, (next, stream) => onStreamRefused(next, stream, now));
}

function onStreamRefused(model: Model, { pending, name }: Stream, now: number): Step {
  if (pending === undefined) return step(model);
  switch (pending.type) {
    case "begin":
      return unknownStart(model, name);
    case "older":
    case "around":
    case "newer":
      return onHistory(model, name, []);
    case "latest":
      return endRequest(model, name, [...pending.received, ...pending.held]);
    case "after": {
      const words = `${name}: the messages you missed could not be loaded.`;
      return andThen(step(model, note("hint", now, words, name)), (next) => endRequest(next, name, pending.held));
    }
  }
}

/** At the end of a connection: shows the held lines, since the pending history will not arrive. */
export function releaseHeld(model: Model): Step {
  const pending = [...model.streams.values()].filter((stream) => stream.pending !== undefined);
  return eachThen(model, pending, (next, { pending, name }) => {
    // If only a part of a gap has arrived, all of it is requested again, so messages after the gap are dropped here.
    const { type, received = [], held = [] } = pending ?? {};
    return endRequest(next, name, type === "latest" ? [...received, ...held] : held.filter(isNote));
  });
}

function endRequest(model: Model, name: string, lines: readonly StreamItem[]): Step {
  const stream = streamOf(model, name);
  return show(withStream(model, name, { ...stream, pending: undefined }), name, lines);
}

/** Shows the items that are new, and remembers their msgids, the last of them and our own messages. */
function show(model: Model, name: string, lines: readonly StreamItem[]): Step {
  const stream = streamOf(model, name);
  const known = new Set(stream.recent);
  const fresh: StreamItem[] = [];
  for (const line of lines) {
    const msgid = msgidOf(line);
    if (msgid !== undefined && known.has(msgid)) continue;
    if (msgid !== undefined && msgid.length <= MSGID) known.add(msgid);
    fresh.push(line);
  }
  if (fresh.length === 0) return step(model);
  // Held lines may be in the history too, so every msgid is kept until all of it has arrived.
  const most = stream.pending === undefined ? RECENT : RECENT + HELD;
  const recent = lines.length === 1 ? withMsgid(stream.recent, fresh) : [...known].slice(-most);
  const next = withStream(withSaid(model, name, fresh.filter(isTalk)), name, {
    ...stream,
    recent,
    last: lastOf(fresh) ?? stream.last,
  });
  return step(next, ...effectsOf(model, fresh));
}

/** The last item that a history request can refer to. Live reactions are left out: few servers store them. */
function lastOf(items: readonly StreamItem[]): Reference | undefined {
  const named = items.filter((item) => !isNote(item)).filter((item) => !isReaction(item) || item.replayed);
  const latest = named.findLast((item) => item.msgid !== undefined) ?? named.at(-1);
  return latest && { msgid: latest.msgid, time: latest.time };
}

/** The effects that show items. */
function effectsOf(model: Model, items: readonly StreamItem[]): readonly Effect[] {
  return withoutIgnored(model, items).flatMap((item): Effect | readonly Effect[] => {
    if (isTalk(item) || isNote(item)) return { type: "show", line: item };
    return isReaction(item) ? { type: "annotate", annotation: item } : [];
  });
}

function isReaction(item: StreamItem): item is Reaction {
  return item.kind === "reacted" || item.kind === "unreacted";
}

function isNote(item: StreamItem): item is Note {
  return item.kind === "event" || item.kind === "hint" || item.kind === "trouble";
}

function isTalk(item: StreamItem): item is Talk {
  return item.kind !== "unshown" && !isReaction(item) && !isNote(item);
}

function msgidOf(item: StreamItem): string | undefined {
  return isNote(item) ? undefined : item.msgid;
}

/** The items whose senders are not ignored. */
function withoutIgnored<T extends StreamItem>({ ignored }: Model, items: readonly T[]): readonly T[] {
  return ignored.size === 0 ? items : items.filter((item) => !("nick" in item) || !ignored.has(fold(item.nick)));
}

/** The model without a deleted message: removes it from open batches and from the pending history request. */
export function withoutMessage(model: Model, name: string, msgid: string): Model {
  const isOther = (item: StreamItem): boolean => msgidOf(item) !== msgid;
  let { batches } = model;
  for (const [key, batch] of batches)
    if (!batch.lines.every(isOther))
      batches = withEntry(batches, key, { ...batch, lines: batch.lines.filter(isOther) });
  const stream = model.streams.get(fold(name));
  const pending = stream?.pending;
  if (stream === undefined || pending === undefined) return { ...model, batches };
  const { received, held } = pending;
  const rest = { ...pending, received: received.filter(isOther), held: held.filter(isOther) };
  return withStream({ ...model, batches }, name, { ...stream, pending: rest });
}

function withMsgid(recent: readonly string[], [line]: readonly StreamItem[]): readonly string[] {
  const msgid = line && msgidOf(line);
  if (msgid === undefined || msgid.length > MSGID) return recent;
  return [...(recent.length < RECENT ? recent : recent.slice(1)), msgid];
}

function isKnown(stream: Stream, line: HistoryItem): boolean {
  const msgid = msgidOf(line);
  return msgid !== undefined && stream.recent.includes(msgid);
}

/** After a reconnect: requests the direct messages that were missed. Only accounts can read those. */
export function catchUpPartners(model: Model): Step {
  const keys = model.account === undefined || !hasHistory(model) ? [] : model.partners.keys();
  return eachThen(model, keys, (next, key) => {
    const stream = next.streams.get(key);
    return stream?.last === undefined ? step(next) : catchUp(next, stream.name, stream.last.time);
  });
}

const PART = 200; // characters that a part of a message costs besides its text
const OPEN = 20; // batches open at once; the oldest is dropped
const LINES = 2000; // lines of one batch
const SIZE = 1 << 21; // characters of memory that all open batches take
const MESSAGE = 1 << 17; // characters of one draft/multiline message

/** BATCH: opens or closes a batch (IRCv3 batch). `replay` handles the message that a `draft/multiline` batch makes. */
export function onBatch(
  model: Model,
  message: ServerMessage,
  replay: (model: Model, message: ServerMessage) => Step,
): Step {
  const [word = "", type = ""] = message.params;
  const name = word.slice(1);
  if (word.startsWith("+") && name.length <= 200) return step(withBatch(model, name, type, message));
  const batch = model.batches.get(name);
  if (!word.startsWith("-") || batch === undefined) return step(model);
  return onBatchEnd({ ...model, batches: without(model.batches, name) }, batch, replay);
}

function withBatch(model: Model, name: string, type: string, opening: ServerMessage): Model {
  const batch: Batch = { opening, type: type.toLowerCase(), lines: [], parts: [], size: 0 };
  const [oldest] = model.batches.keys();
  const batches = model.batches.size < OPEN || oldest === undefined ? model.batches : without(model.batches, oldest);
  return { ...model, batches: withEntry(batches, name, batch) };
}

function onBatchEnd(model: Model, batch: Batch, replay: (model: Model, message: ServerMessage) => Step): Step {
  if (batch.type === "chathistory") {
    const target = batch.opening.params[2] ?? "";
    return isRoomName(target) && !model.rooms.has(fold(target)) ? step(model) : onHistory(model, target, batch.lines);
  }
  if (batch.type === SEARCH) {
    const label = batch.opening.tags.get("label");
    const { search } = model.requests.find(({ id }) => id === label) ?? {};
    const found = withoutIgnored(model, whole(batch.lines.filter(isTalk))).toReversed();
    return step(model, { type: "found", words: search ?? "", lines: found });
  }
  if (batch.type !== "draft/multiline" || batch.parts.length === 0) return step(model);
  return replay(model, joined(batch));
}

/** Joins the lines of a search result into messages: of a message's lines, only the first has a msgid. */
function whole(lines: readonly Talk[]): readonly Talk[] {
  const all: Talk[] = [];
  for (const line of lines) {
    const last = all.at(-1);
    const isMore = line.msgid === undefined && last?.msgid !== undefined && last.nick === line.nick;
    if (isMore && last.time === line.time) all[all.length - 1] = { ...last, text: `${last.text}\n${line.text}` };
    else all.push(line);
  }
  return all;
}

/** The lines of a `draft/multiline` as one message, with the tags of its opening. */
function joined({ opening, parts }: Batch): ServerMessage {
  let text = "";
  parts.forEach((part, i) => {
    const glued = i === 0 || part.tags.has("draft/multiline-concat");
    text += (glued ? "" : "\n") + (part.params[1] ?? "");
  });
  const first = parts[0] ?? opening;
  const tags = new Map([...first.tags, ...opening.tags]);
  const outer = opening.tags.get("batch");
  if (outer === undefined) tags.delete("batch");
  else tags.set("batch", outer);
  return { ...first, source: opening.source ?? first.source, tags, params: [first.params[0] ?? "", text] };
}

/** The capability of servers that can search, and the batch type of their results. */
export const SEARCH = "soju.im/search";

/** Whether a message is from the past: from history, or found by a search. */
export function isPast(model: Model, message: ServerMessage): boolean {
  const type = batchOf(model, message)?.type;
  return type === "chathistory" || type === SEARCH;
}

/** The open batch that a message belongs to. */
export function batchOf(model: Model, message: ServerMessage): Batch | undefined {
  const name = message.tags.get("batch");
  return name === undefined ? undefined : model.batches.get(name);
}

/** The model with an item added to its `chathistory` batch. */
export function withLine(model: Model, message: ServerMessage, line: HistoryItem): Model {
  return withChange(model, message, (batch) => ({
    ...batch,
    lines: [...batch.lines, line],
    size: batch.size + (line.kind === "unshown" ? PART : costOf(line)),
  }));
}

/** The model with an event of history that is not shown. */
export function withUnshown(model: Model, message: ServerMessage, time: number): Model {
  return withLine(model, message, { kind: "unshown", msgid: message.tags.get("msgid"), time });
}

/** The model with a message added to its `draft/multiline` batch. */
export function withPart(model: Model, message: ServerMessage): Model {
  return withChange(model, message, (batch) => ({
    ...batch,
    parts: [...batch.parts, message],
    size: batch.size + costOfPart(message),
  }));
}

/** Characters of memory that one batch may take. */
function longestOf({ type }: Batch): number {
  return type === "draft/multiline" ? MESSAGE : SIZE;
}

function costOfPart({ tags, source = "", params }: ServerMessage): number {
  let cost = PART + source.length;
  for (const param of params) cost += param.length;
  for (const value of tags.values()) cost += value.length;
  return cost;
}

/** The model with a changed batch; unchanged if the batch, or the memory for all batches, is full. */
function withChange(model: Model, message: ServerMessage, change: (batch: Batch) => Batch): Model {
  const name = message.tags.get("batch");
  const batch = batchOf(model, message);
  if (name === undefined || batch === undefined) return model;
  if (batch.lines.length + batch.parts.length >= LINES || batch.size > longestOf(batch)) return model;
  if (model.batches.values().reduce((sum, { size }) => sum + size, 0) > SIZE) return model;
  return { ...model, batches: withEntry(model.batches, name, change(batch)) };
}
