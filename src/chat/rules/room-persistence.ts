import { fold } from "../../text/fold.ts";
import type { AccountId } from "../model/account.ts";
import type { EventOf } from "../model/event.ts";
import { LOBBY } from "../model/names.ts";
import { Room } from "../model/room.ts";
import { isLasting, isLobby, openedRoom, type State } from "../model/state.ts";
import type { StoredEvent } from "../store.ts";

/**
 * The part of rooms that the store keeps. A room in which nothing was said leaves no trace, however many come and go,
 * nor does a silent visit to one that was left. Of what happens between two messages the first is kept at once; of the
 * rest the latest is remembered, and kept once something is said.
 */

const KEPT = 100; // events after a message
const REMEMBERED = 16; // further events, until the next one

/** Opens a room that nobody is in. */
export function openRoom(state: State, { room: name, time, seq, who, opens }: EventOf<"joined">): Room {
  if (opens === "counted") state.newRooms.add(who.host);
  const key = fold(name);
  const known = state.store.loadRoom(key);
  const room = new Room(key, openedRoom(name, known, time, seq), state.store.hasMessages(key));
  state.addRoom(room);
  if (known) saveRoom(state, room);
  return room;
}

/** Opens the room that belongs to the server's operators. */
export function openLobby(state: State, time: number): void {
  const key = fold(LOBBY);
  const known = state.store.loadRoom(key);
  const record = known ?? { ...openedRoom(LOBBY, undefined, time, 0), flags: ["members-only" as const] };
  const room = new Room(key, record, state.store.hasMessages(key));
  if (room.hasMessages) room.quota = KEPT;
  state.addRoom(room);
  if (!known) saveRoom(state, room);
}

/** Opens the rooms that outlast their members, but for the lobby, and forgets what else was left of rooms. */
export function restoreRooms(state: State): void {
  const removed = new Set(state.store.removedAccounts()); // while no server ran, perhaps
  // In the order in which they were opened, as they were before: it decides what is told first, and what stays.
  const records = [...state.store.rooms()].sort(
    ([, one], [, other]) => (one.seq ?? 0) - (other.seq ?? 0) || one.created - other.created,
  );
  for (const [key, record] of records) {
    const room = new Room(key, record, state.store.hasMessages(key));
    if (isLobby(room)) continue;
    for (const account of room.ranks.keys()) if (removed.has(account)) room.ranks.delete(account);
    for (const account of room.invited.keys()) if (removed.has(account)) room.invited.delete(account);
    const [account] = room.ranks.keys().filter((one) => room.ranks.get(one)?.has("operator"));
    if (account !== undefined) {
      if (room.hasMessages) room.quota = KEPT;
      state.addRoom(room);
      leaveBehind(state, room, account);
    } else if (!mustPersist(room)) state.store.removeRoom(key);
  }
}

/** Someone is in a room again that had been left. */
export function reopenRoom(state: State, room: Room): void {
  const account = room.leftBy;
  if (account === undefined) return;
  room.leftBy = undefined;
  const rest = (state.roomsLeft.get(account) ?? 1) - 1;
  if (rest > 0) state.roomsLeft.set(account, rest);
  else state.roomsLeft.delete(account);
}

/**
 * Nobody is in a room any more. It stays as one of those that an account leaves behind, if one that operates it may
 * leave another; or else it goes, and whoever opens it again finds it without its modes.
 */
export function closeRoom(state: State, room: Room): void {
  reopenRoom(state, room);
  if (isLobby(room)) return;
  const limit = state.limits.roomsPerAccount;
  const operators = [...room.ranks].flatMap(([account, ranks]) => (ranks.has("operator") ? [account] : []));
  const account = operators.find((one) => limit === 0 || (state.roomsLeft.get(one) ?? 0) < limit);
  if (account !== undefined) return leaveBehind(state, room, account);
  room.ranks.clear();
  state.removeRoom(room);
  saveRoom(state, room);
}

function leaveBehind(state: State, room: Room, account: AccountId): void {
  room.leftBy = account;
  state.roomsLeft.set(account, (state.roomsLeft.get(account) ?? 0) + 1);
}

/** Keeps what a room is, if it may be opened again and this has to be known then. */
export function saveRoom(state: State, room: Room): void {
  if (mustPersist(room)) state.store.saveRoom(room.key, room.record());
  else if (state.store.loadRoom(room.key)) state.store.removeRoom(room.key);
}

/** Keeps what was said in a room. */
export function storeRoomMessage(state: State, room: Room, event: EventOf<"said">): void {
  state.store.append(room.key, event, room.key);
  if (state.store.isDown) return;
  for (const earlier of room.pendingEvents.splice(0)) state.store.appendEvent(room.key, earlier);
  room.quota = KEPT;
  if (room.hasMessages) return;
  room.hasMessages = true;
  saveRoom(state, room);
}

/** Keeps what happened in a room besides talk. */
export function storeRoomEvent(state: State, room: Room, event: StoredEvent): void {
  if (room.quota > 0) {
    room.quota--;
    return state.store.appendEvent(room.key, event);
  }
  room.pendingEvents.push({ ...event, origin: undefined });
  if (room.pendingEvents.length > REMEMBERED) room.pendingEvents.shift();
}

/** Of some rooms nothing that was said is left: nor need anything else be. */
export function forgetEmptyHistories(state: State): void {
  for (const key of state.store.takeEmptyPlaces()) {
    if (state.store.hasMessages(key)) continue;
    const room = state.room(key);
    const record = room ? undefined : state.store.loadRoom(key);
    if (room) {
      room.hasMessages = false;
      room.quota = 0;
    }
    const known = room ?? (record && new Room(key, record, false));
    if (known) saveRoom(state, known);
  }
}

/** Someone operates it who may come back; or some of its past is hidden. */
function mustPersist(room: Room): boolean {
  return isLasting(room) || (room.hasMessages && (room.wasPrivate || room.visibleFrom > 0));
}
