import { fold } from "../../text/fold.ts";
import type { BanStore, EntryRecord, RoomRecord, RoomStore } from "../store.ts";
import type { NewEvent } from "./event.ts";
import type { ServerBan } from "./masks.ts";
import type { Member } from "./member.ts";
import { LISTS, type MaskChange } from "./modes.ts";
import type { Room } from "./room.ts";
import type { State } from "./state.ts";

/**
 * Expiry of room masks, of bans of the whole server, and of held members: a member whose last session was lost is held,
 * without a session, until its time is over. Nothing is scanned before `State.nextEnd`, which each new end lowers; then
 * only the rooms in `State.timedRooms` are.
 *
 * An end is a time of the steady clock in milliseconds, so setting the clock neither lifts a ban nor extends it. Ends are
 * stored together with a reading of both clocks: after a restart, a ban keeps its remaining time, less the downtime.
 */

/** The readings of both clocks of a server at one moment, in milliseconds since 1970. */
export interface ClockReading {
  /** May be set forward and back. */
  readonly clock: number;
  /** Monotonic, equal to `clock` when the server started: durations are measured by it. */
  readonly steady: number;
}

/** The milliseconds to add to ends that were stored at `then`, to get times of this run's steady clock. */
export function shiftOf(then: ClockReading, now: ClockReading): number {
  return now.steady - then.steady - Math.max(0, now.clock - then.clock);
}

/** Moves all stored ends by `shift` milliseconds. */
export function shiftEnds(store: RoomStore & BanStore, shift: number): void {
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

/** The bans of the whole server: masks, then addresses, each in the order in which they were set. */
export function* serverBansOf({ bans, addressBans }: State): Generator<ServerBan, void> {
  for (const { ban } of bans.values()) yield ban;
  yield* addressBans.values();
}

/** The first end after `now`; infinity if there is none. Drops rooms from `State.timedRooms` that have no end any more. */
export function nextEndOf(state: State, now: number): number {
  let next = Number.POSITIVE_INFINITY;
  for (const { until } of serverBansOf(state)) next = Math.min(next, until ?? next);
  for (const room of state.timedRooms) {
    if (room.nextEnd <= now) room.nextEnd = firstEndIn(room);
    if (room.nextEnd === Number.POSITIVE_INFINITY) state.timedRooms.delete(room);
    next = Math.min(next, room.nextEnd);
  }
  for (const until of state.held.values()) next = Math.min(next, until);
  return next;
}

/** Keeps a member without a session in the chat until a time. */
export function hold(state: State, member: Member, until: number): void {
  state.held.set(member, until);
  state.nextEnd = Math.min(state.nextEnd, until);
}

/** The first end of a room's masks; infinity if none expires. */
export function firstEndIn({ lists }: Pick<Room, "lists">): number {
  let next = Number.POSITIVE_INFINITY;
  for (const list of LISTS) for (const { until } of lists[list].values()) next = Math.min(next, until ?? next);
  return next;
}

/** Notes that a mask on a room's list ends at a time. */
export function registerEnd(state: State, room: Room, until: number): void {
  room.nextEnd = Math.min(room.nextEnd, until);
  state.timedRooms.add(room);
  state.nextEnd = Math.min(state.nextEnd, until);
}

/** The events that end everything that has expired at a time: bans, masks, held members. */
export function expiryEvents(state: State, time: number): readonly NewEvent[] {
  const ends: NewEvent[] = [];
  for (const { kind, target, until } of serverBansOf(state)) {
    if (until !== undefined && until <= time) ends.push({ type: "ban-lifted", by: undefined, kind, target });
  }
  for (const room of timedRoomsOf(state)) {
    if (room.nextEnd > time) continue;
    const changes = expiredMasks(room, time);
    if (changes.length > 0) ends.push({ type: "modes-changed", by: undefined, room: room.name, changes });
  }
  const lost = [...state.held].filter(([, until]) => until <= time);
  for (const [{ who }] of lost.sort(([a, one], [b, other]) => one - other || a.id - b.id))
    ends.push({ type: "quit", who, reason: "Connection lost" });
  return ends;
}

/** The rooms with a mask that expires, in an order that does not depend on when it was set. */
function timedRoomsOf({ timedRooms }: State): readonly Room[] {
  return [...timedRooms].sort(({ key: one }, { key: other }) => (one < other ? -1 : 1));
}

function expiredMasks(room: Room, time: number): readonly MaskChange[] {
  return LISTS.flatMap((mode) =>
    [...room.lists[mode].values()]
      .filter(({ until }) => until !== undefined && until <= time)
      .map(({ mask, whom }) => ({ mode, on: false, mask: mask.text, whom })),
  );
}
