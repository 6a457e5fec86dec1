import type { RoomDropped, RoomRenamed } from "../model/event.ts";

/** Why someone is put out of a room that is dropped. */
export function dropWords(reason: string): string {
  return `The room is dropped${reason === "" ? "" : `: ${reason}`}`;
}

/** Tells the server's operators of it; without the full stop. */
export function droppedRoomWords({ by, room, reason }: Pick<RoomDropped, "by" | "room" | "reason">): string {
  return `${by.nick} dropped ${room}, with what was said in it${reason === "" ? "" : `: ${reason}`}`;
}

/** Tells those in a room of its new name; without the full stop. */
export function renamedRoomWords({ room, to, reason }: Pick<RoomRenamed, "room" | "to" | "reason">): string {
  return `${room} is ${to} now${reason === "" ? "" : `: ${reason}`}`;
}
