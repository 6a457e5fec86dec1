import type { Chat } from "./chat.ts";
import { type NewEvent, SERVER } from "./model/event.ts";
import type { Member } from "./model/member.ts";
import type { Room } from "./model/room.ts";
import type { HiddenRange, HistorySpan } from "./store.ts";

/**
 * The part of a room's past that its members may read. Messages from when the room was private (`invite-only`,
 * `secret`, a key) are for the members from before it was opened again, not for later ones.
 */

const MOST = 64; // stretches that a room keeps apart: beyond that the oldest become one, with what lies between

/** The room's modes have changed: notes whether a private stretch begins or ends with this number of the order. */
export function notePrivacy(room: Room, seq: number): void {
  if (room.isPrivate) {
    room.privateSince ??= seq;
    room.wasPrivate = true;
  } else if (room.privateSince !== undefined) {
    room.hidden.push({ from: room.privateSince, to: seq });
    room.privateSince = undefined;
    const [first, second] = room.hidden;
    if (room.hidden.length > MOST && first && second) room.hidden.splice(0, 2, { from: first.from, to: second.to });
  }
}

/** The stretches of a room's past that this member may not read, in their order. */
export function hiddenFrom(member: Member, room: Room): readonly HiddenRange[] {
  const joined = room.members.get(member)?.joined ?? 0;
  const before = room.visibleFrom > 0 ? [{ from: 0, to: room.visibleFrom - 1 }] : [];
  return [...before, ...room.hidden.filter(({ to }) => to < joined)];
}

export function isHidden(seq: number, hidden: readonly HiddenRange[]): boolean {
  return hidden.some(({ from, to }) => seq >= from && seq <= to);
}

/** Reads what a span asks for from what lies between the hidden stretches; `read` answers oldest first. */
export function readAround<T>(
  hidden: readonly HiddenRange[],
  span: HistorySpan,
  read: (span: HistorySpan) => readonly T[],
): readonly T[] {
  if (hidden.length === 0) return read(span);
  const open = openSpans(hidden, span);
  let found: readonly T[] = [];
  for (const part of span.first ? open : open.reverse()) {
    if (found.length >= span.limit) break;
    const page = read({ ...part, limit: span.limit - found.length });
    found = span.first ? [...found, ...page] : [...page, ...found];
  }
  return found;
}

/** A span without the hidden stretches, in order. */
function openSpans(hidden: readonly HiddenRange[], span: HistorySpan): HistorySpan[] {
  const { before = Number.MAX_SAFE_INTEGER } = span;
  const open: HistorySpan[] = [];
  let at = span.from;
  for (const { from, to } of hidden) {
    if (from > at) open.push({ ...span, from: at, before: Math.min(from, before) });
    at = Math.max(at, to + 1);
  }
  open.push({ ...span, from: at, before: span.before });
  return open.filter((part) => part.from < (part.before ?? before) && part.from < before);
}

/**
 * The rules of who may see whom, for every list of people and all that is told about one: a viewer is a member, or
 * nobody yet. Those who joined a room quietly are not known to be there until they act; those who are invisible are
 * seen by whoever shares a room with them where they are known to be, and by the server's operators. Whoever is asked
 * for by nick is told about, without the rooms that the viewer may not know of.
 */

/** Whether someone shows up when this viewer lists people. */
export function sees(viewer: Member | undefined, member: Member): boolean {
  if (!member.userModes.has("invisible") || member === viewer) return true;
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
  const membership = room?.members.get(member);
  if (!room || !membership || membership.announced) return undefined;
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
  const hides = member.userModes.has("invisible") && member !== viewer && !isOperator(viewer);
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
  return member?.userModes.has("operator") ?? false;
}

function sharesRoom(viewer: Member, member: Member): boolean {
  for (const room of viewer.rooms) if (isKnownIn(viewer, member, room)) return true;
  return false;
}
