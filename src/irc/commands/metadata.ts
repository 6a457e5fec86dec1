import type { EventOf } from "../../chat/model/event.ts";
import { LISTED_PER_LINE } from "../../chat/model/limits.ts";
import { Member } from "../../chat/model/member.ts";
import { isMetadataKey, type Metadata, metadataRefusal } from "../../chat/model/metadata.ts";
import type { Room } from "../../chat/model/room.ts";
import { visibleMembers } from "../../chat/visibility.ts";
import { phraseFor } from "../../chat/words/refusals.ts";
import { showLine } from "../../text/filter.ts";
import { fold } from "../../text/fold.ts";
import type { Numeric } from "../../wire/numerics.ts";
import { CAP } from "../capabilities.ts";
import { lineOf, numericLine, numericText, packed } from "../render/line.ts";
import { explain, fault } from "../render/refusals.ts";
import { VISIBILITY } from "../render/render.ts";
import type { IrcCommand } from "../session/dispatch.ts";
import type { IrcSession } from "../session/session.ts";
import { inBatch } from "./history.ts";

const ONESELF = "*"; // the target of a client's own metadata
const EVERYTHING = "*ALL"; // the target of SYNC for everything that the client may see
const KEYS_LENGTH = 380; // bytes of keys in one line, whose other bytes are for the beginning
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

/** Whether a session has negotiated metadata and `batch`, which the draft requires too. */
export function usesMetadata(session: IrcSession): boolean {
  return session.has(CAP.batch) && (session.has(CAP.metadata) || session.has(CAP.metadata2));
}

function runMetadata(session: IrcSession, target: string, verb: string, rest: readonly string[]): void {
  const name = verb.toUpperCase();
  const [key] = rest;
  switch (name) {
    case "LIST":
      return sendValues(session, target, (metadata) => metadata.keys());
    case "CLEAR":
      return clear(session, target);
    case "SUBS":
      if (!isOneself(session, target)) return explain(session, { why: "metadata-target-bad", target });
      return listSubscriptions(session);
    case "SYNC":
      return sync(session, target);
    case "GET":
    case "SET":
    case "SUB":
    case "UNSUB":
      if (key === undefined) return session.numeric("ERR_NEEDMOREPARAMS", "METADATA");
      if (name === "SET") return set(session, target, key, rest.slice(1).join(" "));
      if (name === "GET") return sendValues(session, target, () => rest);
      if (!isOneself(session, target)) return explain(session, { why: "metadata-target-bad", target });
      return name === "SUB" ? subscribe(session, rest) : unsubscribe(session, rest);
    default:
      return fault(session, "metadata-verb", [verb]);
  }
}

/** Whether the target of SUB, UNSUB or SUBS is the client itself: `*` or its nick. */
function isOneself({ member }: IrcSession, target: string): boolean {
  return target === ONESELF || (member !== undefined && fold(target) === fold(member.nick));
}

/** Refuses a value that is not UTF-8; returns false for any other line. */
function refuseValue(session: IrcSession, [, verb = "", key = ""]: readonly string[]): boolean {
  const isValue = verb.toUpperCase() === "SET" && isMetadataKey(key);
  if (isValue) explain(session, { why: "metadata-value-bad", key });
  return isValue;
}

/** The nick in replies: `*` before registration. */
function replyNick(session: IrcSession): string {
  return session.member?.nick ?? ONESELF;
}

/** A target, its name in replies, and its metadata. */
interface View {
  readonly target: Member | Room | undefined;
  readonly name: string;
  readonly metadata: Metadata;
}

/** Finds a target that the session may see, or refuses it. Before registration, the only target is the client itself. */
function viewOf(session: IrcSession, target: string): View | undefined {
  const { member, registration, server } = session;
  if (!member) {
    const early = [...(registration?.metadata ?? [])];
    if (target === ONESELF)
      return {
        target: undefined,
        name: ONESELF,
        metadata: new Map(early.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]))),
      };
    explain(session, { why: "metadata-target-bad", target });
    return undefined;
  }
  const view = server.chat.metadata(member, target === ONESELF ? undefined : target);
  if (!("why" in view)) return view;
  explain(session, view);
  return undefined;
}

/** Sends the given keys of a target, in a batch. */
function sendValues(session: IrcSession, target: string, keysOf: (metadata: Metadata) => Iterable<string>): void {
  const view = viewOf(session, target);
  if (!view) return;
  const lines = Iterator.from(keysOf(view.metadata)).map((key) => keyLine(session, view, key));
  session.emitLong(inBatch(session, `metadata ${view.name}`, lines));
}

