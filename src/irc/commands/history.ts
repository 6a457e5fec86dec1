import {
  type HistoryEntry,
  type HistoryQuery,
  MOST_FOUND,
  type Point,
  type SearchRequest,
  type SearchResult,
} from "../../chat/history.ts";
import { isSameAccount } from "../../chat/model/account.ts";
import type { EventOf } from "../../chat/model/event.ts";
import type { Member } from "../../chat/model/member.ts";
import { ROOM_SIGN } from "../../chat/model/names.ts";
import type { StoredMessage, StoredSignal } from "../../chat/store.ts";
import { isIgnored } from "../../chat/visibility.ts";
import { showLine } from "../../text/filter.ts";
import { clip } from "../../text/split.ts";
import { parseTags } from "../../wire/message.ts";
import { CAP } from "../capabilities.ts";
import { lineOf, linesOf } from "../render/line.ts";
import { type Fault, fault, faultLine } from "../render/refusals.ts";
import { OWN, timeTag } from "../render/render.ts";
import type { IrcCommand } from "../session/dispatch.ts";
import { tagged } from "../session/output.ts";
import type { IrcSession } from "../session/session.ts";

/** The most messages in one answer (CHATHISTORY in RPL_ISUPPORT). */
export const MOST_HISTORY = 1000;

/** The kinds of message references in requests (MSGREFTYPES in RPL_ISUPPORT). */
export const REFERENCE_TYPES = ["msgid", "timestamp"] as const;

/** CHATHISTORY (IRCv3 draft/chathistory). */
export const HISTORY_COMMANDS: readonly IrcCommand[] = [
  {
    name: "CHATHISTORY",
    minParams: 0,
    when: "after",
    usage: "LATEST|BEFORE|AFTER|AROUND|BETWEEN|TARGETS parameters",
    help: "Shows the history of a room or a conversation.",
    run: (session, [subcommand = "", ...params]) => runHistory(session, subcommand.toUpperCase(), params),
  },
];

/** An invalid parameter of a request, and the error for it. */
interface BadParam {
  readonly fault: Fault;
  readonly param: string;
}

const SECONDS = 19; // characters of a timestamp up to its seconds
const LONGEST_PARAM = 100; // bytes of an invalid parameter that are sent back

/** The number of parameters of each subcommand. */
const PARAMS: ReadonlyMap<string, number> = new Map([
  ["LATEST", 3],
  ["BEFORE", 3],
  ["AFTER", 3],
  ["AROUND", 3],
  ["BETWEEN", 4],
  ["TARGETS", 3],
]);

function runHistory(session: IrcSession, subcommand: string, params: readonly string[]): void {
  const count = PARAMS.get(subcommand);
  if (count === undefined)
    return fault(session, subcommand === "" ? "history-short" : "history-verb", [subcommand || "*"]);
  if (params.length !== count)
    return fault(session, params.length < count ? "history-short" : "history-long", [subcommand]);
  const limitParam = params[count - 1] ?? "";
  const limit = limitOf(limitParam);
  if (limit === undefined) return refuse(session, subcommand, { fault: "history-limit", param: limitParam });
  if (subcommand === "TARGETS") return listTargets(session, params, limit);
  const query = queryOf(session, subcommand, params);
  if ("fault" in query) return refuse(session, subcommand, query);
  const [target = ""] = params;
  const options = { limit, playback: session.has(CAP.eventPlayback), ignored: session.ignored };
  const { faults } = session.server.chat;
  const past = session.server.chat.readHistory(session.member, target, query, options);
  const isRoom = target.startsWith(ROOM_SIGN);
  if (!past) {
    // A conversation without history is an empty answer; only rooms are secret.
    if (!isRoom && session.member) return session.emitLong(historyLines(session, target, []));
    return fault(session, "history-target", [subcommand, target]);
  }
  if (!isRoom) session.submit({ type: "catch-up", read: target });
  session.emitLong(withFaults(session, faults, [subcommand, target], historyLines(session, target, past)));
}

/** `FAIL CHATHISTORY INVALID_PARAMS the_given_command the_given_timestamp :Invalid timestamp` */
function refuse(session: IrcSession, subcommand: string, { fault: name, param }: BadParam): void {
  fault(session, name, [subcommand, clip(param, LONGEST_PARAM)]);
}

