import type { EventOf } from "../../chat/model/event.ts";
import { LISTED_PER_LINE } from "../../chat/model/limits.ts";
import { Member } from "../../chat/model/member.ts";
import { barToMetadata, isMetadataKey, type Metadata } from "../../chat/model/metadata.ts";
import type { Room } from "../../chat/model/room.ts";
import { visibleMembers } from "../../chat/visibility.ts";
import { phraseFor } from "../../chat/words/refusals.ts";
import { showLine } from "../../text/filter.ts";
import { fold } from "../../text/fold.ts";
import type { Numeric } from "../../wire/numerics.ts";
import { CAP } from "../capabilities.ts";
import { fault } from "../render/faults.ts";
import { lineOf, linesOf, numericLine, packed } from "../render/line.ts";
import { VISIBILITY } from "../render/metadata.ts";
import { explain } from "../render/refusals.ts";
import type { IrcCommand } from "../session/dispatch.ts";
import type { IrcSession } from "../session/session.ts";
import { inBatch } from "./history.ts";

const ONESELF = "*";
const EVERYTHING = "*ALL"; // the target of a SYNC of everything
const KEYS_A_LINE = 380; // bytes of keys in one line: the rest of its 512 is for what stands before
const TARGETS_PER_STEP = 20; // targets examined in one step of an answer

/** METADATA (IRCv3 draft/metadata-3). */
export const METADATA_COMMANDS: readonly IrcCommand[] = [
  {
    name: "METADATA",
    minParams: 2,
    when: "any",
    isFor: usesMetadata,
    usage: "target|* GET|SET|LIST|CLEAR|SUB|UNSUB|SUBS|SYNC [key ...] [:value]",
    help: "Reads and sets the metadata of people and rooms, and subscribes to its keys.",
    run: (session, [target = "", verb = "", ...rest]) => runMetadata(session, target, verb, rest),
    refuseBytes: refuseValue,
  },
];

/** Whether a session has negotiated metadata; the draft demands `batch` besides, in whatever order. */
export function usesMetadata(session: IrcSession): boolean {
  return session.has(CAP.batch) && (session.has(CAP.metadata) || session.has(CAP.metadata2));
}

function runMetadata(session: IrcSession, target: string, verb: string, rest: readonly string[]): void {
  const name = verb.toUpperCase();
  const [key] = rest;
  switch (name) {
    case "LIST":
      return tell(session, target, (metadata) => metadata.keys());
    case "CLEAR":
      return clear(session, target);
    case "SUBS":
      return listSubscriptions(session);
    case "SYNC":
      return sync(session, target);
    case "GET":
    case "SET":
    case "SUB":
    case "UNSUB":
      if (key === undefined) return session.numeric("ERR_NEEDMOREPARAMS", "METADATA");
      if (name === "SET") return set(session, target, key, rest.slice(1).join(" "));
      if (name === "GET") return tell(session, target, () => rest);
      return name === "SUB" ? subscribe(session, rest) : unsubscribe(session, rest);
    default:
      return fault(session, "metadata-verb", [verb]);
  }
}

/** Refuses a value that is not UTF-8; returns false for any other line. */
function refuseValue(session: IrcSession, [, verb = "", key = ""]: readonly string[]): boolean {
  const isValue = verb.toUpperCase() === "SET" && isMetadataKey(key);
  if (isValue) explain(session, { why: "metadata-value-bad", key });
  return isValue;
}

/** The nick in replies: `*` before registration. */
function nickIn(session: IrcSession): string {
  return session.member?.nick ?? ONESELF;
}

/** A target, its name in replies, and its metadata. */
interface View {
  readonly target: Member | Room | undefined;
  readonly name: string;
  readonly metadata: Metadata;
}

/** A target that the session may see; otherwise the client is told. Before registration, the only target is itself. */
function viewOf(session: IrcSession, target: string): View | undefined {
  const { member, registration, server } = session;
  if (!member) {
    const brought = [...(registration?.metadata ?? [])];
    if (target === ONESELF)
      return {
        target: undefined,
        name: ONESELF,
        metadata: new Map(brought.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]))),
      };
    explain(session, { why: "metadata-target-bad", target });
    return undefined;
  }
  const view = server.chat.metadata(member, target === ONESELF ? undefined : target);
  if (!("why" in view)) return view;
  explain(session, view);
  return undefined;
}

/** Sends some keys of a target, in a batch. */
function tell(session: IrcSession, target: string, keysOf: (metadata: Metadata) => Iterable<string>): void {
  const view = viewOf(session, target);
  if (!view) return;
  const lines = Iterator.from(keysOf(view.metadata)).flatMap((key) => keyLines(session, view, key));
  session.emitLong(inBatch(session, `metadata ${view.name}`, lines));
}