/** The value of a requested key, or a warning if the key is invalid. */
function keyLine(session: IrcSession, { name, metadata }: View, key: string): string {
  return isMetadataKey(key) ? valueLine(session, name, key, metadata.get(key)) : badKeyLine(session, key);
}

/** An invalid key among others: a warning since draft/metadata-3, a failure in draft/metadata-2. */
function badKeyLine(session: IrcSession, key: string): string {
  const { server } = session;
  const command = session.has(CAP.metadata) ? "WARN" : "FAIL";
  const words = phraseFor({ why: "metadata-key-bad", key }, server.chat.limits, session.has(CAP.commands));
  return showLine(lineOf(server.name, command, ["METADATA", "INVALID_KEY", key], words));
}

/** RPL_KEYVALUE, or RPL_KEYNOTSET without a value. */
function valueLine(session: IrcSession, name: string, key: string, value: string | undefined): string {
  const { server } = session;
  const nick = replyNick(session);
  return value === undefined
    ? numericText(server.name, nick, "RPL_KEYNOTSET", name, key)
    : numericText(server.name, nick, "RPL_KEYVALUE", name, key, VISIBILITY, value);
}

/** Sets or removes a key; the reply is its new value, even if nothing changed. */
function set(session: IrcSession, target: string, key: string, text: string): void {
  const { member, server } = session;
  const change = { key, value: text === "" ? undefined : showLine(text) };
  if (!member) return setEarly(session, target, change.key, change.value);
  const of = target === ONESELF ? undefined : target;
  server.chat.submit(session, { type: "set-metadata", target: of, ...change }, (outcome) => {
    const view = outcome === "refused" ? undefined : viewOf(session, target);
    if (view) session.emit(valueLine(session, view.name, key, view.metadata.get(key)));
  });
}

/** Tells a session that has subscribed to a key its own new value, which it has not set by METADATA: it is part of no reply. */
export function tellOwnMetadata(session: IrcSession, key: string): void {
  const { member, server } = session;
  if (!member || !usesMetadata(session) || !session.subscriptions.has(key)) return;
  const value = member.metadata.get(key);
  const line =
    value === undefined
      ? numericLine(server.name, ONESELF, "RPL_KEYNOTSET", member.nick, key)
      : numericLine(server.name, ONESELF, "RPL_KEYVALUE", member.nick, key, VISIBILITY, value);
  session.deliver(Buffer.from(line), false);
}

/** Sets a key before registration; the registration keeps it until the client enters. */
function setEarly(session: IrcSession, target: string, key: string, value: string | undefined): void {
  const { metadata } = session.registration ?? {};
  const limit = session.server.chat.limits.metadataKeys;
  const refusal = metadataRefusal({ key, value });
  if (!metadata) return;
  if (target !== ONESELF) return explain(session, { why: "metadata-target-bad", target });
  if (refusal) return explain(session, refusal);
  if (limit > 0 && !metadata.has(key) && metadata.size >= limit)
    return explain(session, { why: "metadata-full", target, limit });
  metadata.set(key, value);
  session.emit(valueLine(session, ONESELF, key, value));
}

/** Removes all keys. `answerCleared` replies with the event; without keys there is none, and the reply is sent here. */
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
  const lines = keys.values().map((key) => valueLine(session, name, key, undefined));
  session.emitLong(inBatch(session, `metadata ${name}`, lines));
}

/** SUB: adds keys to those whose values and changes the session is sent, up to the limit. */
function subscribe(session: IrcSession, keys: readonly string[]): void {
  const { member, server } = session;
  const most = server.chat.limits.metadataSubscriptions;
  const subscriptions = new Set(session.subscriptions);
  const accepted = new Set<string>();
  const bad: string[] = [];
  let firstBeyond: string | undefined;
  for (const key of new Set(keys)) {
    if (!isMetadataKey(key)) {
      bad.push(key);
      continue;
    }
    if (most > 0 && !subscriptions.has(key) && subscriptions.size >= most) {
      firstBeyond = key;
      break;
    }
    subscriptions.add(key);
    accepted.add(key);
  }
  session.subscriptions = subscriptions;
  sendKeys(session, "RPL_METADATASUBOK", accepted);
  for (const key of bad) session.emit(badKeyLine(session, key));
  if (firstBeyond !== undefined) fault(session, "metadata-subscriptions", ["SUB", firstBeyond, String(most)]);
  if (member && accepted.size > 0)
    session.emitAll(numericLine(server.name, ONESELF, "ERR_METADATASYNCLATER", EVERYTHING, "0"));
}

