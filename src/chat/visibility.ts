import { type Folded, fold } from "../text/fold.ts";
import type { Chat } from "./chat.ts";
import { type ChatEvent, type Identity, type NewEvent, SERVER } from "./model/event.ts";
import type { Member } from "./model/member.ts";
import type { Room } from "./model/room.ts";
import type { HiddenRange, HistorySpan } from "./store.ts";

/**
 * Which part of a room's history a member may read. Messages from a time when the room was private (`invite-only`,
 * `secret`, a key) are visible to members that joined before the room was made public again, not to later ones.
 */

const MOST = 64; // hidden ranges per room: beyond that the two oldest are merged, with everything between them

/** Begins or ends a private range at this sequence number, after the room's modes have changed. */
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

/** The ranges of a room's history that this member may not read, in order. */
export function hiddenFrom(member: Member, room: Room): readonly HiddenRange[] {
  const joined = room.members.get(member)?.joined ?? 0;
  const before = room.visibleFrom > 0 ? [{ from: 0, to: room.visibleFrom - 1 }] : [];
  return [...before, ...room.hidden.filter(({ to }) => to < joined)];
}

/** Whether a sequence number lies in one of the ranges. */
export function isHidden(seq: number, hidden: readonly HiddenRange[]): boolean {
  return hidden.some(({ from, to }) => seq >= from && seq <= to);
}

/** Reads a span without the hidden ranges; `read` answers one visible part, oldest first. */
export function readAround<T>(
  hidden: readonly HiddenRange[],
  span: HistorySpan,
  read: (span: HistorySpan) => readonly T[],
): readonly T[] {
  if (hidden.length === 0) return read(span);
  const visible = visibleSpans(hidden, span);
  let found: readonly T[] = [];
  for (const part of span.first ? visible : visible.reverse()) {
    if (found.length >= span.limit) break;
    const page = read({ ...part, limit: span.limit - found.length });
    found = span.first ? [...found, ...page] : [...page, ...found];
  }
  return found;
}

/** The parts of a span between the hidden ranges, in order. */
function visibleSpans(hidden: readonly HiddenRange[], span: HistorySpan): HistorySpan[] {
  const { before = Number.MAX_SAFE_INTEGER } = span;
  const visible: HistorySpan[] = [];
  let at = span.from;
  for (const { from, to } of hidden) {
    if (from > at) visible.push({ ...span, from: at, before: Math.min(from, before) });
    at = Math.max(at, to + 1);
  }
  visible.push({ ...span, from: at, before: span.before });
  return visible.filter((part) => part.from < (part.before ?? before) && part.from < before);
}

/**
 * Whether a reader who ignores these people is not shown an event: a message, a signal or an invitation of theirs. They
 * are named by their folded nicks or account names.
 */
export function isIgnored(event: ChatEvent, ignored: ReadonlySet<Folded>): boolean {
  if (ignored.size === 0) return false;
  const author = event.type === "said" || event.type === "signalled" ? event.from : undefined;
  const who = event.type === "invited" ? event.by : author;
  return who !== undefined && isIgnoredPerson(who, ignored);
}

/** Whether somebody is ignored, by nick or by the name of the account. */
export function isIgnoredPerson({ nick, account }: Identity, ignored: ReadonlySet<Folded>): boolean {
  if (ignored.size === 0) return false;
  return ignored.has(fold(nick)) || (account !== undefined && ignored.has(fold(account.name)));
}

/**
 * Which members a viewer may see, for every list of people. The viewer is a member, or `undefined` before it entered. A
 * member that joined quietly is not shown in the room until it acts; a listener is always shown, and marked. An invisible member is listed only for server
 * operators and for members of a room where it is announced. A query by nick always finds the member, but hides the
 * rooms that the viewer may not know of.
 */

/** Whether a member is listed for this viewer. */
export function sees(viewer: Member | undefined, member: Member): boolean {
  if (!member.userModes.has("invisible") || member === viewer) return true;
  return viewer !== undefined && (isOperator(viewer) || sharesRoom(viewer, member));
}

/** The members of a room that are listed for a viewer. */
export function* visibleMembers(viewer: Member | undefined, room: Room): Generator<Member> {
  const isInside = viewer !== undefined && room.members.has(viewer);
  for (const member of room.members.keys())
    if (isAnnouncedTo(viewer, member, room) && (isInside || sees(viewer, member))) yield member;
}

/** The rooms in a list of rooms for a viewer: rooms that it may know of, with members, a topic, or a rank that is kept. */
export function* listedRooms(chat: Chat, viewer: Member | undefined): Generator<Room> {
  for (const room of chat.rooms) {
    const isUsed = room.members.size > 0 || room.topic !== undefined || room.ranks.size > 0;
    if (isUsed && chat.roomFor(viewer, room.name)) yield room;
  }
}

/** The number of members of a room that a viewer is shown: the same as in the lists of them. */
export function visibleCount(viewer: Member | undefined, room: Room): number {
  let count = 0;
  for (const _ of visibleMembers(viewer, room)) count++;
  return count;
}

/** The event that announces a quiet member before it acts; `undefined` if it is announced already, or only listens. */
export function appearance(room: Room | undefined, member: Member): NewEvent | undefined {
  const membership = room?.members.get(member);
  if (!room || !membership || membership.announced || membership.listening) return undefined;
  const { who, away } = member;
  return { type: "appeared", who, room: room.name, away, rank: room.rankOf(member) };
}

/** The event that announces a quiet member on whom another acts. Its own session is the origin, so that it is not told. */
export function appearanceOf(room: Room, member: Member): NewEvent | undefined {
  const appeared = appearance(room, member);
  const [session] = member.sessions;
  return appeared && { ...appeared, origin: session?.id ?? SERVER };
}

/** The rooms of a member that a viewer may know of; of an invisible member, only the shared ones. */
export function* visibleRooms(chat: Chat, viewer: Member | undefined, member: Member): Generator<Room> {
  const hides = member.userModes.has("invisible") && member !== viewer && !isOperator(viewer);
  for (const room of member.rooms) {
    if (!isAnnouncedTo(viewer, member, room)) continue;
    const isInside = viewer !== undefined && room.members.has(viewer);
    if (isInside || (!hides && chat.roomFor(viewer, room.name))) yield room;
  }
}

function isAnnouncedTo(viewer: Member | undefined, member: Member, room: Room): boolean {
  const membership = room.members.get(member);
  return member === viewer || membership?.announced === true || membership?.listening !== undefined;
}

function isOperator(member: Member | undefined): boolean {
  return member?.userModes.has("operator") ?? false;
}

function sharesRoom(viewer: Member, member: Member): boolean {
  for (const room of viewer.rooms) if (isAnnouncedTo(viewer, member, room)) return true;
  return false;
}
