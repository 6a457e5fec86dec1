import { fold } from "../../text/fold.ts";
import type { RenameRoomAct } from "../model/act.ts";
import { type CheckResult, happens, refused } from "../model/check-result.ts";
import type { EventOf, RoomRenamed } from "../model/event.ts";
import type { Member } from "../model/member.ts";
import { isRoomName } from "../model/names.ts";
import type { Refusal } from "../model/refusal.ts";
import type { Room } from "../model/room.ts";
import type { Session } from "../model/session.ts";
import { isLobby, type State } from "../model/state.ts";
import { tellAlso } from "../model/tell.ts";
import { moveUnkept } from "./idempotency.ts";
import { saveRoom } from "./kept-rooms.ts";
import { governs } from "./modes.ts";

/**
 * Giving a room another name. All that the room is goes on under it: its members, modes, topic, past, read markers and
 * invitations. The old name is nobody's from then on.
 */

/** Checks that an operator of the room asks, and that the name is free, or differs by the case of its letters alone. */
export function checkRenameRoom(state: State, by: Member, act: RenameRoomAct): CheckResult {
  const room = state.roomFor(by, act.room);
  if (!room) return refused({ why: "no-such-room", room: act.room });
  if (!by.rooms.has(room)) return refused({ why: "not-in-room", room: room.name });
  if (!governs(by, room)) return refused({ why: "not-operator", room: room.name });
  const bar = barToRename(state, by, room, act.to);
  if (bar) return refused(bar);
  return happens({ type: "room-renamed", by: by.who, room: room.name, to: act.to, reason: act.reason });
}

function barToRename(state: State, by: Member, room: Room, to: string): Refusal | undefined {
  const names = { room: room.name, to };
  if (isLobby(room)) return { why: "cannot-rename", ...names, bar: "lobby" };
  if (!isRoomName(to, state.limits.roomLength)) return { why: "cannot-rename", ...names, bar: "name-bad" };
  if (to === room.name || isTaken(state, room, to)) return { why: "room-name-taken", ...names };
  const like = state.roomLooks.of(to).find((other) => other !== room && state.roomFor(by, other.name));
  if (like) return { why: "cannot-rename", ...names, bar: "alike", like: like.name };
  const wait = room.renamedAt + state.limits.renameWait * 1000 - state.now;
  if (wait > 0) return { why: "cannot-rename", ...names, bar: "recent", seconds: Math.ceil(wait / 1000) };
  return state.store.isDown ? { why: "not-stored", what: "name" } : undefined;
}

/** Another room has the name, or had it, and something was said there that is kept. */
function isTaken(state: State, room: Room, to: string): boolean {
  const key = fold(to);
  if (key === room.key) return false;
  return state.rooms.has(key) || state.store.loadRoom(key) !== undefined || state.store.hasPast(key);
}

export function applyRoomRenamed(state: State, event: EventOf<"room-renamed">): void {
  const room = state.room(event.room);
  if (!room) return;
  const from = room.key;
  state.renameRoom(room, event.to);
  room.renamedAt = state.now;
  if (room.key !== from) movePast(state, from, room, event);
  saveRoom(state, room);
  const concerned = new Set<Session>();
  for (const member of room.members.keys()) for (const session of member.sessions) concerned.add(session);
  tellAlso(state, concerned, event);
}

/** What is kept by the room's name is kept by the new one. */
function movePast(state: State, from: Room["key"], room: Room, { room: before, to }: RoomRenamed): void {
  if (state.store.loadRoom(from)) state.store.removeRoom(from);
  state.store.renamePlace(from, room.key);
  state.departures.rename(from, room.key);
  moveUnkept(state, from, room);
  for (const member of state.members.values()) member.moveMarker(from, room.key);
  for (const [at, happened] of room.unkept.entries())
    if ("room" in happened && happened.room === before) room.unkept[at] = { ...happened, room: to };
}
