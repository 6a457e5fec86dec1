import type { RoomDropped } from "./event.ts";

/** Why someone is put out of a room that is dropped. */
export function dropWords(reason: string): string {
  return `The room is dropped${reason === "" ? "" : `: ${reason}`}`;
}

/** Tells the server's operators of it; without the full stop. */
export function droppedRoomWords({ by, room, reason }: Pick<RoomDropped, "by" | "room" | "reason">): string {
  return `${by.nick} dropped ${room}, with what was said in it${reason === "" ? "" : `: ${reason}`}`;
}