function unsubscribe(session: IrcSession, keys: readonly string[]): void {
  const subscriptions = new Set(session.subscriptions);
  const distinct = [...new Set(keys)];
  const [good, bad] = [distinct.filter(isMetadataKey), distinct.filter((key) => !isMetadataKey(key))];
  for (const key of good) subscriptions.delete(key);
  session.subscriptions = subscriptions;
  sendKeys(session, "RPL_METADATAUNSUBOK", good);
  for (const key of bad) session.emit(badKeyLine(session, key));
}

function listSubscriptions(session: IrcSession): void {
  session.emitLong(inBatch(session, "metadata-subs", keysLines(session, "RPL_METADATASUBS", session.subscriptions)));
}

function sendKeys(session: IrcSession, numeric: Numeric, keys: Iterable<string>): void {
  for (const line of keysLines(session, numeric, keys)) session.emit(line);
}

function* keysLines(session: IrcSession, numeric: Numeric, keys: Iterable<string>): Generator<string> {
  for (const line of packed(keys, KEYS_LENGTH, " "))
    yield numericText(session.server.name, replyNick(session), numeric, ...line.split(" "));
}

function sync(session: IrcSession, target: string): void {
  const { member } = session;
  if (!member) return session.numeric("ERR_NOTREGISTERED");
  if (target.toUpperCase() === EVERYTHING) {
    let weight = 0;
    for (const { members } of member.rooms) weight += members.size / LISTED_PER_LINE;
    session.weigh(weight);
    return sendSubscribed(session, EVERYTHING, allTargets(session, member));
  }
  const view = viewOf(session, target);
  if (view?.target instanceof Member) sendSubscribed(session, view.name, [view.target]);
  else if (view?.target) {
    session.weigh(view.target.members.size / LISTED_PER_LINE);
    sendSubscribed(session, view.name, withMembers(session, view.target));
  }
}

/** A room, and the members that the session may see in it. */
function* withMembers(session: IrcSession, room: Room): Generator<Member | Room> {
  yield room;
  yield* visibleMembers(session.member, room);
}

/** The targets of a SYNC of everything, each once: the member, its rooms, everyone in them, everyone monitored. */
function* allTargets(session: IrcSession, member: Member): Generator<Member | Room> {
  const seen = new Set<Member | Room>([member]);
  yield member;
  for (const room of member.rooms)
    for (const target of withMembers(session, room)) {
      if (!seen.has(target)) yield target;
      seen.add(target);
    }
  for (const nick of session.watched.keys()) {
    const watched = session.server.chat.member(nick);
    if (watched && !seen.has(watched)) yield watched;
  }
}

/** Sends the subscribed keys of the targets, in a batch. */
function sendSubscribed(session: IrcSession, name: string, targets: Iterable<Member | Room>): void {
  session.emitLong(inBatch(session, `metadata ${name}`, subscribedLines(session, targets)));
}

function* subscribedLines(session: IrcSession, targets: Iterable<Member | Room>): Generator<string> {
  if (session.subscriptions.size === 0) return;
  let examined = 0;
  for (const target of targets) {
    if (++examined % TARGETS_PER_STEP === 0) yield "";
    const name = target instanceof Member ? target.nick : target.name;
    for (const [key, value] of target.metadata)
      if (session.subscriptions.has(key)) yield valueLine(session, name, key, value);
  }
}

/** Sends what follows a JOIN: the subscribed metadata of the room and everyone in it. */
export function metadataOnJoin(session: IrcSession, room: Room): void {
  if (usesMetadata(session)) sendSubscribed(session, room.name, withMembers(session, room));
}

/** Sends the subscribed metadata of someone on the MONITOR list, if online. */
export function metadataOfWatched(session: IrcSession, nick: string): void {
  const member = usesMetadata(session) ? session.server.chat.member(nick) : undefined;
  if (member) sendSubscribed(session, member.nick, [member]);
}

/** The client's own metadata as lines with their CR LF, for its greeting. */
export function ownMetadata(session: IrcSession): string {
  const { member } = session;
  if (!member || !usesMetadata(session)) return "";
  const lines = member.metadata.entries().map(([key, value]) => valueLine(session, member.nick, key, value));
  return [...inBatch(session, `metadata ${member.nick}`, lines), ""].join("\r\n");
}

/** The part of a change that a session gets: all of its own member's changes, and of others the subscribed keys. */
export function subscribedPart<E extends EventOf<"metadata-changed" | "metadata-cleared">>(
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
