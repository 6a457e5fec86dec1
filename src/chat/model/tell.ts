import { fold } from "../../text/fold.ts";
import type { ChatEvent } from "./event.ts";
import type { Member } from "./member.ts";
import type { Room } from "./room.ts";
import type { Session } from "./session.ts";
import type { State } from "./state.ts";

/** Tells everyone in the room, and the session that caused it, wherever that is: each once. */
export function tellRoom(state: State, room: Room, event: ChatEvent): void {
  for (const crowd of room.crowds) crowd.tell(event);
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
  for (const session of state.watchers.get(fold(nick)) ?? []) session.seen(nick, present);
}
