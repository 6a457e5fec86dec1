import { type Folded, fold } from "../../text/fold.ts";
import type { Stream } from "./history.ts";
import type { Members } from "./members.ts";
import { type ServerMessage, senderOf } from "./server-message.ts";
import { type Model, note, type Step, step, withCurrent, withEntry, without } from "./state.ts";

/** Rooms and direct conversations as the user moves between them, their names and topics. */

/** A room that we are in. */
export interface ClientRoom {
  readonly name: string;
  readonly members: Members;
  readonly topic: string;
  /** Which answers to our JOIN are shown: all; if we rejoin the room, only a changed topic, or nothing. */
  readonly shown: "all" | "changes" | "nothing";
  /** We have rejoined it, and its history is requested once it is shown. */
  readonly isUnloaded: boolean;
  /** We were in it in the last run, and the server has not been reached yet in this one. */
  readonly isAwaited?: true;
  /** After a reconnect: the members before it, whose return is not shown until then. */
  readonly absent?: { readonly nicks: ReadonlySet<Folded>; readonly until: number };
}

/** A room that we asked to join, and whether it becomes the current room then. */
export interface PendingJoin {
  readonly name: string;
  readonly current: boolean;
  /** We rejoin the room: the join is not shown. */
  readonly isReturn?: true;
}

/** The longest name of a room, in characters; a longer one is no room of ours. */
export const ROOM_NAME = 200;

const TOPIC = 2000; // characters of a topic that are kept

/** The refusal of a command that needs a room, if we are in none. */
export const IN_NO_ROOM = "You are in no room; /join ROOM goes into one, and /rooms lists them.";

/** The refusal of a line without a command: we are no longer in the current room, or there is none. */
export function nowhereWords({ current }: Model): string {
  return current === undefined ? IN_NO_ROOM : `Not said: you are not in ${current}. /join ROOM goes into a room.`;
}

