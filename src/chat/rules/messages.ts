import { fold } from "../../text/fold.ts";
import { isStoredBetween, sideOf } from "../conversation.ts";
import type { MessageKind, SayAct, SignalAct } from "../model/act.ts";
import type { EphemeralReason, NewEvent, Said } from "../model/event.ts";
import type { Member } from "../model/member.ts";
import { ROOM_SIGN } from "../model/names.ts";
import { accepted, type CheckResult, type Refusal, refused, type SpeechBar } from "../model/refusal.ts";
import type { Room } from "../model/room.ts";
import { neighboursOf, type Session } from "../model/session.ts";
import type { State } from "../model/state.ts";
import { checkRepeat } from "./idempotency.ts";

export function checkSay(state: State, by: Member, act: SayAct): CheckResult {
  const unfit = unfitToSay(state, act);
  if (unfit) return refused(unfit);
  const { rank, kind, text, tags, id, cuts } = act;
  if (act.to.startsWith(ROOM_SIGN)) {
    const room = state.room(act.to);
    if (!room) return refused({ why: "no-such-room", room: act.to });
    const bar = speechBar(room, by, kind);
    if (bar) return refused(speechRefusal(state, room, by, { ...act, bar }));
    const again = checkRepeat(state, by, act);
    if (again) return again;
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
      ephemeral: rank === undefined ? ephemeralNow(state) : "by-rule",
    });
  }
  const target = state.member(act.to);
  if (!target)
    return state.store.loadAccount(fold(act.to))
      ? sayToAbsent(state, by, act)
      : refused({ why: "no-such-nick", nick: act.to });
  if (!mayReach(by, target)) return refused({ why: "accounts-only", nick: target.nick });
  const again = checkRepeat(state, by, act);
  if (again) return again;
  const ephemeral = isStoredBetween(sideOf(by.who), sideOf(target.who)) ? ephemeralNow(state) : "by-rule";
  // Nobody would hear it, now or later.
  if (ephemeral === "cannot-write" && target.sessions.size === 0)
    return refused({ why: "not-stored", what: "message" });
  const away = kind === "notice" || kind === "answer" ? undefined : target.away || undefined;
  return accepted(directly(by, target.nick, act, { away, ephemeral }));
}

/** Whether someone takes what this one says to them alone: of guests, perhaps nothing but the server's operators' words. */
function mayReach({ who, userModes }: Member, target: Member): boolean {
  return (
    !target.userModes.has("accounts-only") ||
    who.account !== undefined ||
    userModes.has("operator") ||
    who === target.who
  );
}

function ephemeralNow({ isDown }: State): EphemeralReason | undefined {
  return isDown ? "cannot-write" : undefined;
}

/** To one with an account who is not here: it is kept for them. */
function sayToAbsent(state: State, by: Member, act: SayAct): CheckResult {
  const { to, kind, text, id } = act;
  const name = state.store.loadAccount(fold(to))?.name ?? to;
  const again = checkRepeat(state, by, { type: "say", to: name, kind, text, id });
  if (again) return again;
  if (state.isDown) return refused({ why: "not-stored", what: "message" });
  const away = kind === "words" || kind === "action" ? "Not here at present; what you say is kept" : undefined;
  return accepted(directly(by, name, act, { away, ephemeral: undefined }));
}

/** What one says to another alone. */
function directly(by: Member, to: string, act: SayAct, its: Pick<Said, "away" | "ephemeral">): NewEvent {
  const { kind, text, tags, id, cuts } = act;
  return { type: "said", from: by.who, to, inRoom: false, rank: undefined, kind, text, tags, id, cuts, ...its };
}

function unfitToSay(state: State, { to, text }: SayAct): Refusal | undefined {
  if (text === "") return { why: "nothing-to-say", to };
  const { messageBytes, messageLines } = state.limits;
  // Three bytes a character at the most: short texts need no count.
  if (messageBytes > 0 && text.length * 3 > messageBytes && Buffer.byteLength(text) > messageBytes) {
    return { why: "message-too-long", to, limit: messageBytes, unit: "bytes" };
  }
  if (messageLines > 0 && text.includes("\n") && text.split("\n").length > messageLines) {
    return { why: "message-too-long", to, limit: messageLines, unit: "lines" };
  }
  return undefined;
}

/** The refusal for one who may not speak in a room; it tells nothing of a room that they may not know of. */
function speechRefusal(
  state: State,
  room: Room,
  by: Member,
  { to, bar }: { readonly to: string; readonly bar: SpeechBar },
): Refusal {
  const isKnown = state.roomFor(by, room.name) !== undefined;
  return isKnown ? { why: "cannot-say", room: room.name, bar } : { why: "no-such-room", room: to };
}

/** Why this one may not speak in the room; `undefined` if they may. */
export function speechBar(room: Room, by: Member, kind: MessageKind): SpeechBar | undefined {
  const membership = room.members.get(by);
  if (!membership && room.flags.has("members-only")) return "outside";
  if (room.flags.has("no-queries") && (kind === "query" || kind === "answer")) return "no-queries";
  if (membership && membership.ranks.size > 0) return undefined;
  if (room.flags.has("moderated")) return "moderated";
  // A ban silences as a mute does.
  return room.isBanned(by.who, { lifted: membership?.lifted }) ? "banned" : undefined;
}

/**
 * The sessions that a member's words reach where they are no message (why it is away, its real name, its metadata): its
 * own, and those in the rooms where it may speak.
 */
export function hearersOf(member: Member): Set<Session> {
  return neighboursOf(member, (room) => speechBar(room, member, "words") === undefined);
}

/** A room where this one is muted and without a rank, and would speak again under another nick. */
export function roomEscapedAs(nick: string, by: Member): Room | undefined {
  const renamed = { ...by.who, nick };
  for (const room of by.rooms) {
    const membership = room.members.get(by);
    if (membership?.ranks.size === 0 && room.isBanned(by.who, membership) && !room.isBanned(renamed, membership))
      return room;
  }
  return undefined;
}

export function checkSignal(state: State, by: Member, act: SignalAct): CheckResult {
  const { tags, rank } = act;
  if (act.to.startsWith(ROOM_SIGN)) {
    const room = state.room(act.to);
    if (!room) return refused({ why: "no-such-room", room: act.to });
    const bar = speechBar(room, by, "words");
    if (bar) return refused(speechRefusal(state, room, by, { ...act, bar }));
    return accepted({ type: "signalled", from: by.who, to: room.name, inRoom: true, rank, tags });
  }
  const target = state.member(act.to);
  if (!target) return refused({ why: "no-such-nick", nick: act.to });
  if (!mayReach(by, target)) return refused({ why: "accounts-only", nick: target.nick });
  return accepted({ type: "signalled", from: by.who, to: target.nick, inRoom: false, rank: undefined, tags });
}
