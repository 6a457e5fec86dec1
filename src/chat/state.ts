import { type Folded, fold } from "../text/fold.ts";
import type { ChatLimits } from "./limits.ts";
import type { Member } from "./member.ts";
import { LOBBY } from "./names.ts";
import type { Room } from "./room.ts";
import type { Session } from "./session.ts";
import type { RoomRecord, Store } from "./store.ts";

/** Who and what is in the chat. Checks read it; only `apply` changes it. */
export class State {
  readonly members = new Map<Folded, Member>();
  readonly rooms = new Map<Folded, Room>();
  /** Who is to be told when a nick comes or goes. */
  readonly watchers = new Map<Folded, Set<Session>>();
  readonly limits: ChatLimits;
  readonly store: Store;

  constructor(limits: ChatLimits, store: Store) {
    this.limits = limits;
    this.store = store;
  }

  member(nick: string): Member | undefined {
    return this.members.get(fold(nick));
  }

  room(name: string): Room | undefined {
    return this.rooms.get(fold(name));
  }

  /** The room, if this one may know that it is there. */
  roomFor(member: Member | undefined, name: string): Room | undefined {
    const room = this.room(name);
    return room && (!room.isSecret || (member !== undefined && room.members.has(member))) ? room : undefined;
  }
}

/** What a room is like that is opened at `time`, given what is known of it from before. */
export function openedRoom(name: string, known: RoomRecord | undefined, time: number, seq: number): RoomRecord {
  const bare = { key: undefined, lists: { ban: [], exception: [], invitation: [] } };
  const visibleFrom = known === undefined ? 0 : known.wasPrivate ? seq : known.visibleFrom;
  return {
    ...bare,
    name,
    created: time,
    visibleFrom,
    topic: undefined,
    password: undefined,
    limit: undefined,
    wasPrivate: false,
    flags: ["members-only", "topic-locked"],
  };
}

/** Whether the room stays when its last member leaves. */
export function isLasting(room: Room): boolean {
  return room.key === fold(LOBBY);
}