function keyLines(session: IrcSession, { name, metadata }: View, key: string): Iterable<string> {
  if (isMetadataKey(key)) return valueLines(session, name, key, metadata.get(key));
  const { server } = session;
  const words = phraseFor({ why: "metadata-key-bad", key }, server.chat.limits, session.has(CAP.commands));
  return [showLine(lineOf(server.name, "FAIL", ["METADATA", "INVALID_KEY", key], words))];
}

/** A key with its value, or without, as a reply. */
function valueLines(session: IrcSession, name: string, key: string, value: string | undefined): Iterable<string> {
  const { server } = session;
  const nick = nickIn(session);
  return linesOf(
    value === undefined
      ? numericLine(server.name, nick, "RPL_KEYNOTSET", name, key)
      : numericLine(server.name, nick, "RPL_KEYVALUE", name, key, VISIBILITY, value),
  );
}

/** Sets or removes a key; the reply is its value from then on, even if nothing changed. */
function set(session: IrcSession, target: string, key: string, given: string): void {
  const { member, server } = session;
  const change = { key, value: given === "" ? undefined : showLine(given) };
  if (!member) return setEarly(session, target, change.key, change.value);
  const of = target === ONESELF ? undefined : target;
  server.chat.submit(session, { type: "set-metadata", target: of, ...change }, (outcome) => {
    const view = outcome === "refused" ? undefined : viewOf(session, target);
    if (view) for (const line of valueLines(session, view.name, key, view.metadata.get(key))) session.emit(line);
  });
}

/** Before registration: the client brings the change along when it enters. */
function setEarly(session: IrcSession, target: string, key: string, value: string | undefined): void {
  const { metadata } = session.registration ?? {};
  const limit = session.server.chat.limits.metadataKeys;
  const bar = barToMetadata({ key, value });
  if (!metadata) return;
  if (target !== ONESELF) return explain(session, { why: "metadata-target-bad", target });
  if (bar) return explain(session, bar);
  if (limit > 0 && !metadata.has(key) && metadata.size >= limit)
    return explain(session, { why: "metadata-full", target, limit });
  metadata.set(key, value);
  for (const line of valueLines(session, ONESELF, key, value)) session.emit(line);
}

/** Removes all keys; if there are any, `answerCleared` replies. */
function clear(session: IrcSession, target: string): void {
  const { member, registration, server } = session;
  if (!member) {
    const view = viewOf(session, target);
    registration?.metadata.clear();
    return view && tellCleared(session, view.name, [...view.metadata.keys()]);
  }
  const of = target === ONESELF ? undefined : target;
  server.chat.submit(session, { type: "clear-metadata", target: of }, (outcome) => {
    const view = outcome === "nothing" ? viewOf(session, target) : undefined;
    if (view) tellCleared(session, view.name, []);
  });
}

function tellCleared(session: IrcSession, name: string, keys: readonly string[]): void {
  const lines = keys.values().flatMap((key) => valueLines(session, name, key, undefined));
  session.emitLong(inBatch(session, `metadata ${name}`, lines));
}

/** Subscriptions: the keys whose values and changes a session is sent. */

function subscribe(session: IrcSession, keys: readonly string[]): void {
  const { member, server } = session;
  const most = server.chat.limits.metadataSubscriptions;
  const subscriptions = new Set(session.subscriptions);
  const accepted = new Set<string>();
  const bad: string[] = [];
  let beyond: string | undefined;
  for (const key of new Set(keys)) {
    if (!isMetadataKey(key)) {
      bad.push(key);
      continue;
    }
    if (most > 0 && !subscriptions.has(key) && subscriptions.size >= most) {
      beyond = key;
      break;
    }
    subscriptions.add(key);
    accepted.add(key);
  }
  session.subscriptions = subscriptions;
  sendKeys(session, "RPL_METADATASUBOK", accepted);
  for (const key of bad) explain(session, { why: "metadata-key-bad", key });
  if (beyond !== undefined) fault(session, "metadata-subscriptions", [beyond, String(most)]);
  if (member && accepted.size > 0)
    session.emitAll(numericLine(server.name, ONESELF, "ERR_METADATASYNCLATER", EVERYTHING, "0"));
}

function unsubscribe(session: IrcSession, keys: readonly string[]): void {
  const subscriptions = new Set(session.subscriptions);
  const given = new Set(keys);
  const [good, bad] = [[...given].filter(isMetadataKey), [...given].filter((key) => !isMetadataKey(key))];
  for (const key of good) subscriptions.delete(key);
  session.subscriptions = subscriptions;
  sendKeys(session, "RPL_METADATAUNSUBOK", good);
  for (const key of bad) explain(session, { why: "metadata-key-bad", key });
}