/** The query of any subcommand but TARGETS. */
function queryOf(session: IrcSession, subcommand: string, params: readonly string[]): HistoryQuery | BadParam {
  const [, first = "", second = ""] = params;
  if (subcommand === "LATEST" && first === "*") return { which: "latest", after: undefined };
  const point = pointOf(session, first);
  if (!point) return { fault: "history-point", param: first };
  switch (subcommand) {
    case "LATEST":
      return { which: "latest", after: point };
    case "BEFORE":
      return { which: "before", point };
    case "AFTER":
      return { which: "after", point };
    case "AROUND":
      return { which: "around", point };
    default: {
      const to = pointOf(session, second);
      return to ? { which: "between", from: point, to } : { fault: "history-point", param: second };
    }
  }
}

/** Parses `msgid=…` or `timestamp=…`; `undefined` for anything else, and for a msgid that is not this server's. */
function pointOf(session: IrcSession, text: string): Point | undefined {
  const [, type, value = ""] = /^(msgid|timestamp)=(.+)$/.exec(text) ?? [];
  if (type === "msgid") {
    const seq = session.server.chat.seqOf(value);
    return seq === undefined ? undefined : { seq };
  }
  const time = type === "timestamp" ? timeOf(value) : undefined;
  return time === undefined ? undefined : { time };
}

/** Parses a time in the format of server-time to milliseconds since 1970; `undefined` if it is not a real date and time. */
export function timeOf(text: string): number | undefined {
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/.test(text) ? Date.parse(text) : Number.NaN;
  // Date.parse takes 30 February for 2 March.
  const isReal = !Number.isNaN(time) && new Date(time).toISOString().startsWith(text.slice(0, SECONDS));
  return isReal ? time : undefined;
}

/** The limit of a request, at most `MOST_HISTORY`; `undefined` if it is not a whole number above 0. */
function limitOf(text: string | undefined): number | undefined {
  const limit = /^\d{1,9}$/.test(text ?? "") ? Number(text) : 0;
  return limit > 0 ? Math.min(limit, MOST_HISTORY) : undefined;
}

/** The lines, and an error after them if messages could not be read: the chat has more faults than `before`. */
function* withFaults(
  session: IrcSession,
  before: number,
  context: readonly string[],
  lines: Iterable<string>,
): Generator<string> {
  yield* lines;
  if (session.server.chat.faults > before) yield faultLine(session, "history-holes", context);
}

/** A target's history as lines without CR LF, in a batch if the client knows batches. */
export function historyLines(session: IrcSession, target: string, past: Iterable<HistoryEntry>): Iterable<string> {
  const { member } = session;
  return member ? inBatch(session, `chathistory ${target}`, pastLines(session, member, target, past)) : [];
}

/** Puts lines without CR LF into a batch of a type, if the client knows batches. */
export function* inBatch(session: IrcSession, type: string, lines: Iterable<string>): Generator<string> {
  const { name } = session.server;
  if (!session.has(CAP.batch)) return yield* lines;
  const batch = session.nextBatch();
  yield showLine(`:${name} BATCH +${batch} ${type}`);
  for (const line of lines) yield line === "" ? "" : tagged(line, `batch=${batch}`);
  yield `:${name} BATCH -${batch}`;
}

function* pastLines(
  session: IrcSession,
  member: Member,
  target: string,
  past: Iterable<HistoryEntry>,
): Generator<string> {
  const { renderCache } = session.server;
  for (const event of past) {
    const shown = isTalk(event) ? asSeenBy(member, event.inRoom ? { ...event, to: target } : event) : event;
    yield* linesOf(renderCache.text(shown, formOf(session, event)));
  }
}

function isTalk(event: HistoryEntry): event is StoredMessage | StoredSignal {
  return event.type === "said" || event.type === "signalled";
}

/** The form of a past event for a session: messages of its own account count as its own. */
export function formOf({ member, form }: IrcSession, event: HistoryEntry): number {
  return isTalk(event) && isSameAccount(event.from.account, member?.who.account) ? form | OWN : form;
}

/** A message as the member sees it: a direct message that it received is addressed to its current nick. */
function asSeenBy<T extends StoredMessage | StoredSignal>(member: Member, event: T): T {
  const isReceived = !event.inRoom && !isSameAccount(event.from.account, member.who.account);
  return isReceived ? { ...event, to: member.nick } : event;
}

