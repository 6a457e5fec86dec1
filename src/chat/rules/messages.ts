import { fold } from "../../text/fold.ts";
import { isStoredBetween, placeBetween, sideNamed, sideOf, targetOf } from "../conversation.ts";
import { isSameAccount } from "../model/account.ts";
import type { RedactAct, SayAct, SignalAct } from "../model/act.ts";
import {
  type EphemeralReason,
  type EventOf,
  lastingTags,
  type MessageTags,
  type NewEvent,
  type Said,
  type Signalled,
} from "../model/event.ts";
import type { Member } from "../model/member.ts";
import { ROOM_SIGN } from "../model/names.ts";
import { accepted, type CheckResult, type Refusal, refused, type SpeechObstacle } from "../model/refusal.ts";
import type { Room } from "../model/room.ts";
import { tellEach, tellRoom } from "../model/session.ts";
import type { State } from "../model/state.ts";
import type { LocatedMessage, Place, SentKey, StoredMessage, StoredSignal } from "../store.ts";
import { hiddenFrom, isHidden } from "../visibility.ts";
import {
  isBy,
  isSideOf,
  messageWith,
  quotedReaction,
  reactionIn,
  repeatsReaction,
  sidesOf,
  subjectOf,
} from "./lookup.ts";
import { cannotSay, mayModerate, speechObstacle } from "./modes.ts";

/** Messages and signals: saying them, recognizing repeats by the sender's id, and redaction. */

export function checkSay(state: State, by: Member, act: SayAct): CheckResult {
  const textRefusal = checkText(state, act);
  if (textRefusal) return refused(textRefusal);
  const { rank, kind, text, tags, id, cuts } = act;
  if (act.to.startsWith(ROOM_SIGN)) {
    const room = state.room(act.to);
    if (!room) return refused({ why: "no-such-room", room: act.to });
    const obstacle = speechObstacle(room, by, kind);
    if (obstacle) return refused(speechRefusal(state, room, by, { ...act, obstacle }));
    const repeat = checkRepeat(state, by, act);
    if (repeat) return repeat;
    return accepted({
      type: "said",
      from: by.who,
      to: room.name,
      inRoom: true,
      rank,
      kind,
      text,
      tags,
      id,
      cuts,
      away: undefined,
      ephemeral: rank === undefined && room.keeps !== 0 ? ephemeralNow(state) : "by-rule",
    });
  }
  const target = state.member(act.to);
  if (!target)
    return state.store.loadAccount(fold(act.to))
      ? sayToAbsent(state, by, act)
      : refused({ why: "no-such-nick", nick: act.to });
  if (!mayReach(by, target)) return refused({ why: "accounts-only", nick: target.nick });
  const repeat = checkRepeat(state, by, act);
  if (repeat) return repeat;
  const ephemeral = isStoredBetween(sideOf(by.who), sideOf(target.who)) ? ephemeralNow(state) : "by-rule";
  // The member is held and nothing can be stored: nobody would ever receive it.
  if (ephemeral === "cannot-write" && target.sessions.size === 0)
    return refused({ why: "not-stored", what: "message" });
  const away = kind === "notice" || kind === "answer" ? undefined : target.away || undefined;
  return accepted(directMessage(by, target.nick, act, { away, ephemeral }));
}

/** Whether the recipient takes direct messages from this member. */
function mayReach({ who, userModes }: Member, target: Member): boolean {
  return (
    !target.userModes.has("accounts-only") ||
    who.account !== undefined ||
    userModes.has("operator") ||
    who === target.who
  );
}

/** Why a message that should be stored is not, at present. */
function ephemeralNow({ isDown }: State): EphemeralReason | undefined {
  return isDown ? "cannot-write" : undefined;
}

/** Checks a message to an account without a present member: it is stored and delivered later. */
function sayToAbsent(state: State, by: Member, act: SayAct): CheckResult {
  const { to, kind, text, id } = act;
  const name = state.store.loadAccount(fold(to))?.name ?? to;
  const repeat = checkRepeat(state, by, { type: "say", to: name, kind, text, id });
  if (repeat) return repeat;
  if (state.isDown) return refused({ why: "not-stored", what: "message" });
  const away = kind === "words" || kind === "action" ? "Not here at present; what you say is kept" : undefined;
  return accepted(directMessage(by, name, act, { away, ephemeral: undefined }));
}

function directMessage(by: Member, to: string, act: SayAct, delivery: Pick<Said, "away" | "ephemeral">): NewEvent {
  const { kind, text, tags, id, cuts } = act;
  return { type: "said", from: by.who, to, inRoom: false, rank: undefined, kind, text, tags, id, cuts, ...delivery };
}

/** Why a text cannot be said to anyone: it is empty or too long. */
export function checkText(state: State, { to, text }: Pick<SayAct, "to" | "text">): Refusal | undefined {
  if (text === "") return { why: "nothing-to-say", to };
  const { messageBytes, messageLines } = state.limits;
  // A UTF-16 unit has at most 3 bytes: short texts need no count.
  if (messageBytes > 0 && text.length * 3 > messageBytes && Buffer.byteLength(text) > messageBytes) {
    return { why: "message-too-long", to, limit: messageBytes, unit: "bytes" };
  }
  if (messageLines > 0 && text.includes("\n") && text.split("\n").length > messageLines) {
    return { why: "message-too-long", to, limit: messageLines, unit: "lines" };
  }
  return undefined;
}

/** The refusal of speech in a room; it does not reveal a room that is hidden from the member. */
function speechRefusal(
  state: State,
  room: Room,
  by: Member,
  { to, obstacle }: { readonly to: string; readonly obstacle: SpeechObstacle },
): Refusal {
  const isKnown = state.roomFor(by, room.name) !== undefined;
  return isKnown ? cannotSay(room, by, obstacle) : { why: "no-such-room", room: to };
}

