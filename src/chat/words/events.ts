import { clockOf, dateOf, dayOf, lengthOf } from "../../text/time.ts";
import type { EventOf, HookSet, MembershipEnded, QuotedReaction, RoomDropped, RoomRenamed } from "../model/event.ts";
import { nickOf, type ServerBan } from "../model/masks.ts";
import type { ModeChange } from "../model/modes.ts";
import type { TokenRecord } from "../model/token.ts";
import type { BanOrder } from "../rules/bans.ts";

// The sentences about bans, rooms, messages and webhooks, the same in every protocol; without a full stop.

/** The refusal of a banned session. */
export function bannedWords({ until, reason }: Pick<ServerBan, "until" | "reason">): string {
  return `You are banned from this server${until === undefined ? "" : ` until ${dateOf(until)}`}${because(reason)}`;
}

/** Tells server operators of a new ban. */
export function banSetWords(by: string, { target, whom, lasts, reason }: BanOrder & Pick<ServerBan, "whom">): string {
  return `${by} banned ${maskWords(target, whom)} from this server${forHowLong(lasts)}${because(reason)}`;
}

/** Tells an operator that an absent account was removed from a room. */
export function membershipEndedWords({ account, room }: Pick<MembershipEnded, "account" | "room">): string {
  return `${account.name} is offline, and will not rejoin ${room} automatically`;
}

/** The reason with which a ban disconnects its target. */
export function expelWords({ lasts, reason }: Pick<BanOrder, "lasts" | "reason">): string {
  return `Banned${forHowLong(lasts)}${because(reason)}`;
}

/** Tells server operators of a lifted ban; `by` is `undefined` if it has expired. */
export function banLiftedWords(by: string | undefined, target: string): string {
  return by === undefined
    ? `The ban of ${target} from this server has ended`
    : `${by} lifted the ban of ${target} from this server`;
}

/** A line of the list of bans. */
export function banListWords({ target, whom, by, at, until, reason }: ServerBan, now: number): string {
  const end = until === undefined ? "no end" : `until ${dateOf(until)} (${lengthOf(until - now)} left)`;
  return `${maskWords(target, whom)}: by ${by} on ${dateOf(at)}, ${end}${because(reason)}`;
}

/** `bob (a:bobby)`: a mask with the nick that it was made from, if any. */
export function maskWords(mask: string, whom: string | undefined): string {
  return whom === undefined ? mask : `${whom} (${mask})`;
}

/** ` for 2h`; "" if there is no end. */
export function forHowLong(lasts: number | undefined): string {
  return lasts === undefined ? "" : ` for ${lengthOf(lasts)}`;
}

/** `: reason`; "" if there is none. */
export function because(reason: string): string {
  return reason === "" ? "" : `: ${reason}`;
}

/** Refuses an invalid duration. */
export function durationWords(given: string): string {
  return `Duration "${given}": use 10m, 2h or 7d`;
}

/** The reason of a kick from a deleted room. */
export function dropWords(reason: string): string {
  return `The room is dropped${because(reason)}`;
}

/** Tells server operators of a deleted room. */
export function droppedRoomWords({ by, room, reason }: Pick<RoomDropped, "by" | "room" | "reason">): string {
  return `${by.nick} dropped ${room}, with what was said in it${because(reason)}`;
}

/** Tells the members of a room its new name. */
export function renamedRoomWords({ room, to, reason }: Pick<RoomRenamed, "room" | "to" | "reason">): string {
  return `${room} is ${to} now${because(reason)}`;
}

/**
 * Tells an operator the limits of a ban or mute of a guest at the operator's own host, which bans the guest and not the
 * host; `undefined` if the changes have none.
 */
export function followsWords(changes: readonly ModeChange[]): string | undefined {
  const change = changes.find((each) => "mask" in each && each.follows && each.on);
  if (!change || !("mask" in change)) return undefined;
  const nick = nickOf(change.mask);
  return `${nick} is a guest at your own host: this holds for any nick until ${nick} disconnects, then only for the nick ${nick}; /set invite-only on keeps out everyone who is not invited`;
}

/** Tells a newcomer that history is kept; `undefined` if it is not. `kept` is the result of `Chat.keptIn`. */
export function keptWords(room: string, kept: number | undefined): string | undefined {
  if (kept === 0) return undefined;
  return `What is said in ${room} is kept${kept === undefined ? "" : ` for ${lengthOf(kept)}`}: whoever joins can read it`;
}

/**
 * Tells of a redaction, after a nick: `took back a message of 08:46`; `undefined` if people were not shown the message. It never
 * repeats the text: terminals and log files keep what they are told. `where` is the room with a preposition and a blank before it,
 * or "".
 */
export function redactedWords(event: EventOf<"redacted">, where = ""): string | undefined {
  const { from, isOwn, subject, reason, time } = event;
  if (!subject) return undefined;
  const { what, at } = subject;
  const whose = isOwn ? `a ${what}` : `${from.nick}'s ${what}`;
  const day = dayOf(at) === dayOf(time) ? "" : `${dayOf(at)} `;
  return `took back ${whose} of ${day}${clockOf(at)}${where}${reason === "" ? "" : ` (${reason})`}`;
}

/** Tells of a reaction, after a nick: `reacted 👍 to ann: hello wor…`. */
export function reactionWords({ emoji, isOn, to, text }: QuotedReaction, where = ""): string {
  const reacted = isOn ? `reacted ${emoji}` : `took back ${emoji}`;
  return text === "" ? `${reacted} to a message of ${to.nick}${where}` : `${reacted} to ${to.nick}${where}: ${text}`;
}

/** Tells a room that its messages are posted to an outgoing webhook from now on, or no longer. */
export function hookSetWords({ by, room, host, word, on }: HookSet): string {
  const what = word === undefined ? `all that is said in ${room}` : `what is said in ${room} after ${word}`;
  return on
    ? `${by.nick} made an outgoing webhook: ${what} goes to ${host} from now on`
    : `${by.nick} ended the outgoing webhook to ${host}`;
}

/** Tells a newcomer the outgoing webhooks of a room. */
export function hooksWords(room: string, hooks: readonly TokenRecord[]): string {
  const targets = hooks.map(({ name, out }) => (out?.word === undefined ? `all to ${name}` : `${out.word} to ${name}`));
  return `What is said in ${room} goes out by webhooks: ${targets.join(", ")}`;
}
