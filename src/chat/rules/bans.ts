import { durationOf } from "../../text/duration.ts";
import { fold } from "../../text/fold.ts";
import type { AccountId } from "../model/account.ts";
import type { Who } from "../model/event.ts";
import type { Mask } from "../model/masks.ts";
import type { Member } from "../model/member.ts";
import { isNick } from "../model/names.ts";
import type { Entry, Room } from "../model/room.ts";
import type { Store } from "../store.ts";

/** Someone whom the whole server keeps out: by a mask of who they are, or by an address. */
export interface ServerBan {
  readonly kind: "mask" | "address";
  /** A mask (`masks.ts`) written out, an address, or a network such as `10.0.0.0/8`. */
  readonly target: string;
  /** The account that `a:NAME` means, where there was one of that name. */
  readonly account?: AccountId | undefined;
  /** The nick of the operator who set it. */
  readonly by: string;
  /** Its place in the order: bans are gone through as they were set. Old records have none. */
  readonly seq?: number | undefined;
  /** When, and until when by the steady clock; milliseconds since 1970. Without `until` it has no end. */
  readonly at: number;
  readonly until?: number | undefined;
  /** "" where none was given. */
  readonly reason: string;
}

/** The mask that means someone whatever nick they take: their account, or the host that others see. */
export function maskAgainst({ account, host }: Pick<Who, "account" | "host">): string {
  return account === undefined ? `*!*@${host}` : `a:${account.name}`;
}

/** Where a nick, or an account's name, is looked up. */
export interface Directory {
  member(nick: string): Member | undefined;
  readonly store: Pick<Store, "loadAccount">;
}

/** A mask against someone, and the nick by which they were meant, if the mask says something else of them. */
export interface MaskAgainst {
  readonly mask: string;
  readonly whom: string | undefined;
}

/**
 * The mask that a room's ban on `given` is to have. A nick means whoever has it: their account, or their host, but not
 * where that is the host of `by` too. The name of an account means that. All else is a mask already; `m:` before it stays.
 */
export function banMaskFor(given: string, by: Member, directory: Directory): MaskAgainst {
  const name = nickIn(given);
  const muting = given.slice(0, given.length - name.length);
  const asGiven = { mask: given, whom: undefined };
  if (isMaskLike(name)) return asGiven;
  const who = memberNamed(given, directory)?.who;
  if (who && who.account === undefined && who.host === by.who.host) return asGiven;
  if (who) return { mask: muting + maskAgainst(who), whom: who.nick };
  const account = directory.store.loadAccount(fold(name));
  return account ? { mask: `${muting}a:${account.name}`, whom: undefined } : asGiven;
}

/** The member who has the nick that an order of a ban gives, if it gives one. */
export function memberNamed(given: string, directory: Pick<Directory, "member">): Member | undefined {
  const name = nickIn(given);
  return isMaskLike(name) ? undefined : directory.member(name);
}

/** Whether what is to be banned is neither a mask nor a name that anybody can have: `10m`. */
export function isNobody(given: string): boolean {
  const name = nickIn(given);
  return !isMaskLike(name) && !isNick(name, 0);
}

/** Whether it is written as a mask, and is neither a nick nor an account's name. */
function isMaskLike(name: string): boolean {
  return /[!@*?:]/.test(name);
}

/** What stands behind `m:`, if that is there. */
export function nickIn(given: string): string {
  return given.startsWith("m:") ? given.slice(2) : given;
}

/**
 * The bans of a room that `given` may mean to lift: that mask, or those on someone by the nick, the account or the host.
 * Where there is none, those on whoever has the nick, however wide they are.
 */
export function bansOn(room: Room, given: string, found: Member | undefined): readonly Entry[] {
  const muting = given.startsWith("m:");
  const name = nickIn(given);
  const theirs = found ? [maskAgainst(found.who), maskAgainst({ ...found.who, account: undefined })] : [];
  const texts = [name, `a:${name}`, `${name}!*@*`, ...theirs].map((text) => fold((muting ? "m:" : "") + text));
  const entries = [...room.lists.ban.values()].filter(({ mask }) => mask.muting === muting);
  const named = entries.filter(
    ({ mask, whom }) => texts.includes(fold(mask.text)) || (whom !== undefined && fold(whom) === fold(name)),
  );
  return named.length > 0 || !found ? named : entries.filter(({ mask }) => mask.matches(found.who));
}

const LITERALS = 3; // characters that one part of a mask has besides its wildcards, to be no one-in-all

/** Whether a mask for the whole server may mean nearly everyone: no part of it says much. */
export function isTooWide({ text }: Mask): boolean {
  if (text.startsWith("a:")) return !says(text.slice(2));
  const [, nick = "", user = "", host = ""] = /^(.*?)!(.*)@(.*)$/.exec(text) ?? [];
  return !says(nick) && !says(host.replace(/\.cloak$/, "")) && literalsIn(user.replace(/^~/, "")) < LITERALS;
}

/** Whether a part has no wildcard, or enough besides them. */
function says(part: string): boolean {
  return part !== "" && (!/[*?]/.test(part) || literalsIn(part) >= LITERALS);
}

function literalsIn(part: string): number {
  return part.replace(/[*?]/g, "").length;
}

/** Whether it is written like an address or a network, good or not; `a:NAME` is an account. */
export function isAddressLike(target: string): boolean {
  if (/^a:[^:]*$/.test(target)) return false;
  return /^[\d.]+(?:\/.*)?$/.test(target) || /^[\da-fA-F:.]*:[\da-fA-F:.]*(?:\/.*)?$/.test(target);
}

/** What a ban order says: whom, for how long (milliseconds; `undefined` is without an end), and why. */
export interface BanOrder {
  readonly target: string;
  readonly lasts: number | undefined;
  readonly reason: string;
}

/** Why an order cannot be understood: a word that stands where a duration would, and is none. */
export interface BadDuration {
  readonly badDuration: string;
}

/** Takes an order apart: `TARGET [DURATION] [REASON]`; `0` is without an end, as where nothing is said. */
export function banOrderOf(words: string): BanOrder | BadDuration {
  const [, target = "", second = "", rest = ""] = /^\s*(\S+)\s*(\S*)\s*(.*)$/s.exec(words) ?? [];
  if (second === "0") return { target, lasts: undefined, reason: rest };
  const lasts = durationOf(second.toLowerCase());
  if (lasts !== undefined) return { target, lasts, reason: rest };
  if (/^[+-]?\d+[a-z]*$/i.test(second)) return { badDuration: second };
  return { target, lasts, reason: `${second} ${rest}`.trim() };
}
