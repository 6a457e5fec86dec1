import { fold } from "../../text/fold.ts";
import type { Act } from "./act.ts";
import type { ChatEvent } from "./event.ts";
import type { Member } from "./member.ts";
import type { Refusal } from "./refusal.ts";
import type { Room } from "./room.ts";
import type { State } from "./state.ts";

/** The outcome of an act: something happened, it was refused, or all is so already. */
export type ActOutcome = "happened" | "refused" | "nothing";

/**
 * One attachment of someone to the chat. The chat cannot tell who speaks through it, nor how: a face implements it. The
 * chat calls these; each must return without acting on the chat itself, but for `Chat.submit`, which waits its turn.
 */
export interface Session {
  /** Unique on this server; its owner ends it by this. */
  readonly id: number;
  /** Whose session it is, from `entered` until `quit`; only the chat sets it. */
  member: Member | undefined;
  /** Tells this session alone: its own copy of what it caused, or what concerns no room as a whole. */
  tell(event: ChatEvent): void;
  /** Answers an act of this session with no. An act may be refused in part, and have an event too. */
  refuse(refusal: Refusal, act: Act): void;
  /** From now on the room's events come, through one of its groups. */
  follow(room: Room): void;
  unfollow(room: Room): void;
  /** What this session said could not be stored; it ends with that as its last words. */
  unstored(): void;
  /** The server tells it something of its own, which is no event of the chat: without a full stop. */
  notify(text: string): void;
  /** A nick that this session watches (`Chat.watch`) has come, or gone. */
  presenceChanged(nick: string, present: boolean): void;
  /** One who has a watched nick, and shares no room with this one, is away, back, or known by another name. */
  watchedChanged?(event: ChatEvent): void;
}

/** Those sessions in a room that see an event in the same form, so that it is rendered for all of them at once. */
export interface RenderGroup {
  /** Tells all but the session that caused the event: that one gets a copy of its own. */
  tell(event: ChatEvent): void;
}

/** Tells everyone in the room, and the session that caused it, wherever that is: each once. */
export function tellRoom(state: State, room: Room, event: ChatEvent): void {
  for (const group of room.renderGroups) group.tell(event);
  tellOrigin(state, event);
}

/** Tells the session that caused it. */
export function tellOrigin(state: State, event: ChatEvent): void {
  state.originOf(event)?.tell(event);
}

export function tellEach(sessions: Iterable<Session>, event: ChatEvent): void {
  for (const session of sessions) session.tell(event);
}

/** Tells these, and the session that caused it. */
export function tellAlso(state: State, sessions: Set<Session>, event: ChatEvent): void {
  const origin = state.originOf(event);
  if (origin) sessions.add(origin);
  tellEach(sessions, event);
}

/** The member's own sessions, and those of everyone who knows of the member from a room. */
export function neighboursOf(member: Member): Set<Session> {
  const sessions = new Set(member.sessions);
  for (const room of member.rooms) {
    if (!room.members.get(member)?.announced) continue;
    for (const other of room.members.keys()) {
      for (const session of other.sessions) sessions.add(session);
    }
  }
  return sessions;
}

/** Tells those who watch a nick that it has come, or gone. */
export function tellWatchers(state: State, nick: string, present: boolean): void {
  for (const session of state.watchers.get(fold(nick)) ?? []) session.presenceChanged(nick, present);
}