function listSubscriptions(session: IrcSession): void {
  session.emitLong(inBatch(session, "metadata-subs", keysLines(session, "RPL_METADATASUBS", session.subscriptions)));
}

function sendKeys(session: IrcSession, numeric: Numeric, keys: Iterable<string>): void {
  for (const line of keysLines(session, numeric, keys)) session.emit(line);
}

function* keysLines(session: IrcSession, numeric: Numeric, keys: Iterable<string>): Generator<string> {
  for (const some of packed(keys, KEYS_A_LINE, " "))
    yield* linesOf(numericLine(session.server.name, nickIn(session), numeric, ...some.split(" ")));
}

function sync(session: IrcSession, target: string): void {
  const { member } = session;
  if (!member) return session.numeric("ERR_NOTREGISTERED");
  if (target.toUpperCase() === EVERYTHING) {
    let weight = 0;
    for (const { members } of member.rooms) weight += members.size / LISTED_PER_LINE;
    session.weigh(weight);
    return sendSubscribed(session, EVERYTHING, all(session, member));
  }
  const view = viewOf(session, target);
  if (view?.target instanceof Member) sendSubscribed(session, view.name, [view.target]);
  else if (view?.target) {
    session.weigh(view.target.members.size / LISTED_PER_LINE);
    sendSubscribed(session, view.name, within(session, view.target));
  }
}

/** A room, and everyone whom the session may see in it. */
function* within(session: IrcSession, room: Room): Generator<Member | Room> {
  yield room;
  yield* visibleMembers(session.member, room);
}

/** Each target that the session is told about, once: its member, its rooms, everyone in them, everyone watched. */
function* all(session: IrcSession, member: Member): Generator<Member | Room> {
  const seen = new Set<Member | Room>([member]);
  yield member;
  for (const room of member.rooms)
    for (const one of within(session, room)) {
      if (!seen.has(one)) yield one;
      seen.add(one);
    }
  for (const nick of session.watched.keys()) {
    const watched = session.server.chat.member(nick);
    if (watched && !seen.has(watched)) yield watched;
  }
}

/** Sends the subscribed keys of some targets, in a batch. */
function sendSubscribed(session: IrcSession, name: string, some: Iterable<Member | Room>): void {
  session.emitLong(inBatch(session, `metadata ${name}`, subscribed(session, some)));
}

function* subscribed(session: IrcSession, some: Iterable<Member | Room>): Generator<string> {
  let looked = 0;
  for (const one of some) {
    if (++looked % TARGETS_PER_STEP === 0) yield "";
    const name = one instanceof Member ? one.nick : one.name;
    for (const [key, value] of one.metadata)
      if (session.subscriptions.has(key)) yield* valueLines(session, name, key, value);
  }
}

/** What a session is sent unasked. */

function isSubscriber(session: IrcSession): boolean {
  return session.subscriptions.size > 0 && usesMetadata(session);
}

/** After a JOIN: the subscribed metadata of the room and everyone in it. */
export function metadataOnJoin(session: IrcSession, room: Room): void {
  if (isSubscriber(session)) sendSubscribed(session, room.name, within(session, room));
}

/** The subscribed metadata of someone watched who is online. */
export function metadataOfWatched(session: IrcSession, nick: string): void {
  const member = isSubscriber(session) ? session.server.chat.member(nick) : undefined;
  if (member) sendSubscribed(session, member.nick, [member]);
}

/** The client's own metadata, as lines with their CR LF: part of its welcome. */
export function ownMetadata(session: IrcSession): string {
  const { member } = session;
  if (!member || !usesMetadata(session)) return "";
  const lines = member.metadata.entries().flatMap(([key, value]) => valueLines(session, member.nick, key, value));
  return [...inBatch(session, `metadata ${member.nick}`, lines), ""].join("\r\n");
}

/** The part of a change that a session is told: all of its own member's changes, and of others its subscribed keys. */
export function heardOf<E extends EventOf<"metadata-changed" | "metadata-cleared">>(
  session: IrcSession,
  event: E,
): E | undefined {
  if (!usesMetadata(session)) return undefined;
  const isOwn = !event.inRoom && session.member !== undefined && fold(event.target) === fold(session.member.nick);
  if (event.type === "metadata-changed") return isOwn || session.subscriptions.has(event.key) ? event : undefined;
  const keys = isOwn ? event.keys : event.keys.filter((key) => session.subscriptions.has(key));
  if (keys.length === 0) return undefined;
  return keys.length === event.keys.length ? event : { ...event, keys };
}

/** Replies to a CLEAR. */
export function answerCleared(session: IrcSession, { target, keys }: EventOf<"metadata-cleared">): void {
  if (usesMetadata(session)) tellCleared(session, target, keys);
}
