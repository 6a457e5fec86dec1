import type { Member } from "../chat/member.ts";
import type { Room } from "../chat/room.ts";
import type { IrcSession } from "./session.ts";

/** Whether someone shows up when this session lists people: not invisible, or known from a room. */
export function sees({ member: viewer }: IrcSession, member: Member): boolean {
  if (!member.traits.has("invisible") || member === viewer) return true;
  return viewer !== undefined && (viewer.traits.has("operator") || sharedRoom(viewer, member) !== undefined);
}

/** The members of a room that this session is shown: those who are known to be there, and who it may know of. */
export function* seenIn(session: IrcSession, room: Room): Generator<Member> {
  const { member: viewer } = session;
  const isInside = viewer !== undefined && room.members.has(viewer);
  for (const [member, { announced }] of room.members) {
    if ((announced || member === viewer) && (isInside || sees(session, member))) yield member;
  }
}

/** The rooms that someone is known to be in, and this session may know of; of the invisible, only those it shares. */
export function* roomsOf(session: IrcSession, member: Member): Generator<Room> {
  const { member: viewer } = session;
  const hides = member.traits.has("invisible") && member !== viewer && !isOperator(viewer);
  for (const room of member.rooms) {
    if (room.members.get(member)?.announced === false && member !== viewer) continue;
    const isInside = viewer !== undefined && room.members.has(viewer);
    if (isInside || (!hides && session.server.chat.roomFor(viewer, room.name))) yield room;
  }
}

function isOperator(member: Member | undefined): boolean {
  return member?.traits.has("operator") ?? false;
}

function sharedRoom(one: Member, other: Member): Room | undefined {
  for (const room of one.rooms) if (room.members.has(other)) return room;
  return undefined;
}
