import { fold } from "../../text/fold.ts";
import type { AccountId } from "../model/account.ts";
import type { EventOf } from "../model/event.ts";
import { LOBBY } from "../model/names.ts";
import { Room } from "../model/room.ts";
import { isLasting, isLobby, openedRoom, type State } from "../model/state.ts";
import type { StoredRoomEvent } from "../store.ts";
import { endTokensIn } from "./tokens.ts";

/**
 * Storing rooms. A room without messages leaves nothing in the store, however many members join and leave it;
 * nor do silent visits to a room that was left. Of the events between two messages, the first `QUOTA` are stored at once;
 * of the rest the newest `PENDING` are held in memory and stored with the next message.
 */

const QUOTA = 100; // events stored after a message
const PENDING = 16; // further events held in memory until the next message

/** Makes the room of a join; what the store knows of an earlier room of this name decides what stays hidden. */
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

/** Loads the stored rooms that have an operator with an account, except the lobby; deletes records without use. */
export function restoreRooms(state: State): void {
  const removed = new Set(state.store.removedAccounts()); // possibly removed while no server was running
  // In the order of their making, as before the restart: it decides in which order rooms are told and kept.
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
      keepFor(state, room, account);
    } else if (!mustPersist(room)) state.store.removeRoom(key);
  }
}

/** Uncounts an empty room that has a member again, or is deleted. */
export function reopenRoom(state: State, room: Room): void {
  const account = room.leftBy;
  if (account === undefined) return;
  room.leftBy = undefined;
  const rest = (state.roomsLeft.get(account) ?? 1) - 1;
  if (rest > 0) state.roomsLeft.set(account, rest);
  else state.roomsLeft.delete(account);
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
  const account = operators.find((id) => limit === 0 || (state.roomsLeft.get(id) ?? 0) < limit);
  if (account !== undefined) return keepFor(state, room, account);
  room.ranks.clear();
  state.removeRoom(room);
  endTokensIn(state, room);
  state.store.dropMemberships(room.key);
  saveRoom(state, room);
}

/** Keeps an empty room for an account, and counts it. */
export function keepFor(state: State, room: Room, account: AccountId): void {
  room.leftBy = account;
  state.roomsLeft.set(account, (state.roomsLeft.get(account) ?? 0) + 1);
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

/** Stores an event of a room that keeps any, or holds it in memory beyond the quota. */
export function storeRoomEvent(state: State, room: Room, event: StoredRoomEvent): void {
  if (room.keeps === 0) return;
  if (room.quota > 0) {
    room.quota--;
    return state.store.appendEvent(room.key, event);
  }
  room.pendingEvents.push({ ...event, origin: undefined });
  if (room.pendingEvents.length > PENDING) room.pendingEvents.shift();
}

/** Deletes what was said and what happened in a room: nobody can read it any more. */
export function forgetHistory(state: State, room: Room): void {
  room.pendingEvents.length = 0;
  room.quota = 0;
  if (!room.hasMessages) return;
  room.hasMessages = false;
  state.store.dropPlace(room.key);
}

/** Updates the rooms whose last message was deleted by retention: their records may go too. */
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
