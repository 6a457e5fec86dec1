import { dateOf } from "../text/clock.ts";
import { lengthOf } from "../text/duration.ts";
import type { BanOrder, ServerBan } from "./bans.ts";
import type { Refusal } from "./refusal.ts";

type ServerBanRefusal = Extract<
  Refusal,
  { why: "server-ban-bad" | "server-ban-wide" | "server-ban-own" | "server-ban-unknown" | "server-bans-full" }
>;

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

/** Why a ban of the server's is not set, or not lifted, and what would do. */
export function serverBanWords(refusal: ServerBanRefusal): string {
  switch (refusal.why) {
    case "server-ban-bad":
      return `"${refusal.target}" is no one to ban: give a nick, a:ACCOUNT, nick!user@host, an address, or a network such as 10.0.0.0/8 or 2001:db8::/32`;
    case "server-ban-wide":
      return `${refusal.target} means nearly everyone: say more of the nick, account or host, or a network of at least /8 (IPv6: /16)`;
    case "server-ban-own":
      return `${refusal.target} means you too: ban an account (a:NAME), a nick (NAME!*@*) or a smaller network`;
    case "server-ban-unknown":
      return `There is no ban of ${refusal.target} to lift`;
    case "server-bans-full":
      return `The server keeps at most ${refusal.limit} bans: lift one first`;
  }
}

/** What is said of a duration that is none. */
export function durationWords(given: string): string {
  return `Duration "${given}": use 10m, 2h or 7d`;
}
