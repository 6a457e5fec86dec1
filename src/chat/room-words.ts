import type { RoomDropped } from "./event.ts";
import type { Refusal } from "./refusal.ts";

/** Why someone is put out of a room that is dropped. */
export function dropWords(reason: string): string {
  return `The room is dropped${reason === "" ? "" : `: ${reason}`}`;
}

/** Tells the server's operators of it; without the full stop. */
export function droppedRoomWords({ by, room, reason }: Pick<RoomDropped, "by" | "room" | "reason">): string {
  return `${by.nick} dropped ${room}, with what was said in it${reason === "" ? "" : `: ${reason}`}`;
}

/** Why a room cannot be dropped, without an end. */
export function staysWords(room: string): string {
  return `${room} belongs to the server, and cannot be dropped`;
}

/** Why no more rooms are opened for someone at present, without an end. */
export function newRoomsWords({ most, seconds }: Refusal & { why: "too-many-new-rooms" }): string {
  const wait = seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} minutes`;
  return `${most} new rooms were opened from your address in ten minutes, and that is the most; another works in ${wait}`;
}
