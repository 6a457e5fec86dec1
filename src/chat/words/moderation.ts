import { dateOf, lengthOf } from "../../text/time.ts";
import type { RoomDropped, RoomRenamed } from "../model/event.ts";
import type { ServerBan } from "../model/masks.ts";
import type { BanOrder } from "../rules/bans.ts";

/** Sentences about bans, without their full stop, that all faces have in common. */

/** What the one whom the server bans is told. */
export function bannedWords({ until, reason }: Pick<ServerBan, "until" | "reason">): string {
  return `You are banned from this server${until === undefined ? "" : ` until ${dateOf(until)}`}${because(reason)}`;
}

/** What the server's operators are told of a ban that was set. */
export function setWords(by: string, { target, lasts, reason }: BanOrder): string {
  return `${by} banned ${target} from this server${forHowLong(lasts)}${because(reason)}`;
}

/** Why someone was put out who is banned from now on. */
export function expelWords({ lasts, reason }: Pick<BanOrder, "lasts" | "reason">): string {
  return `Banned${forHowLong(lasts)}${because(reason)}`;
}

/** What they are told of one that was lifted, by someone or by its end. */
export function liftedWords(by: string | undefined, target: string): string {
  return by === undefined
    ? `The ban of ${target} from this server has ended`
    : `${by} lifted the ban of ${target} from this server`;
}

/** A ban as the list of them has it. */
export function listedWords({ target, by, at, until, reason }: ServerBan, now: number): string {
  const end = until === undefined ? "no end" : `until ${dateOf(until)} (${lengthOf(until - now)} left)`;
  return `${target}: by ${by} on ${dateOf(at)}, ${end}${because(reason)}`;
}

/** `bob (a:bobby)`: a mask with whom it was meant for, or the mask alone. */
export function meantWords(mask: string, whom: string | undefined): string {
  return whom === undefined ? mask : `${whom} (${mask})`;
}

/** ` for 2h`, or nothing for what has no end. */
export function forHowLong(lasts: number | undefined): string {
  return lasts === undefined ? "" : ` for ${lengthOf(lasts)}`;
}

function because(reason: string): string {
  return reason === "" ? "" : `: ${reason}`;
}

/** What is said of a duration that is none. */
export function durationWords(given: string): string {
  return `Duration "${given}": use 10m, 2h or 7d`;
}

/** Why someone is put out of a room that is dropped. */
export function dropWords(reason: string): string {
  return `The room is dropped${reason === "" ? "" : `: ${reason}`}`;
}

/** Tells the server's operators of it; without the full stop. */
export function droppedRoomWords({ by, room, reason }: Pick<RoomDropped, "by" | "room" | "reason">): string {
  return `${by.nick} dropped ${room}, with what was said in it${reason === "" ? "" : `: ${reason}`}`;
}

/** Tells those in a room of its new name; without the full stop. */
export function renamedRoomWords({ room, to, reason }: Pick<RoomRenamed, "room" | "to" | "reason">): string {
  return `${room} is ${to} now${reason === "" ? "" : `: ${reason}`}`;
}
