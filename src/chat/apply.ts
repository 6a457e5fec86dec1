import { fold } from "../text/fold.ts";
import type { ChatEvent, EventOf, Who } from "./event.ts";
import { parseMask } from "./masks.ts";
import { Member } from "./member.ts";
import { isFlag, type ModeChange } from "./modes.ts";
import { Room } from "./room.ts";
import type { Session } from "./session.ts";
import { isLasting, openedRoom, type State } from "./state.ts";

/**
 * Changes the state as an event says, and tells the sessions concerned: the only place that does either. An event has
 * been checked; a member or a room that it names is there.
 */
export function apply(state: State, event: ChatEvent): void {
  switch (event.type) {
    case "entered":
      return applyEntered(state, event);
    case "joined":
      return applyJoined(state, event);
    case "appeared":
      return applyAppeared(state, event);
    case "left":
    case "kicked":
      return applyLeft(state, event);
    case "said":
    case "signalled":
      return applySaid(state, event);
    case "renamed":
      return applyRenamed(state, event);
    case "topic-set":
      return applyTopicSet(state, event);
    case "modes-changed":
      return applyModesChanged(state, event);
    case "invited":
      return applyInvited(state, event);
    case "away-set":
    case "realname-set":
      return applyProfile(state, event);
    case "quit":
      return applyQuit(state, event);
    default:
      event satisfies never;
  }
}

function applyEntered(state: State, event: EventOf<"entered">): void {
  const member = new Member(event.who, event.time);
  state.members.set(fold(event.who.nick), member);
  const session = event.origin?.session;
  if (session) {
    session.member = member;
    member.sessions.add(session);
    session.tell(event);
  }
  tellWatchers(state, event.who.nick, true);
}

function applyJoined(state: State, event: EventOf<"joined">): void {
  const member = state.member(event.who.nick);
  if (!member) return;
  const room = state.room(event.room) ?? openRoom(state, event);
  room.members.set(member, { ranks: new Set(event.rank ? [event.rank] : []), announced: !event.quietly });
  member.invitations.delete(room);
  member.rooms.add(room);
  if (event.quietly) event.origin?.session.tell(event);
  else tellRoom(room, event);
  for (const session of member.sessions) {
    if (session !== event.origin?.session) session.tell(event);
    session.follow(room);
  }
}

function openRoom(state: State, event: EventOf<"joined">): Room {
  const key = fold(event.room);
  const room = new Room(key, openedRoom(event.room, state.store.loadRoom(key), event.time, event.seq));
  state.rooms.set(key, room);
  state.store.saveRoom(key, room.record());
  return room;
}

function applyAppeared(state: State, event: EventOf<"appeared">): void {
  const room = state.room(event.room);
  const member = state.member(event.who.nick);
  const place = member && room?.members.get(member);
  if (!room || !place) return;
  place.announced = true;
  for (const crowd of room.crowds) crowd.tell(event);
}

function applyLeft(state: State, event: EventOf<"left" | "kicked">): void {
  const room = state.room(event.room);
  const member = state.member(event.who.nick);
  const place = member && room?.members.get(member);
  if (!room || !place) return;
  if (place.announced || event.type === "kicked") {
    tellRoom(room, event);
  } else {
    for (const session of member.sessions) session.tell(event);
  }
  removeFrom(state, room, member);
}

function removeFrom(state: State, room: Room, member: Member): void {
  for (const session of member.sessions) session.unfollow(room);
  room.members.delete(member);
  member.rooms.delete(room);
  if (room.members.size === 0 && !isLasting(room)) state.rooms.delete(room.key);
}

function applySaid(state: State, event: EventOf<"said" | "signalled">): void {
  const speaker = state.member(event.from.nick);
  if (speaker && event.type === "said") speaker.spoke = event.time;
  const room = event.inRoom ? state.room(event.to) : undefined;
  if (room) {
    if (event.type === "said") state.store.append(event);
    if (event.rank) tellRanks(room, event);
    else tellRoom(room, event);
    return;
  }
  const concerned = new Set<Session>(speaker?.sessions);
  for (const session of state.member(event.to)?.sessions ?? []) concerned.add(session);
  tellEach(concerned, event);
  // To oneself: the echo first, then what was sent.
  if (speaker && speaker === state.member(event.to)) {
    for (const session of speaker.sessions) session.tell({ ...event, origin: undefined });
  }
}

/** Tells those of the rank and above; and whoever said it. */
function tellRanks(room: Room, event: EventOf<"said" | "signalled">): void {
  const concerned = new Set<Session>();
  for (const [member, { ranks }] of room.members) {
    const hears = ranks.has("operator") || (event.rank === "voice" && ranks.has("voice"));
    if (hears) for (const session of member.sessions) concerned.add(session);
  }
  if (event.origin) concerned.add(event.origin.session);
  tellEach(concerned, event);
}