/** TARGETS: the rooms and conversations with messages between two times, ordered by their last message. */
function listTargets(session: IrcSession, [first = "", second = ""]: readonly string[], limit: number): void {
  const { member, server } = session;
  const [from, to] = [first, second].map((text) => {
    const point = pointOf(session, text);
    return point && "time" in point ? point.time : undefined;
  });
  if (from === undefined || to === undefined || !member) {
    const param = from === undefined ? first : second;
    return refuse(session, "TARGETS", { fault: "history-time", param });
  }
  const [after, before] = from < to ? [from, to] : [to, from];
  const { ignored } = session;
  const targets = server.chat.targets(member, { after, before, limit, first: from < to, ignored });
  const lines = targets.map(({ name, time }) =>
    showLine(`:${server.name} CHATHISTORY TARGETS ${name} ${timeTag(time)}`),
  );
  session.emitLong(inBatch(session, "draft/chathistory-targets", lines));
}

/** MARKREAD (IRCv3 draft/read-marker). */
export const MARKER_COMMANDS: readonly IrcCommand[] = [
  {
    name: "MARKREAD",
    minParams: 0,
    when: "after",
    usage: "target [timestamp=…]",
    help: "Shows or sets how far you have read.",
    run: (session, [target, timestamp]) => runMarkRead(session, target, timestamp),
  },
];

const MARK_WEIGHT = 0.25; // lines that a marker costs: clients set one whenever the user goes to another room

function runMarkRead(session: IrcSession, target: string | undefined, timestamp: string | undefined): void {
  const { member } = session;
  if (!target || !member) return fault(session, "marker-short");
  if (timestamp === undefined) return sendMarker(session, member, target);
  const time = timestamp.startsWith("timestamp=") ? timeOf(timestamp.slice("timestamp=".length)) : undefined;
  if (time === undefined) return fault(session, "marker-time", [target, timestamp]);
  session.weigh(MARK_WEIGHT - 1);
  session.submit({ type: "mark-read", target, time });
}

/** Sends a read marker as MARKREAD. */
export function sendMarker(session: IrcSession, member: Member, target: string): void {
  session.emit(session.has(CAP.rooms) ? countedMarker(session, member, target) : markerLine(session, member, target));
}

/** MARKREAD with a read marker; `*` if there is none. */
function markerLine({ server }: IrcSession, member: Member, target: string): string {
  const time = server.chat.marker(member, target);
  return lineOf(server.name, "MARKREAD", [target, time === 0 ? "*" : `timestamp=${timeTag(time)}`]);
}

/**
 * MARKREAD for clients with `tcpchat/rooms`: its tags `tcpchat/unread` and `tcpchat/mentions` tell how many messages
 * behind the marker are unread, and how many of them mention the client's nick; 1000 stands for more than 999.
 */
function countedMarker(session: IrcSession, member: Member, target: string): string {
  const { count, mentions } = session.server.chat.unread({ member, ignored: session.ignored }, target);
  return `@tcpchat/unread=${count};tcpchat/mentions=${mentions} ${markerLine(session, member, target)}`;
}

/**
 * Tells a client with `tcpchat/rooms` what is unread, once it is back in its rooms: a MARKREAD for each room that it is
 * in, and for each conversation with unread or recent messages; then `NOTE ROOMS RESTORED`, with the names of rooms that
 * are on the account's list but do not exist at present.
 *
 *     :ann!~a@host JOIN #dev
 *     @tcpchat/unread=50;tcpchat/mentions=2 :server MARKREAD #dev timestamp=2026-01-01T12:00:00.000Z
 *     @tcpchat/unread=1;tcpchat/mentions=1 :server MARKREAD bob *
 *     :server NOTE ROOMS RESTORED #gone :You are back in your rooms
 */
export function tellUnread(session: IrcSession, { missing }: Pick<EventOf<"rooms-restored">, "missing">): void {
  session.emitLong(unreadLines(session, missing));
}

