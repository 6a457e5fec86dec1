import { fold } from "../../text/fold.ts";
import { placeBetween, sideNamed, sideOf } from "../conversation.ts";
import { isSameAccount } from "../model/account.ts";
import type { RedactAct } from "../model/act.ts";
import type { EventOf } from "../model/event.ts";
import type { Member } from "../model/member.ts";
import { ROOM_SIGN } from "../model/names.ts";
import { accepted, type CheckResult, refused } from "../model/refusal.ts";
import { tellEach, tellRoom } from "../model/session.ts";
import type { State } from "../model/state.ts";
import type { LocatedMessage } from "../store.ts";
import { hiddenFrom, isHidden } from "../visibility.ts";
import { isBy, isSideOf, messageWith, sidesOf, subjectOf } from "./lookup.ts";
import { speechBar } from "./messages.ts";
import { mayModerate } from "./modes.ts";

/**
 * Redaction of messages. A message is found by its msgid alone; the target says where the member saw it. A refusal reveals
 * nothing of a place that the member may not read: neither its existence nor its messages.
 */

/** A member may redact its own messages; a room's operator any message of the room. */
export function checkRedact(state: State, by: Member, act: RedactAct): CheckResult {
  return act.target.startsWith(ROOM_SIGN) ? checkInRoom(state, by, act) : checkDirect(state, by, act);
}

function checkInRoom(state: State, by: Member, { target, msgid, reason }: RedactAct): CheckResult {
  const room = state.room(target);
  if (!room?.members.has(by)) return refused({ why: "cannot-redact-there", to: target });
  const found = messageWith(state, msgid);
  if (!found || found.place !== room.key || isHidden(found.message.seq, hiddenFrom(by, room)))
    return refused({ why: "no-such-message", to: target, msgid });
  if (!isBy(found, by) && !mayModerate(by, room)) return refused({ why: "cannot-redact", to: target, msgid });
  // A reason is speech in the room.
  return redacts(state, by, found, { to: room.name, msgid, reason: speechBar(room, by, "words") ? "" : reason });
}

function checkDirect(state: State, by: Member, { target, msgid, reason }: RedactAct): CheckResult {
  const found = messageWith(state, msgid);
  if (!found || !isSideOf(by, found) || !isOtherSide(state, by, target, found)) {
    if (isPartner(state, by, target)) return refused({ why: "no-such-message", to: target, msgid });
    return refused({ why: "cannot-redact-there", to: target });
  }
  if (!isBy(found, by)) return refused({ why: "cannot-redact", to: target, msgid });
  return redacts(state, by, found, { to: target, msgid, reason });
}

function redacts(
  state: State,
  by: Member,
  found: LocatedMessage,
  { to, msgid, reason }: { readonly to: string; readonly msgid: string; readonly reason: string },
): CheckResult {
  const { place, message } = found;
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
    from,
    isOwn: isBy(found, by),
    subject: subjectOf(found),
    reason,
    ephemeral,
  });
}

/** Whether a target names the other side, by its present name or by its name in the message. */
function isOtherSide(state: State, by: Member, target: string, found: LocatedMessage): boolean {
  const { place, message } = found;
  if (fold(target) === fold(isBy(found, by) ? message.to : message.from.nick)) return true;
  const member = state.member(target);
  if (member) return member !== by && isSideOf(member, found);
  const other = sideNamed(state, target);
  return sidesOf(by, message.seq).some((own) => placeBetween(own, other) === place);
}

/** Whether the target is a possible partner: present, an account, or the other side of a stored conversation. */
function isPartner(state: State, by: Member, target: string): boolean {
  if (state.member(target) || state.store.loadAccount(fold(target))) return true;
  const place = placeBetween(sideOf(by.who), sideNamed(state, target));
  return by.who.account !== undefined && state.store.history(place, { from: 0, limit: 1 }).length > 0;
}

export function applyRedacted(state: State, event: EventOf<"redacted">): void {
  const { place, message: seq, by } = event;
  const found = state.store.messageAt(seq) ?? state.ephemeral.at(seq);
  state.ephemeral.forget(seq);
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
