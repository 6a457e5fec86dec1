import { type Folded, fold } from "../text/fold.ts";
import type { MarkReadAct, RedactAct } from "./act.ts";
import { placeBetween, sideCalled, sideOf } from "./conversation.ts";
import type { EventOf } from "./event.ts";
import type { Member } from "./member.ts";
import { ROOM_SIGN } from "./names.ts";
import { unkeptAt } from "./repeats.ts";
import type { State } from "./state.ts";
import type { Place, Remembered } from "./store.ts";
import { tellEach, tellRoom } from "./tell.ts";
import { happens, refused, type Verdict } from "./verdict.ts";

/** What is said of messages that were said before: that they are read, or that they are taken back. */

const MOST_MARKERS = 1000; // of a guest; whose have an account are in the store, which keeps as many

export function checkMarkRead(_state: State, by: Member, { target, time }: MarkReadAct): Verdict {
  return happens({ type: "read-marked", who: by.who, target, upTo: time });
}

export function applyReadMarked(state: State, event: EventOf<"read-marked">): void {
  const member = state.member(event.who.nick);
  if (!member) return;
  const { account } = member.who;
  if (account === undefined) markFor(member, fold(event.target), event.upTo);
  else state.store.setMarker(fold(account), fold(event.target), event.upTo);
  tellEach(member.sessions, event);
}

/** The latest mark is the last in the map: beyond so many, the first goes. */
function markFor(member: Member, target: Folded, upTo: number): void {
  member.markers.delete(target);
  member.markers.set(target, upTo);
  if (member.markers.size <= MOST_MARKERS) return;
  for (const oldest of member.markers.keys()) {
    member.markers.delete(oldest);
    break;
  }
}

/** One's own message may be taken back by oneself, and in a room by its operators. */
export function checkRedact(state: State, by: Member, { target, seq, reason }: RedactAct): Verdict {
  const room = target.startsWith(ROOM_SIGN) ? state.roomFor(by, target) : undefined;
  const inRoom = target.startsWith(ROOM_SIGN);
  if (inRoom && !room?.members.has(by)) return refused({ why: "cannot-redact-there", to: target });
  const place = room?.key ?? placeBetween(sideOf(by.who), sideCalled(state, target));
  const message = messageAt(state, place, seq, room?.visibleFrom ?? 0);
  if (!message) return refused({ why: "no-such-message", to: target, seq });
  const mayAsOperator = room?.isOperator(by) ?? false;
  if (!isBy(message, by) && !mayAsOperator) return refused({ why: "cannot-redact", to: target, seq });
  const to = room?.name ?? message.to;
  return happens({
    type: "redacted",
    by: by.who,
    to,
    inRoom,
    message: seq,
    msgid: state.msgid(seq),
    from: message.from.nick,
    reason,
  });
}

function messageAt(state: State, place: Place, seq: number, from: number): Remembered | undefined {
  const [message] = seq < from ? [] : state.store.history(place, { from: seq, before: seq + 1, limit: 1 });
  return message ?? unkeptAt(state, place, seq);
}

/** Said by this one: by the account, or, for a guest, by the same person since they came. */
function isBy({ from, time }: Remembered, by: Member): boolean {
  if (from.account !== undefined || by.who.account !== undefined) return from.account === by.who.account;
  return time >= by.since && fold(from.nick) === fold(by.nick) && from.host === by.who.host;
}

export function applyRedacted(state: State, event: EventOf<"redacted">): void {
  const speaker = state.member(event.by.nick);
  const room = event.inRoom ? state.room(event.to) : undefined;
  const place = room?.key ?? placeBetween(sideOf(event.by), sideCalled(state, event.to));
  state.store.redact(place, event.message, event.by.nick, event.reason, event.time);
  if (room) return tellRoom(room, event);
  const concerned = new Set(speaker?.sessions);
  for (const session of state.member(event.to)?.sessions ?? []) concerned.add(session);
  tellEach(concerned, event);
}