function* unreadLines(session: IrcSession, missing: readonly string[]): Generator<string> {
  const { member, server } = session;
  if (!member) return;
  for (const { name } of [...member.rooms]) {
    yield countedMarker(session, member, name);
    yield ""; // lets other work run: counting takes up to a millisecond
  }
  for (const name of server.chat.conversations({ member, ignored: session.ignored })) {
    yield countedMarker(session, member, name);
    yield "";
  }
  yield lineOf(server.name, "NOTE", ["ROOMS", "RESTORED", ...missing], "You are back in your rooms");
}

/** Sends the marker that follows a JOIN, if the client has the capability. */
export function markerOnJoin(session: IrcSession, room: string): void {
  if (session.member && session.has(CAP.readMarker)) session.emit(markerLine(session, session.member, room));
}

/** The batch type of an answer to SEARCH. */
const SEARCH = "soju.im/search";

/** The attributes that a SEARCH may have. */
const ATTRIBUTES = ["in", "from", "after", "before", "text", "limit"];

/** SEARCH (soju.im/search). */
export const SEARCH_COMMANDS: readonly IrcCommand[] = [
  {
    name: "SEARCH",
    minParams: 1,
    when: "after",
    usage: "in=target;from=nick;after=time;before=time;text=words;limit=number",
    help: "Searches the rooms that you are in, and your conversations.",
    run: (session, [attributes = ""]) => runSearch(session, attributes),
  },
];

function runSearch(session: IrcSession, attributes: string): void {
  const { member, server } = session;
  const request = requestOf(attributes);
  if ("fault" in request) return fault(session, request.fault, [request.attribute]);
  if (!member) return;
  session.wait(server.chat.search(member, request), (result) => answer(session, request, result));
}

/** An invalid attribute of a SEARCH, and the error for it. */
interface InvalidAttribute {
  readonly fault: Fault;
  readonly attribute: string;
}

/** Parses the parameter of SEARCH, which is written like message tags. */
function requestOf(attributes: string): SearchRequest | InvalidAttribute {
  const given = parseTags(attributes);
  const unknown = given.keys().find((name) => !ATTRIBUTES.includes(name));
  if (unknown !== undefined) return { fault: "search-attribute", attribute: /^[^\s:]+$/.test(unknown) ? unknown : "*" };
  const limit = given.get("limit") ?? String(MOST_FOUND);
  if (!/^\d{1,9}$/.test(limit) || Number(limit) === 0) return { fault: "search-limit", attribute: "limit" };
  for (const attribute of ["after", "before"])
    if (given.has(attribute) && timeIn(given, attribute) === undefined) return { fault: "search-time", attribute };
  return {
    text: given.get("text"),
    target: given.get("in"),
    nick: given.get("from"),
    after: timeIn(given, "after"),
    before: timeIn(given, "before"),
    limit: Number(limit),
  };
}

function timeIn(given: ReadonlyMap<string, string>, name: string): number | undefined {
  return timeOf(given.get(name) ?? "");
}

function answer(session: IrcSession, { target = "" }: SearchRequest, result: SearchResult): void {
  if ("messages" in result) return sendFound(session, result);
  switch (result.why) {
    case "no-words":
      return fault(session, "search-words", ["text"]);
    case "not-readable":
      // A conversation without history is an empty result; only rooms are secret.
      if (!target.startsWith(ROOM_SIGN)) return sendFound(session, { messages: [], isComplete: true });
      return fault(session, "search-target", ["in"]);
    case "cannot-search":
      return fault(session, "search-failed");
  }
}

/** Sends the messages found, oldest first (soju.im/search). */
function sendFound(session: IrcSession, result: Extract<SearchResult, { messages: unknown }>): void {
  const { name } = session.server;
  if (!result.isComplete) session.emit(`:${name} NOTE SEARCH INCOMPLETE :Not all of the past can be searched yet`);
  session.emitLong(inBatch(session, SEARCH, foundLines(session, result)));
}

function* foundLines(
  session: IrcSession,
  { messages }: Extract<SearchResult, { messages: unknown }>,
): Generator<string> {
  const { member, server } = session;
  // The batch may hold PRIVMSG and NOTICE only, so messages of several lines are split as for clients without multiline.
  for (const event of messages.toReversed()) {
    if (member && !isIgnored(event, session.ignored))
      yield* linesOf(server.renderCache.text(asSeenBy(member, event), formOf(session, event) & ~CAP.multiline));
  }
}
