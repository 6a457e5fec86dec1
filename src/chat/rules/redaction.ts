import { fold } from "../../text/fold.ts";
import { placeBetween, sideCalled, sideOf } from "../conversation.ts";
import { isSameAccount } from "../model/account.ts";
import type { RedactAct } from "../model/act.ts";
import type { EventOf } from "../model/event.ts";
import type { Member } from "../model/member.ts";
import { ROOM_SIGN } from "../model/names.ts";
import { accepted, type CheckResult, refused } from "../model/refusal.ts";
import { tellEach, tellRoom } from "../model/session.ts";
import type { State } from "../model/state.ts";
import type { LocatedMessage, Side } from "../store.ts";
import { hiddenFrom, isHidden } from "../visibility.ts";
import { ephemeralAt, forgetEphemeral } from "./idempotency.ts";
import { speechBar } from "./messages.ts";
import { mayModerate } from "./modes.ts";

/**
 * Redaction: taking a message back.
 *
 * A message is found by its msgid alone; the target only says where the reader saw it. An answer tells nothing of a
 * place that the asker may not read: neither that it is there, nor which messages are in it.
 */

/** A member may take back their own message, and a room's operator any message of the room. */
export function checkRedact(state: State, by: Member, act: RedactAct): CheckResult {
  return act.target.startsWith(ROOM_SIGN) ? checkInRoom(state, by, act) : checkDirect(state, by, act);
}

function checkInRoom(state: State, by: Member, { target, msgid, reason }: RedactAct): CheckResult {
  const room = state.room(target);
  if (!room?.members.has(by)) return refused({ why: "cannot-redact-there", to: target });
  const found = find(state, msgid);
  if (!found || found.place !== room.key || isHidden(found.message.seq, hiddenFrom(by, room)))
    return refused({ why: "no-such-message", to: target, msgid });
  if (!isBy(found, by) && !mayModerate(by, room)) return refused({ why: "cannot-redact", to: target, msgid });
  // A reason is speech in the room.
  return redacts(state, by, found, { to: room.name, msgid, reason: speechBar(room, by, "words") ? "" : reason });
}

function checkDirect(state: State, by: Member, { target, msgid, reason }: RedactAct): CheckResult {
  const found = find(state, msgid);
  if (!found || !isSideOf(by, found) || !names(state, by, target, found)) {
    if (isPartner(state, by, target)) return refused({ why: "no-such-message", to: target, msgid });
    return refused({ why: "cannot-redact-there", to: target });
  }
  if (!isBy(found, by)) return refused({ why: "cannot-redact", to: target, msgid });
  return redacts(state, by, found, { to: target, msgid, reason });
}

function redacts(
  state: State,
  by: Member,
  { place, message }: LocatedMessage,
  { to, msgid, reason }: { readonly to: string; readonly msgid: string; readonly reason: string },
): CheckResult {
  const { seq, inRoom, from, ephemeral } = message;
  if (ephemeral === undefined && state.isDown) return refused({ why: "not-stored", what: "removal" });
  return accepted({
    type: "redacted",
    by: by.who,
    to,
    place,
    inRoom,
    message: seq,
    messageMsgid: msgid,
    from: from.nick,
    reason,
    ephemeral,
  });
}

function find(state: State, msgid: string): LocatedMessage | undefined {
  const seq = state.store.seqOf(msgid);
  return seq === undefined ? undefined : (state.store.messageAt(seq) ?? ephemeralAt(state, seq));
}

/** Said by this one: by the account; or, by a guest, while this member was that guest. */
function isBy({ message }: LocatedMessage, by: Member): boolean {
  const { from, seq } = message;
  if (from.account !== undefined) return isSameAccount(from.account, by.who.account);
  return by.sideAt(seq) === sideOf(from);
}

/** Whether the member is one of the two who talk there: as the account, or as the guest of that time. */
function isSideOf(member: Member, { place, message }: LocatedMessage): boolean {
  const sides: readonly string[] = place.split(" ");
  return !message.inRoom && sides.length === 2 && sidesOf(member, message.seq).some((side) => sides.includes(side));
}

/** The sides that are a member's at a number of the order: an account's past is its own at any time. */
function sidesOf(member: Member, seq: number): readonly Side[] {
  const then = member.sideAt(seq);
  const sides = then === undefined ? [] : [then];
  return member.who.account === undefined ? sides : [...sides, sideOf(member.who)];
}

/** Whether a target means the other side: by what it is called now, or by what it was called in the message. */
function names(state: State, by: Member, target: string, found: LocatedMessage): boolean {
  const { place, message } = found;
  if (fold(target) === fold(isBy(found, by) ? message.to : message.from.nick)) return true;
  const member = state.member(target);
  if (member) return member !== by && isSideOf(member, found);
  const other = sideCalled(state, target);
  return sidesOf(by, message.seq).some((own) => placeBetween(own, other) === place);
}

/** Someone to talk with: present, an account, or the other side of a conversation that was kept. */
function isPartner(state: State, by: Member, target: string): boolean {
  if (state.member(target) || state.store.loadAccount(fold(target))) return true;
  const place = placeBetween(sideOf(by.who), sideCalled(state, target));
  return by.who.account !== undefined && state.store.history(place, { from: 0, limit: 1 }).length > 0;
}

export function applyRedacted(state: State, event: EventOf<"redacted">): void {
  const { place, message: seq, by } = event;
  const found = state.store.messageAt(seq) ?? ephemeralAt(state, seq);
  forgetEphemeral(state, seq);
  state.store.redact(event);
  const room = event.inRoom ? state.rooms.get(place) : undefined;
  if (room) return tellRoom(state, room, event);
  const author = state.member(by.nick);
  tellEach(author?.sessions ?? [], event);
  if (!found) return;
  for (const member of state.members.values()) {
    if (member === author || !isSideOf(member, found)) continue;
    const isAuthor = isSameAccount(member.who.account, by.account);
    tellEach(member.sessions, isAuthor ? event : { ...event, to: member.nick });
  }
}