/** Whether a name is a room's, and not a nick. */
export function isRoomName(name: string): boolean {
  return /^[#&]/.test(name);
}

/** A room's name as the user typed it, with its `#`: `build` is `#build`. */
export function roomName(word: string): string {
  return isRoomName(word) ? word : `#${word}`;
}

/** The room named by the first word; of `a,b` the first. */
export function roomIn(words: string): string {
  return roomName(words.split(/[\s,]+/)[0] ?? "");
}

/** The room of a message to `target`: under its name as we know it; `undefined` if the target is a nick. */
export function roomOf(model: Model, target: string): string | undefined {
  return model.rooms.get(fold(target))?.name ?? (isRoomName(target) ? target : undefined);
}

/** The current room; `undefined` in a direct conversation or nowhere. */
export function currentRoom(model: Model): ClientRoom | undefined {
  return model.current === undefined ? undefined : model.rooms.get(model.current);
}

/** Makes a room the current one; `undefined` if we are not in it. */
export function goTo(model: Model, name: string, now: number): Step | undefined {
  const room = model.rooms.get(fold(name));
  return room && step(withCurrent(model, fold(name)), note("event", now, `Now in ${room.name}.`));
}

/** Closes the named direct conversation, or the current one if `words` is empty; `undefined` if there is none. */
export function closeTalk(model: Model, words: string): Step | undefined {
  const partner = words === "" ? model.current : fold(words.replace(/^@/, ""));
  if (partner === undefined || !model.partners.has(partner) || model.rooms.has(partner)) return undefined;
  return step(leaving({ ...model, partners: without(model.partners, partner) }, partner));
}

/** The model with a room that we asked to join; it becomes the current one once we are in it. */
export function awaitRoom(model: Model, name: string): Model {
  return { ...model, joining: withEntry(model.joining, fold(name), { name, current: true }) };
}

/** The model without a room that we left. If it was current, the place where the user was before becomes current. */
export function withoutRoom(model: Model, key: Folded): Model {
  return leaving(removedFrom(model, key), key);
}

/**
 * The model without a room that removed or refused us. It stays current, so that lines typed for it are not sent to
 * another room.
 */
export function removedFrom(model: Model, key: Folded): Model {
  model.rooms.get(key)?.members.clear();
  return { ...model, rooms: without(model.rooms, key) };
}

/** The model, whose rooms and partners no longer include `key`, with another current place if it was that one. */
function leaving(model: Model, key: Folded): Model {
  const { rooms, partners } = model;
  const visited = model.visited.filter((each) => each !== key);
  if (model.current !== key) return { ...model, visited };
  const before = visited.find((each) => rooms.has(each) || partners.has(each)) ?? [...rooms.keys()].at(-1);
  return { ...model, current: before, visited: visited.filter((each) => each !== before) };
}

/** TOPIC: someone set or removed a room's topic. */
export function onTopic(model: Model, message: ServerMessage, now: number): Step {
  const [name = "", topic = ""] = message.params;
  const nick = senderOf(message);
  if (!model.rooms.has(fold(name))) return step(model);
  const words = topic === "" ? `${nick} removed the topic of ${name}` : `${nick} set the topic of ${name}: ${topic}`;
  return step(withTopic(model, name, topic), note("event", now, words, name));
}

/** RPL_TOPIC. In a room that we rejoin, an unchanged topic is not shown again. */
export function onTopicReply(model: Model, message: ServerMessage, now: number): Step {
  const [, name = "", topic = ""] = message.params;
  const room = model.rooms.get(fold(name));
  if (room === undefined || (room.shown === "changes" && room.topic === topic)) return step(model);
  if (room.shown === "nothing") return step(withTopic(model, name, topic));
  return step(withTopic(model, name, topic), note("event", now, `The topic of ${name}: ${topic}`, name));
}

/** RPL_NOTOPIC. */
export function onNoTopic(model: Model, message: ServerMessage, now: number): Step {
  const name = message.params[1] ?? "";
  if (!model.rooms.has(fold(name))) return step(model);
  return step(withTopic(model, name, ""), note("event", now, `${name} has no topic.`, name));
}

function withTopic(model: Model, name: string, topic: string): Model {
  const key = fold(name);
  const room = model.rooms.get(key);
  if (room === undefined) return model;
  return { ...model, rooms: withEntry(model.rooms, key, { ...room, topic: topic.slice(0, TOPIC) }) };
}

/**
 * RENAME: a room of ours has a new name (IRCv3 draft/channel-rename). All that is known of the room moves to it.
 */
export function onRename(model: Model, { params }: ServerMessage, now: number): Step {
  const [before = "", to = "", why = ""] = params;
  const [from, key] = [fold(before), fold(to)];
  const room = model.rooms.get(from);
  const isValid = to !== "" && to.length <= ROOM_NAME && (key === from || !model.rooms.has(key));
  if (!room || !isValid) return step(model);
  const next: Model = {
    ...model,
    rooms: rekeyed(model.rooms, from, key, { ...room, name: to }),
    markers: rekeyed(model.markers, from, key),
    said: rekeyed(model.said, from, key),
    typists: rekeyed(model.typists, from, key),
    current: model.current === from ? key : model.current,
    visited: model.visited.map((each) => (each === from ? key : each)),
    arrivingNames: rekeyed(model.arrivingNames, from, key),
    streams: rekeyed(model.streams, from, key, renamedStream(model, from, to)),
    outbox: model.outbox.map((own) => (fold(own.target) === from ? { ...own, target: to } : own)),
  };
  const words = `${room.name} is ${to} now${why === "" ? "" : `: ${why}`}`;
  return step(next, { type: "room-renamed", from, to }, note("event", now, words, to));
}

function renamedStream({ streams }: Model, from: Folded, to: string): Stream | undefined {
  const stream = streams.get(from);
  return stream && { ...stream, name: to };
}

/** A map with one entry under a new key, at the same position, and with another value if one is given. */
function rekeyed<V>(
  map: ReadonlyMap<Folded, V>,
  from: Folded,
  to: Folded,
  value: V | undefined = map.get(from),
): ReadonlyMap<Folded, V> {
  if (value === undefined) return map;
  const others = [...map].filter(([key]) => key === from || key !== to);
  return new Map(others.map(([key, other]) => (key === from ? [to, value] : [key, other])));
}
