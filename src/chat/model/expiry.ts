import { fold } from "../../text/fold.ts";
import type { EntryRecord, RoomRecord, Store } from "../store.ts";
import type { NewEvent } from "./event.ts";
import type { ServerBan } from "./masks.ts";
import type { Member } from "./member.ts";
import { LISTS, type MaskChange } from "./modes.ts";
import type { Room } from "./room.ts";
import type { State } from "./state.ts";

/**
 * Things that end by themselves: a mask on a room's list that was set for a while, a ban of the server's, the wait for
 * a member whose last session was lost. Whoever sets one moves
 * `State.nextEnd` forward, so that nothing is looked through before something can be over; then only the rooms in which
 * a mask can be over are looked through.
 *
 * Ends are times of the steady clock, so setting the clock neither lifts a ban nor makes it longer. They are stored as
 * they are, and beside them what both clocks said: after a restart what remained then remains, but for the time that
 * the server was down.
 */

/** The readings of both clocks of a server at one moment, in milliseconds since 1970. */
export interface ClockReading {
  /** It may be set, forward and back. */
  readonly clock: number;
  /** It was the same when the server started, and only goes on since: durations are measured by it. */
  readonly steady: number;
}

/** By how much ends that were stored are later by the steady clock of this run. */
export function shiftOf(then: ClockReading, now: ClockReading): number {
  return now.steady - then.steady - Math.max(0, now.clock - then.clock);
}

/** Takes stored ends to the steady clock of this run. */
export function shiftEnds(store: Store, shift: number): void {
  if (shift === 0) return;
  for (const [key, record] of [...store.rooms()]) {
    const lists = shiftedLists(record, shift);
    if (lists) store.saveRoom(key, { ...record, lists });
  }
  for (const ban of [...store.bans()]) {
    if (ban.until !== undefined) store.saveBan(fold(ban.target), { ...ban, until: ban.until + shift });
  }
}

function shiftedLists({ lists }: RoomRecord, shift: number): RoomRecord["lists"] | undefined {
  if (!LISTS.some((name) => lists[name].some(({ until }) => until !== undefined))) return undefined;
  const shifted = (entries: readonly EntryRecord[]) =>
    entries.map((entry) => (entry.until === undefined ? entry : { ...entry, until: entry.until + shift }));
  return {
    ban: shifted(lists.ban),
    exception: shifted(lists.exception),
    invitation: shifted(lists.invitation),
  };
}

/** The bans of the whole server: those of masks, then those of addresses, each in their order. */
export function* serverBansOf({ bans, addressBans }: State): Generator<ServerBan, void> {
  for (const { ban } of bans.values()) yield ban;
  yield* addressBans.values();
}

/** When the next thing is over, of what is not by now; infinity where nothing ever is. */
export function nextEndOf(state: State, now: number): number {
  let next = Number.POSITIVE_INFINITY;
  for (const { until } of serverBansOf(state)) next = Math.min(next, until ?? next);
  for (const room of state.timedRooms) {
    if (room.nextEnd <= now) room.nextEnd = firstEndIn(room);
    if (room.nextEnd === Number.POSITIVE_INFINITY) state.timedRooms.delete(room);
    next = Math.min(next, room.nextEnd);
  }
  // They are all held for as long: the first is the first to go.
  for (const until of state.held.values()) return Math.min(next, until);
  return next;
}

/** A member without a session is waited for until then. */
export function hold(state: State, member: Member, until: number): void {
  state.held.set(member, until);
  state.nextEnd = Math.min(state.nextEnd, until);
}

/** When the first of a room's masks is over; infinity where none ever is. */
export function firstEndIn({ lists }: Pick<Room, "lists">): number {
  let next = Number.POSITIVE_INFINITY;
  for (const list of LISTS) for (const { until } of lists[list].values()) next = Math.min(next, until ?? next);
  return next;
}

/** A mask on a room's list ends by itself. */
export function endsAt(state: State, room: Room, until: number): void {
  room.nextEnd = Math.min(room.nextEnd, until);
  state.timedRooms.add(room);
  state.nextEnd = Math.min(state.nextEnd, until);
}

/** What is over by a time, as what happens then: the server lifts it. */
export function endsBy(state: State, time: number): readonly NewEvent[] {
  const ends: NewEvent[] = [];
  for (const { kind, target, until } of serverBansOf(state)) {
    if (until !== undefined && until <= time) ends.push({ type: "ban-lifted", by: undefined, kind, target });
  }
  for (const room of state.timedRooms) {
    if (room.nextEnd > time) continue;
    const changes = masksOver(room, time);
    if (changes.length > 0) ends.push({ type: "modes-changed", by: undefined, room: room.name, changes });
  }
  for (const [{ who }, until] of state.held) {
    if (until > time) break;
    ends.push({ type: "quit", who, reason: "Connection lost" });
  }
  return ends;
}

function masksOver(room: Room, time: number): readonly MaskChange[] {
  return LISTS.flatMap((mode) =>
    [...room.lists[mode].values()]
      .filter(({ until }) => until !== undefined && until <= time)
      .map(({ mask, whom }) => ({ mode, on: false, mask: mask.text, whom })),
  );
}
