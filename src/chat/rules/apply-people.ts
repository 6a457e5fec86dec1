import { fold } from "../../text/fold.ts";
import { sideOf } from "../conversation.ts";
import type { EventOf } from "../model/event.ts";
import { Member } from "../model/member.ts";
import type { Room } from "../model/room.ts";
import type { State } from "../model/state.ts";
import { neighboursOf, tellEach, tellWatchers } from "../model/tell.ts";
import { TRAITS } from "../model/traits.ts";
import type { Happened } from "../store.ts";
import { closeRoom, keepHappened } from "./kept-rooms.ts";

/** `apply` for what happens to someone, and not to a room. */

export function applyEntered(state: State, event: EventOf<"entered">): void {
  if (event.guest !== undefined) state.guests = event.guest;
  const member = new Member(event.who, event.time, state.now);
  member.takesSide(sideOf(event.who), event.seq);
  state.addMember(member);
  const session = state.originOf(event);
  if (session) {
    session.member = member;
    member.sessions.add(session);
    session.tell(event);
  }
  tellWatchers(state, event.who.nick, true);
}

export function applyRenamed(state: State, event: EventOf<"renamed">): void {
  const member = state.member(event.who.nick);
  if (!member) return;
  state.removeMember(member);
  member.who = { ...member.who, nick: event.nick };
  member.takesSide(sideOf(member.who), event.seq);
  state.addMember(member);
  noteAround(state, member, event);
  tellEach(neighboursOf(member), event);
  if (fold(event.who.nick) === fold(event.nick)) return;
  tellWatchers(state, event.who.nick, false);
  tellWatchers(state, event.nick, true);
}

/** Whoever shares a room is told, and whoever watches the nick may learn of it. */
export function applyProfile(state: State, event: EventOf<"away-set" | "realname-set" | "account-set">): void {
  const member = state.member(event.who.nick);
  if (!member) return;
  if (event.type === "away-set") member.away = event.text;
  else if (event.type === "realname-set") member.who = { ...member.who, realname: event.realname };
  else state.logIn(member, event.account);
  member.takesSide(sideOf(member.who), event.seq);
  const neighbours = neighboursOf(member);
  tellEach(neighbours, event);
  for (const session of state.watchers.get(fold(member.nick)) ?? []) {
    if (!neighbours.has(session)) session.glimpse?.(event);
  }
}

export function applyTraits(state: State, event: EventOf<"traits-changed">): void {
  const member = state.member(event.who.nick);
  if (!member) return;
  for (const { trait, on } of event.changes) {
    if (on) member.traits.add(trait);
    else member.traits.delete(trait);
    if (on) state.having[trait].add(member);
    else state.having[trait].delete(member);
    if (trait === "operator") member.operatesAs = on ? event.as : undefined;
    if (trait === "bot") member.who = { ...member.who, bot: on };
  }
  tellEach(member.sessions, event);
}

export function applyAnnounced(state: State, event: EventOf<"announced">): void {
  for (const member of state.having.announcements) tellEach(member.sessions, event);
}

export function applyGone(state: State, event: EventOf<"quit" | "expelled">): void {
  const member = state.member(event.who.nick);
  if (!member) return;
  noteAround(state, member, event.type === "quit" ? event : { ...event, type: "quit" });
  tellEach(neighboursOf(member), event);
  for (const room of member.rooms) removeFrom(state, room, member, event.seq);
  state.held.delete(member);
  state.removeMember(member);
  for (const trait of TRAITS) state.having[trait].delete(member);
  for (const session of member.sessions) state.release(session);
  tellWatchers(state, member.nick, false);
}

/** Takes someone out of a room by an event; the room may go with its last member. */
export function removeFrom(state: State, room: Room, member: Member, seq: number): void {
  for (const session of member.sessions) {
    session.unfollow(room);
    state.noteLeft(session, member, room, seq);
  }
  if (room.members.delete(member) && room.members.size === 0) state.inhabited--;
  member.rooms.delete(room);
  if (room.members.size === 0) closeRoom(state, room);
}

/** Keeps what someone did in the past of every room where they are known to be. */
function noteAround(state: State, member: Member, event: Happened): void {
  for (const room of member.rooms) if (room.members.get(member)?.announced) keepHappened(state, room, event);
}
