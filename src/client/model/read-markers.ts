import { type Folded, fold } from "../../text/fold.ts";
import { withHeldCounted } from "./history.ts";
import { Members } from "./members.ts";
import { withPartner } from "./outbox.ts";
import { awaitRoom, type ClientRoom, isRoomName, withoutRoom } from "./rooms.ts";
import type { ServerMessage, ServerTags } from "./server-message.ts";
import {
  andThen,
  type ClientMemory,
  currentName,
  type Effect,
  eachThen,
  LINKED,
  type Model,
  note,
  type Step,
  same,
  send,
  step,
  type UnreadNumbers,
  withEntry,
  without,
} from "./state.ts";

/**
 * How far we have read: in each room and conversation the time of the last message read (IRCv3 draft/read-marker). The
 * server keeps the markers of accounts, and sends them to all sessions of the account; a guest's are kept by the client.
 * A server with `tcpchat/rooms` puts us back in our rooms at login, and sends unread counts.
 */

/** The capability of servers that keep read markers. */
export const READ_MARKER = "draft/read-marker";

/** The capability of servers that keep the rooms of accounts. */
export const ROOMS = "tcpchat/rooms";

/** A server's count of this many means that there are more than 999. */
export const MOST_UNREAD = 1000;

const MARKERS = 1000; // the most that are kept

/** MARKREAD: how far a room or conversation is read, and with `tcpchat/rooms` how many later messages are unread. */
export function onMarkRead(model: Model, { params, tags }: ServerMessage): Step {
  const [target = "", stamp = ""] = params;
  const unread = unreadIn(tags);
  const key = fold(target);
  const isTalk = !isRoomName(target);
  if (isTalk ? target === "" || same(target, model.nick) : !model.rooms.has(key)) return step(model);
  const known = isTalk && unread !== undefined ? withPartner(model, target) : model;
  const told = stamp.startsWith("timestamp=") ? Date.parse(stamp.slice("timestamp=".length)) : Number.NaN;
  const mine = model.markers.get(key);
  // After a reconnect, the server does not know a guest's markers.
  if (mine !== undefined && Number.isNaN(told) && model.account === undefined)
    return step(known, sendMarker(target, mine));
  const upTo = Number.isNaN(told) ? mine : told;
  const marked = upTo === undefined ? known : withMarker(known, key, upTo);
  const next = unread ? withHeldCounted(marked, target) : marked;
  return step(next, { type: "read", target, upTo, ...(unread ? { unread } : {}) });
}

/** The effect that shows how far the last run had read a room, if the server has no read markers. */
export function rememberedMarker({ caps, markers }: Model, name: string): readonly Effect[] {
  const upTo = caps.has(READ_MARKER) ? undefined : markers.get(fold(name));
  return upTo === undefined ? [] : [{ type: "read", target: name, upTo }];
}

/** The counts in the tags of a MARKREAD. */
function unreadIn(tags: ServerTags): UnreadNumbers | undefined {
  const count = tags.get("tcpchat/unread") ?? "";
  const mentions = tags.get("tcpchat/mentions") ?? "";
  if (!/^\d{1,6}$/.test(count)) return undefined;
  return { count: Number(count), mentions: Number(/^\d{1,6}$/.test(mentions) ? mentions : 0) };
}

/** The user has read a room or conversation up to this time: tells the server, which tells our other sessions. */
export function markRead(model: Model, target: string, upTo: number): Step {
  const key = fold(target);
  if (upTo <= (model.markers.get(key) ?? 0)) return step(model);
  const next = withMarker(model, key, upTo);
  // A guest's markers are sent only to tcpchat servers, which use them to count unread messages.
  const isKept = model.caps.has(READ_MARKER) && (model.account !== undefined || model.caps.has(ROOMS));
  return isKept && model.phase === "here" ? step(next, sendMarker(target, upTo)) : step(next);
}

