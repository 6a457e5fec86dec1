import type { Chat } from "./chat.ts";
import { type NewEvent, SERVER } from "./model/event.ts";
import type { Member } from "./model/member.ts";
import type { Room } from "./model/room.ts";

/**
 * The rules of who may see whom, for every list of people and all that is told about one: a viewer is a member, or
 * nobody yet. Those who joined a room quietly are not known to be there until they act; those who are invisible are seen by whoever
 * shares a room with them where they are known to be, and by the server's operators. Whoever is asked for by nick is
 * told about, without the rooms that the viewer may not know of.
 */

/** Whether someone shows up when this viewer lists people. */
export function sees(viewer: Member | undefined, member: Member): boolean {
  if (!member.traits.has("invisible") || member === viewer) return true;
  return viewer !== undefined && (isOperator(viewer) || sharesRoom(viewer, member));
}

/** The members of a room that a viewer is shown: those who are known to be there, and who it may know of. */
export function* seenIn(viewer: Member | undefined, room: Room): Generator<Member> {
  const isInside = viewer !== undefined && room.members.has(viewer);
  for (const member of room.members.keys())
    if (isKnownIn(viewer, member, room) && (isInside || sees(viewer, member))) yield member;
}

/** Announces a member that joined quietly, before others see it act; `undefined` if it was announced. */
export function appearance(room: Room | undefined, member: Member): NewEvent | undefined {
  const place = room?.members.get(member);
  if (!room || !place || place.announced) return undefined;
  const { who, away } = member;
  return { type: "appeared", who, room: room.name, away, rank: room.rankOf(member) };
}

/** The same, before others see that something is done to it; it is not told itself. */
export function appearanceOf(room: Room, member: Member): NewEvent | undefined {
  const appeared = appearance(room, member);
  const [session] = member.sessions;
  return appeared && { ...appeared, origin: session?.id ?? SERVER };
}

/** The rooms that someone is known to be in, and a viewer may know of; of the invisible, only those both are in. */
export function* roomsOf(chat: Chat, viewer: Member | undefined, member: Member): Generator<Room> {
  const hides = member.traits.has("invisible") && member !== viewer && !isOperator(viewer);
  for (const room of member.rooms) {
    if (!isKnownIn(viewer, member, room)) continue;
    const isInside = viewer !== undefined && room.members.has(viewer);
    if (isInside || (!hides && chat.roomFor(viewer, room.name))) yield room;
  }
}

function isKnownIn(viewer: Member | undefined, member: Member, room: Room): boolean {
  return member === viewer || room.members.get(member)?.announced === true;
}

function isOperator(member: Member | undefined): boolean {
  return member?.traits.has("operator") ?? false;
}

function sharesRoom(viewer: Member, member: Member): boolean {
  for (const room of viewer.rooms) if (isKnownIn(viewer, member, room)) return true;
  return false;
}
