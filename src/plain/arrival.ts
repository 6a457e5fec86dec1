import type { Room } from "../chat/model/room.ts";

/** The line under a room's past, for a member that has just come in. */
export function arrival(room: Room, isNew: boolean): string {
  if (isNew) return `You are in ${room.name} now: it is new, and you are its operator.`;
  const others = room.members.size - 1;
  const company =
    others === 0 ? "nobody else is here" : others === 1 ? "one other is here" : `${others} others are here`;
  return `You are in ${room.name} now; ${company}.`;
}