function sendMarker(target: string, upTo: number) {
  return send("MARKREAD", target, `timestamp=${new Date(upTo).toISOString()}`);
}

function withMarker(model: Model, key: Folded, upTo: number): Model {
  const [oldest] = model.markers.keys();
  const isFull = model.markers.size >= MARKERS && !model.markers.has(key) && oldest !== undefined;
  const markers = isFull ? without(model.markers, oldest) : model.markers;
  return { ...model, markers: withEntry(markers, key, upTo) };
}

/**
 * `NOTE ROOMS RESTORED missing… :words`: the server has put us back in our rooms. Rooms of ours without a JOIN are
 * removed: we were kicked, or left them in another session. Rooms in `missing` no longer exist, and are created again.
 */
export function onRestored(model: Model, { params }: ServerMessage, now: number): Step {
  if (model.restoring === undefined) return step(model);
  const missing = new Set(params.slice(2, -1).map(fold));
  const rest = [...model.restoring];
  const done = eachThen({ ...model, restoring: undefined }, rest, (next, key) => {
    const room = next.rooms.get(key);
    if (room === undefined) return step(next);
    if (missing.has(key)) return rejoin(next, room.name);
    return step(withoutRoom(next, key), note("event", now, `You are not in ${room.name} any more.`, room.name));
  });
  return andThen(done, (next) => goHome(next));
}

/** Once our rooms are known: if we are not in the current room, goes to another; if we are in none, joins the home room. */
export function goHome(model: Model): Step {
  const { current, rooms, partners, joining } = model;
  const { home } = model.identity;
  if (rooms.size === 0 && joining.size === 0 && home !== undefined)
    return step(awaitRoom(model, home), send("JOIN", home));
  const isThere = current !== undefined && (rooms.has(current) || partners.has(current) || joining.has(current));
  return step(isThere ? model : { ...model, current: rooms.keys().next().value });
}

/**
 * The model if the server cannot be reached at the start: shows the rooms of the last run, as after a lost connection, so
 * that messages typed now wait for the connection.
 */
export function awaitServer(model: Model): Model {
  const { home } = model.identity;
  const isNowhere = model.joining.size === 0 && model.partners.size === 0 && home !== undefined;
  const next = isNowhere ? awaitRoom(model, home) : model;
  const rooms = new Map(next.rooms);
  for (const [key, { name }] of next.joining) if (name !== LINKED) rooms.set(key, awaitedRoom(next, name));
  const asked = [...next.joining].find(([key, { current }]) => current && rooms.has(key))?.[0];
  const isThere = next.current !== undefined && (rooms.has(next.current) || next.partners.has(next.current));
  return { ...next, rooms, current: asked ?? (isThere ? next.current : rooms.keys().next().value) };
}

function awaitedRoom({ nameBudget }: Model, name: string): ClientRoom {
  return { name, members: new Members(nameBudget), topic: "", shown: "nothing", isUnloaded: true, isAwaited: true };
}

function rejoin(model: Model, name: string): Step {
  const joining = withEntry(model.joining, fold(name), { name, current: false, isReturn: true as const });
  return step({ ...model, joining }, send("JOIN", name));
}

/** The state that is remembered for the next run. */
export function memoryOf(model: Model): ClientMemory {
  const { rooms, joining, partners, markers } = model;
  const names = [
    ...rooms.values(),
    ...[...joining.values()].filter(({ name }) => name !== LINKED && !rooms.has(fold(name))),
  ];
  const current = currentName(model);
  return { rooms: names.map(({ name }) => name), partners: [...partners.values()], current, markers };
}

/** Whether nothing that is remembered has changed from one model to the next. */
export function isSameMemory(before: Model, after: Model): boolean {
  const { rooms, partners, current, markers } = after;
  const isSamePlaces = rooms === before.rooms && partners === before.partners && current === before.current;
  return isSamePlaces && markers === before.markers;
}
