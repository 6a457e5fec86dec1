import type { Room } from "../chat/room.ts";

/** What one who comes into a room is told of it. */
export function arrival(room: Room, isFirst: boolean): string {
  if (isFirst) return `You are in ${room.name} now: it is new, and you are its operator.`;
  const others = room.members.size - 1;
  const company =
    others === 0 ? "nobody else is here" : others === 1 ? "one other is here" : `${others} others are here`;
  return `You are in ${room.name} now; ${company}.`;
}
