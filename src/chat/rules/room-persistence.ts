import { fold } from "../../text/fold.ts";
import type { AccountId } from "../model/account.ts";
import type { EventOf } from "../model/event.ts";
import { LOBBY } from "../model/names.ts";
import { Room } from "../model/room.ts";
import { isLasting, isLobby, openedRoom, type State } from "../model/state.ts";
import type { StoredRoomEvent } from "../store.ts";
import { endTokensIn } from "./tokens.ts";

/**
 * Storing rooms. Joins and leaves alone store nothing: neither in a room without messages, nor in one that is opened
 * again and stays without new messages. Of the events between two messages, the first `QUOTA` are stored at once; of the
 * rest the newest `PENDING` are held in memory and stored with the next message.
 */

const QUOTA = 100; // events stored at once after each message
const PENDING = 16; // further events held in memory until the next message

/** Makes the room of a join. An earlier room of this name may have a stored history; its record says what stays hidden. */
export function openRoom(state: State, { room: name, time, seq, who, opens }: EventOf<"joined">): Room {
  if (opens === "counted") state.newRooms.add(who.host);
  const key = fold(name);
  const known = state.store.loadRoom(key);
  const room = new Room(key, openedRoom(name, known, time, seq), state.store.hasMessages(key));
  state.addRoom(room);
  if (known) saveRoom(state, room);
  return room;
}

/** Loads or makes the lobby. */
export function openLobby(state: State, time: number): void {
  const key = fold(LOBBY);
  const known = state.store.loadRoom(key);
  const record = known ?? { ...openedRoom(LOBBY, undefined, time, 0), flags: ["members-only" as const] };
  const room = new Room(key, record, state.store.hasMessages(key));
  if (room.hasMessages) room.quota = QUOTA;
  state.addRoom(room);
  if (!known) saveRoom(state, room);
}

/** Loads the stored rooms that have an operator with an account, except the lobby. Deletes records that are not needed. */
export function restoreRooms(state: State): void {
  const removed = new Set(state.store.removedAccounts()); // possibly removed while no server was running
  // In the order in which they were made, as before the restart: rooms are told of events, and counted, in this order.
  const records = [...state.store.rooms()].sort(([, a], [, b]) => (a.seq ?? 0) - (b.seq ?? 0) || a.created - b.created);
  for (const [key, record] of records) {
    const room = new Room(key, record, state.store.hasMessages(key));
    if (isLobby(room)) continue;
    for (const account of room.ranks.keys()) if (removed.has(account)) room.ranks.delete(account);
    for (const account of room.invited.keys()) if (removed.has(account)) room.invited.delete(account);
    const [account] = room.ranks.keys().filter((id) => room.ranks.get(id)?.has("operator"));
    if (account !== undefined) {
      if (room.hasMessages) room.quota = QUOTA;
      state.addRoom(room);
      keepEmptyRoom(state, room, account);
    } else if (!mustPersist(room)) state.store.removeRoom(key);
  }
}

/** Stops counting a room as empty and kept for an account: it has a member again, or is deleted. */
export function reopenRoom(state: State, room: Room): void {
  const account = room.keptFor;
  if (account === undefined) return;
  room.keptFor = undefined;
  const rest = (state.emptyRoomsKept.get(account) ?? 1) - 1;
  if (rest > 0) state.emptyRoomsKept.set(account, rest);
  else state.emptyRoomsKept.delete(account);
}

/**
 * Closes a room that has lost its last member. It is kept if an account that operates it has not reached the limit of
 * kept rooms; otherwise it is removed, and a new room of this name has none of its modes.
 */
export function closeRoom(state: State, room: Room): void {
  reopenRoom(state, room);
  if (isLobby(room)) return;
  const limit = state.limits.roomsPerAccount;
  const operators = [...room.ranks].flatMap(([account, ranks]) => (ranks.has("operator") ? [account] : []));
  const account = operators.find((id) => limit === 0 || (state.emptyRoomsKept.get(id) ?? 0) < limit);
  if (account !== undefined) return keepEmptyRoom(state, room, account);
  room.ranks.clear();
  state.removeRoom(room);
  endTokensIn(state, room);
  state.store.dropMemberships(room.key);
  saveRoom(state, room);
}

/** Keeps an empty room for an account, and counts it. */
export function keepEmptyRoom(state: State, room: Room, account: AccountId): void {
  room.keptFor = account;
  state.emptyRoomsKept.set(account, (state.emptyRoomsKept.get(account) ?? 0) + 1);
}

/** Stores a room's record if it is needed later; otherwise deletes it. */
export function saveRoom(state: State, room: Room): void {
  if (mustPersist(room)) state.store.saveRoom(room.key, room.record());
  else if (state.store.loadRoom(room.key)) state.store.removeRoom(room.key);
}

/** Stores a room's message or signal, after the pending events. */
export function storeRoomMessage(state: State, room: Room, event: EventOf<"said" | "signalled">): void {
  state.store.append(room.key, event, room.key);
  if (state.store.isDown) return;
  for (const pending of room.pendingEvents.splice(0)) state.store.appendEvent(room.key, pending);
  room.quota = QUOTA;
  if (room.hasMessages) return;
  room.hasMessages = true;
  saveRoom(state, room);
}

/** Stores an event of a room, or beyond the quota holds it in memory. Does nothing if the room keeps no history. */
export function storeRoomEvent(state: State, room: Room, event: StoredRoomEvent): void {
  if (room.keeps === 0) return;
  if (room.quota > 0) {
    room.quota--;
    return state.store.appendEvent(room.key, event);
  }
  room.pendingEvents.push({ ...event, origin: undefined });
  if (room.pendingEvents.length > PENDING) room.pendingEvents.shift();
}

/** Deletes the messages and events of a room. */
export function forgetHistory(state: State, room: Room): void {
  room.pendingEvents.length = 0;
  room.quota = 0;
  if (!room.hasMessages) return;
  room.hasMessages = false;
  state.store.dropPlace(room.key);
}

/** Updates rooms whose last message was deleted by retention, and deletes their records if these are not needed. */
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

/** Whether a record is needed: an account operates the room, or a part of its history is hidden or ends earlier. */
function mustPersist(room: Room): boolean {
  const isSpecial = room.wasPrivate || room.visibleFrom > 0 || room.keeps !== undefined;
  return isLasting(room) || (room.hasMessages && isSpecial);
}