/** Checks a signal. It is stored where a message would be, if it has any lasting tags. */
export function checkSignal(state: State, by: Member, given: SignalAct): CheckResult {
  const isLasting = lastingTags(given.tags).size > 0;
  const act = isLasting ? given : { ...given, id: undefined };
  const { to, rank } = act;
  if (to.startsWith(ROOM_SIGN)) {
    const room = state.room(to);
    if (!room) return refused({ why: "no-such-room", room: to });
    const obstacle = speechObstacle(room, by, "words");
    if (obstacle) return refused(speechRefusal(state, room, by, { ...act, obstacle }));
    const repeat = checkRepeat(state, by, act);
    if (repeat) return repeat;
    const isKept = isLasting && rank === undefined && room.keeps !== 0;
    const ephemeral = isKept ? ephemeralNow(state) : "by-rule";
    return signalling(state, by, act, room.key, { to: room.name, inRoom: true, ephemeral });
  }
  const target = state.member(to);
  const name = target?.nick ?? state.store.loadAccount(fold(to))?.name;
  if (name === undefined) return refused({ why: "no-such-nick", nick: to });
  if (target && !mayReach(by, target)) return refused({ why: "accounts-only", nick: target.nick });
  const [own, other] = [sideOf(by.who), sideNamed(state, name)];
  const ephemeral = isLasting && isStoredBetween(own, other) ? ephemeralNow(state) : "by-rule";
  const repeat = checkRepeat(state, by, { ...act, to: name });
  if (repeat) return repeat;
  if (ephemeral === "cannot-write" && !target?.sessions.size) return refused({ why: "not-stored", what: "message" });
  const place = placeBetween(own, other);
  return signalling(state, by, { ...act, rank: undefined }, place, { to: name, inRoom: false, ephemeral });
}

/** Accepts a signal, unless it is a reaction that changes nothing. */
function signalling(
  state: State,
  by: Member,
  { to, rank, tags, id }: SignalAct,
  place: Place,
  delivery: Pick<Signalled, "to" | "inRoom" | "ephemeral">,
): CheckResult {
  const given = reactionIn(state, place, tags);
  if (given && repeatsReaction(state, by, given)) return refused({ why: "reaction-same", to, isOn: given.isOn });
  const reaction = given && rank === undefined ? quotedReaction(state, by, given) : undefined;
  return accepted({ type: "signalled", from: by.who, rank, tags, id, ...delivery, reaction });
}

/**
 * Checks a message or a signal that has its sender's id. If the same was sent before, the original is told again, to the
 * sender only. The same id with another text is refused. So is any message with an id while nothing can be stored: its
 * sender asks for certainty. `undefined` for a new message.
 *
 * An account's ids are compared with its own messages and with guests' messages: a returning guest may have another nick,
 * or an account. Ids are random and shown to nobody else.
 */
export function checkRepeat(state: State, by: Pick<Member, "who">, act: SayAct | SignalAct): CheckResult | undefined {
  const { id, to } = act;
  if (id === undefined) return undefined;
  const target = to.startsWith(ROOM_SIGN) ? state.room(to)?.key : sideNamed(state, to);
  if (target === undefined) return undefined;
  const sender = by.who.account?.id;
  const keys: readonly SentKey[] = [...new Set([sender, undefined])].map((author) => ({ target, sender: author, id }));
  for (const key of keys) {
    const original = findMessage(state, key);
    if (original) return isSame(original, act) ? { original } : refused({ why: "id-reused", to, id });
    if (state.store.wasRedacted(key)) return refused({ why: "taken-back", to, id });
  }
  return state.isDown ? refused({ why: "not-stored", what: "message" }) : undefined;
}

function isSame(original: StoredMessage | StoredSignal, act: SayAct | SignalAct): boolean {
  if (original.type === "said") return act.type === "say" && original.text === act.text && original.kind === act.kind;
  return act.type === "signal" && isSameTags(lastingTags(original.tags), lastingTags(act.tags));
}

function isSameTags(one: MessageTags, other: MessageTags): boolean {
  return one.size === other.size && [...one].every(([key, value]) => other.get(key) === value);
}

/** A stored or ephemeral message by its sender's id. */
function findMessage(state: State, key: SentKey): StoredMessage | StoredSignal | undefined {
  return state.store.findSent(key) ?? state.ephemeral.sent(textOf(key))?.message;
}

/** Moves a room's messages that are not stored to its new name. */
export function moveEphemeral(state: State, from: Place, { key, name }: Room): void {
  state.ephemeral.replace(from, ({ message }) => {
    const found = { place: key, message: { ...message, to: name } };
    return { found, key: sentTextOf(found) };
  });
}

/** Remembers a message that is not stored. */
export function rememberEphemeral(state: State, event: StoredMessage | StoredSignal): void {
  const { from, to, inRoom } = event;
  const place = inRoom ? fold(to) : placeBetween(sideOf(from), sideNamed(state, to));
  const found = { place, message: { ...event, origin: undefined } };
  state.ephemeral.add(found, sentTextOf(found));
}

/** The text of the key of a message; `undefined` if its sender gave it no id. */
export function sentTextOf({ place, message }: LocatedMessage): string | undefined {
  const { id, from } = message;
  return id === undefined ? undefined : textOf({ target: targetOf(place, message), sender: from.account?.id, id });
}

/** A map key. None of its parts contains a blank. */
function textOf({ target, sender, id }: SentKey): string {
  return `${target} ${sender ?? ""} ${id}`;
}

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
  return redacts(state, by, found, { to: room.name, msgid, reason: speechObstacle(room, by, "words") ? "" : reason });
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
