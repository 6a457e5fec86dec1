import { dateOf, lengthOf } from "../../text/time.ts";
import type { MembershipEnded, RoomDropped, RoomRenamed } from "../model/event.ts";
import { nickOf, type ServerBan } from "../model/masks.ts";
import type { ModeChange } from "../model/modes.ts";
import type { BanOrder } from "../rules/bans.ts";

// The sentences about bans and deleted rooms, the same in every face; without a full stop.

/** Tells a banned session why it is refused. */
export function bannedWords({ until, reason }: Pick<ServerBan, "until" | "reason">): string {
  return `You are banned from this server${until === undefined ? "" : ` until ${dateOf(until)}`}${because(reason)}`;
}

/** Tells server operators of a new ban. */
export function setWords(by: string, { target, whom, lasts, reason }: BanOrder & Pick<ServerBan, "whom">): string {
  return `${by} banned ${meantWords(target, whom)} from this server${forHowLong(lasts)}${because(reason)}`;
}

/** Tells who has taken an absent account off a room. */
export function membershipEndedWords({ account, room }: Pick<MembershipEnded, "account" | "room">): string {
  return `${account.name} is not here, and does not come back to ${room} by itself any more`;
}

/** The reason of an expulsion by a ban. */
export function expelWords({ lasts, reason }: Pick<BanOrder, "lasts" | "reason">): string {
  return `Banned${forHowLong(lasts)}${because(reason)}`;
}

/** Tells server operators of a lifted ban; `by` is `undefined` if it has expired. */
export function liftedWords(by: string | undefined, target: string): string {
  return by === undefined
    ? `The ban of ${target} from this server has ended`
    : `${by} lifted the ban of ${target} from this server`;
}

/** A line of the list of bans. */
export function listedWords({ target, whom, by, at, until, reason }: ServerBan, now: number): string {
  const end = until === undefined ? "no end" : `until ${dateOf(until)} (${lengthOf(until - now)} left)`;
  return `${meantWords(target, whom)}: by ${by} on ${dateOf(at)}, ${end}${because(reason)}`;
}

/** `bob (a:bobby)`: a mask with the nick that it was made from, if any. */
export function meantWords(mask: string, whom: string | undefined): string {
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
 * Tells an operator how far a ban or mute reaches that follows a guest of the operator's own host; without the full
 * stop. `undefined` where no change is such.
 */
export function followsWords(changes: readonly ModeChange[]): string | undefined {
  const change = changes.find((each) => "mask" in each && each.follows && each.on);
  if (!change || !("mask" in change)) return undefined;
  const nick = nickOf(change.mask);
  return `${nick} is a guest at your own host: this holds for any nick until ${nick} disconnects, then only for the nick ${nick}; /set invite-only on keeps out everyone who is not invited`;
}
