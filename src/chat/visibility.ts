import type { Member } from "./model/member.ts";
import type { Room } from "./model/room.ts";
import type { Span } from "./store.ts";

/**
 * The part of a room's past that its members may read. Messages from when the room was private (`invite-only`,
 * `secret`, a key) are for the members from before it was opened again, not for later ones.
 */

/** A stretch of the order, both ends included. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

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
export function hiddenFrom(member: Member, room: Room): readonly Stretch[] {
  const joined = room.members.get(member)?.joined ?? 0;
  const before = room.visibleFrom > 0 ? [{ from: 0, to: room.visibleFrom - 1 }] : [];
  return [...before, ...room.hidden.filter(({ to }) => to < joined)];
}

export function isHidden(seq: number, hidden: readonly Stretch[]): boolean {
  return hidden.some(({ from, to }) => seq >= from && seq <= to);
}

/** Reads what a span asks for from what lies between the hidden stretches; `read` answers oldest first. */
export function readAround<T>(
  hidden: readonly Stretch[],
  span: Span,
  read: (span: Span) => readonly T[],
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
function openSpans(hidden: readonly Stretch[], span: Span): Span[] {
  const { before = Number.MAX_SAFE_INTEGER } = span;
  const open: Span[] = [];
  let at = span.from;
  for (const { from, to } of hidden) {
    if (from > at) open.push({ ...span, from: at, before: Math.min(from, before) });
    at = Math.max(at, to + 1);
  }
  open.push({ ...span, from: at, before: span.before });
  return open.filter((part) => part.from < (part.before ?? before) && part.from < before);
}