function applyRenamed(state: State, event: EventOf<"renamed">): void {
  const member = state.member(event.who.nick);
  if (!member) return;
  state.members.delete(fold(event.who.nick));
  state.members.set(fold(event.nick), member);
  member.who = { ...member.who, nick: event.nick };
  tellEach(neighboursOf(member), event);
  if (fold(event.who.nick) === fold(event.nick)) return;
  tellWatchers(state, event.who.nick, false);
  tellWatchers(state, event.nick, true);
}

function applyTopicSet(state: State, event: EventOf<"topic-set">): void {
  const room = state.room(event.room);
  if (!room) return;
  room.topic = event.topic === "" ? undefined : { text: event.topic, by: maskOf(event.by), at: event.time };
  state.store.saveRoom(room.key, room.record());
  tellRoom(room, event);
}

function applyModesChanged(state: State, event: EventOf<"modes-changed">): void {
  const room = state.room(event.room);
  if (!room) return;
  for (const change of event.changes) applyMode(state, room, change, event);
  room.wasPrivate ||= room.isPrivate;
  state.store.saveRoom(room.key, room.record());
  tellRoom(room, event);
}

function applyMode(state: State, room: Room, change: ModeChange, event: EventOf<"modes-changed">): void {
  if ("nick" in change) {
    const member = state.member(change.nick);
    const ranks = member && room.members.get(member)?.ranks;
    if (change.on) ranks?.add(change.mode);
    else ranks?.delete(change.mode);
  } else if ("mask" in change) {
    const list = room.lists[change.mode];
    const mask = parseMask(change.mask);
    const by = event.by ? maskOf(event.by) : "";
    if (!change.on) list.delete(fold(change.mask));
    else if (mask) list.set(fold(change.mask), { mask, by, at: event.time });
  } else if (change.mode === "key") {
    room.password = change.on ? change.key : undefined;
  } else if (change.mode === "limit") {
    room.limit = change.on ? change.limit : undefined;
  } else if (isFlag(change.mode)) {
    if (change.on) room.flags.add(change.mode);
    else room.flags.delete(change.mode);
  }
}

function applyInvited(state: State, event: EventOf<"invited">): void {
  const room = state.room(event.room);
  const member = state.member(event.nick);
  if (!room || !member) return;
  member.invitations.add(room);
  const concerned = new Set<Session>(member.sessions);
  if (event.origin) concerned.add(event.origin.session);
  // Those who could have invited know who else was.
  for (const [other, { ranks }] of room.members) {
    if (ranks.has("operator")) for (const session of other.sessions) concerned.add(session);
  }
  tellEach(concerned, event);
}

function applyProfile(state: State, event: EventOf<"away-set" | "realname-set">): void {
  const member = state.member(event.who.nick);
  if (!member) return;
  if (event.type === "away-set") member.away = event.text;
  else member.who = { ...member.who, realname: event.realname };
  tellEach(neighboursOf(member), event);
}

function applyQuit(state: State, event: EventOf<"quit">): void {
  const member = state.member(event.who.nick);
  if (!member) return;
  tellEach(neighboursOf(member), event);
  for (const room of member.rooms) removeFrom(state, room, member);
  state.members.delete(fold(member.nick));
  for (const session of member.sessions) session.member = undefined;
  tellWatchers(state, member.nick, false);
}

/** Tells everyone in the room, and the session that caused it, wherever that is: each once. */
function tellRoom(room: Room, event: ChatEvent): void {
  for (const crowd of room.crowds) crowd.tell(event);
  event.origin?.session.tell(event);
}

/** The member's own sessions, and those of everyone who knows of the member from a room. */
function neighboursOf(member: Member): Set<Session> {
  const sessions = new Set(member.sessions);
  for (const room of member.rooms) {
    if (!room.members.get(member)?.announced) continue;
    for (const other of room.members.keys()) {
      for (const session of other.sessions) sessions.add(session);
    }
  }
  return sessions;
}

function tellEach(sessions: Iterable<Session>, event: ChatEvent): void {
  for (const session of sessions) session.tell(event);
}

function tellWatchers(state: State, nick: string, present: boolean): void {
  for (const session of state.watchers.get(fold(nick)) ?? []) session.seen(nick, present);
}

/** `nick!user@host`, as masks see someone. */
export function maskOf(who: Who): string {
  return `${who.nick}!${who.user}@${who.host}`;
}
