import { type Folded, fold } from "../../text/fold.ts";
import { durationOf } from "../../text/time.ts";
import type { BanAct, BanFromRoomAct, LiftBanAct } from "../model/act.ts";
import type { NamedNetwork } from "../model/addresses.ts";
import type { Banned, EventOf, Identity, NewEvent } from "../model/event.ts";
import { type Mask, parseMask, type ServerBan } from "../model/masks.ts";
import type { Member } from "../model/member.ts";
import { isNick } from "../model/names.ts";
import { accepted, type CheckResult, type Refusal, refused } from "../model/refusal.ts";
import type { ListEntry, Room } from "../model/room.ts";
import { tellEach } from "../model/session.ts";
import { accountNamed, type State } from "../model/state.ts";
import type { Store } from "../store.ts";
import { appearanceOf } from "../visibility.ts";
import { expelWords } from "../words/moderation.ts";
import { checkChangeModes } from "./modes.ts";

/** The mask that means someone whatever nick they take: their account, or the host that others see. */
function maskAgainst({ account, host }: Pick<Identity, "account" | "host">): string {
  return account === undefined ? `*!*@${host}` : `a:${account.name}`;
}

/** Where a nick, or an account's name, is looked up. */
interface Directory {
  member(nick: string): Member | undefined;
  readonly store: Pick<Store, "loadAccount">;
}

/** A mask against someone, and the nick by which they were meant, if the mask says something else of them. */
interface MaskAgainst {
  readonly mask: string;
  readonly whom: string | undefined;
}

/**
 * The mask that a room's ban on `given` is to have. A nick means whoever has it: their account, or their host, but not
 * where that is the host of `by` too. The name of an account means that. All else is a mask already; `m:` before it
 * stays.
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
function memberNamed(given: string, directory: Pick<Directory, "member">): Member | undefined {
  const name = nickIn(given);
  return isMaskLike(name) ? undefined : directory.member(name);
}

/** Whether what is to be banned is neither a mask nor a name that anybody can have: `10m`. */
function isNobody(given: string): boolean {
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
 * The bans of a room that `given` may mean to lift: that mask, or those on someone by the nick, the account or the
 * host. Where there is none, those on whoever has the nick, however wide they are.
 */
export function bansOn(room: Room, given: string, found: Member | undefined): readonly ListEntry[] {
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
interface BadDuration {
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

/** Bans of the whole server: by what someone is in the chat, or by an address, which the server knows. */

export function checkBan(state: State, by: Member, act: BanAct): CheckResult {
  if (!by.userModes.has("operator")) return refused({ why: "not-server-operator" });
  if (act.network) return checkBanNetwork(state, by, act, act.network);
  const mask = parseMask(maskMeant(state, act.target), accountNamed(state));
  if (!mask || mask.muting || isNobody(act.target)) return refused({ why: "server-ban-bad", target: act.target });
  if (isTooWide(mask)) return refused({ why: "server-ban-wide", target: mask.text });
  if (mask.matches(by.who)) return refused({ why: "server-ban-own", target: mask.text });
  const { lasts, reason } = act;
  const { text: target, account } = mask;
  const banned: Banned = { type: "banned", by: by.who, kind: "mask", target, account, lasts, reason };
  return (
    refusedFull(state.bans, state.limits.maskBans, banned) ?? {
      events: banning(state, banned, ({ who }) => mask.matches(who)),
    }
  );
}

function checkBanNetwork(state: State, by: Member, act: BanAct, network: NamedNetwork): CheckResult {
  const { target: given, lasts, reason } = act;
  const { text: target, isWide, isOwn } = network;
  if (target === undefined) return refused({ why: "server-ban-bad", target: given });
  if (isWide) return refused({ why: "server-ban-wide", target: given });
  if (isOwn) return refused({ why: "server-ban-own", target: given });
  const banned: Banned = { type: "banned", by: by.who, kind: "address", target, lasts, reason };
  const from = new Set(network.sessions);
  const isFrom = ({ sessions }: Member) => sessions.size > 0 && [...sessions].every(({ id }) => from.has(id));
  return refusedFull(state.addressBans, state.limits.addressBans, banned) ?? { events: banning(state, banned, isFrom) };
}

/** Refuses a new ban where there are as many as there may be. */
function refusedFull(bans: ReadonlyMap<Folded, unknown>, limit: number, { target }: Banned): CheckResult | undefined {
  const isFull = limit > 0 && bans.size >= limit && !bans.has(fold(target));
  return isFull ? refused({ why: "server-bans-full", limit }) : undefined;
}

/** Puts out the present members that a ban of the server means. */
function* banning(state: State, banned: Banned, means: (member: Member) => boolean): Generator<NewEvent, void> {
  yield banned;
  const { by } = banned;
  const reason = expelWords(banned);
  for (const member of [...state.members.values()])
    if (means(member)) yield { type: "expelled", by, who: member.who, reason };
}

export function checkLiftBan(state: State, by: Member, act: LiftBanAct): CheckResult {
  if (!by.userModes.has("operator")) return refused({ why: "not-server-operator" });
  if (act.networks) return checkLiftNetwork(state, by, act.target, act.networks);
  const texts = [act.target, `a:${act.target}`, maskMeant(state, act.target)];
  for (const text of texts) {
    const mask = parseMask(text);
    const known = mask && state.bans.get(fold(mask.text));
    if (known) return accepted({ type: "ban-lifted", by: by.who, kind: "mask", target: known.ban.target });
  }
  return refused({ why: "server-ban-unknown", target: act.target });
}

function checkLiftNetwork(state: State, by: Member, target: string, networks: readonly string[]): CheckResult {
  const banned = networks.find((network) => state.addressBans.has(fold(network)));
  if (banned === undefined) return refused({ why: "server-ban-unknown", target });
  return accepted({ type: "ban-lifted", by: by.who, kind: "address", target: banned });
}

/** A nick, or an account's name, means whoever has it, under any nick; all else is a mask already. */
function maskMeant(state: State, target: string): string {
  if (/[!@*?:]/.test(target)) return target;
  const member = state.member(target);
  if (member) return maskAgainst(member.who);
  const account = state.store.loadAccount(fold(target));
  return account ? `a:${account.name}` : target;
}

/** Why the server does not have someone who would be this. */
export function banRefusal(state: State, who: Identity): Refusal | undefined {
  const ban = state.banOn(who);
  return ban && { why: "server-banned", until: ban.until, reason: ban.reason };
}

/** Takes up the bans that the store has, in the order in which they were set: the first that means someone says why. */
export function restoreBans(state: State): void {
  const bans = [...state.store.bans()].sort((one, other) => (one.seq ?? 0) - (other.seq ?? 0) || one.at - other.at);
  for (const ban of bans) keepBan(state, ban);
}

/** Takes up a ban, of the store's or a new one. */
function keepBan(state: State, ban: ServerBan): void {
  if (ban.kind === "address") {
    state.addressBans.delete(fold(ban.target));
    state.addressBans.set(fold(ban.target), ban);
    return;
  }
  const mask = parseMask(ban.target, () => ban.account);
  if (!mask) return;
  // The latest is the last, as it is after a restart.
  state.bans.delete(fold(ban.target));
  state.bans.set(fold(ban.target), { ban, mask });
}

export function applyBanned(state: State, event: EventOf<"banned">): void {
  const { by, kind, target, account, lasts, reason, seq, time: at } = event;
  const until = lasts === undefined ? undefined : state.now + lasts;
  const ban: ServerBan = { kind, target, account, by: by.nick, seq, at, until, reason };
  keepBan(state, ban);
  state.store.saveBan(fold(target), ban);
  state.nextEnd = Math.min(state.nextEnd, until ?? state.nextEnd);
  tellOperators(state, event);
}

export function applyBanLifted(state: State, event: EventOf<"ban-lifted">): void {
  const bans = event.kind === "mask" ? state.bans : state.addressBans;
  bans.delete(fold(event.target));
  state.store.removeBan(fold(event.target));
  tellOperators(state, event);
}

/** The server's operators, whoever of them is here. */
export function tellOperators(state: State, event: EventOf<"banned" | "ban-lifted" | "room-dropped">): void {
  for (const member of state.byUserMode.operator) tellEach(member.sessions, event);
}

/**
 * Bans someone from a room, or mutes them, as the room's operators order it: a ban is put on the list, and those in the
 * room whom it means are put out; a mute puts out nobody. A mode change of the list alone (`MODE +b`) puts out nobody.
 */
export function checkBanFromRoom(state: State, by: Member, act: BanFromRoomAct): CheckResult {
  const against = banMaskFor(act.target, by, state);
  const { lasts, reason } = act;
  const change = { mode: "ban", on: true, ...against, lasts, reason: reason || undefined } as const;
  const set = checkChangeModes(state, by, { type: "change-modes", room: act.room, changes: [change] });
  const room = state.room(act.room);
  if (room && !set.refusals?.length && isNobody(act.target))
    return refused({ why: "mode-value-bad", room: room.name, mode: "ban", value: act.target });
  const mask = parseMask(against.mask, accountNamed(state));
  if (!room || !mask || mask.muting || set.refusals?.length) return set;
  const meant = [...room.members.keys()].filter((other) => other !== by && isPutOut(state, room, other, { act, mask }));
  return meant.length === 0 ? set : { events: roomBanning(set.events ?? [], { by, room, meant, reason }) };
}

interface PuttingOut {
  readonly by: Member;
  readonly room: Room;
  readonly meant: readonly Member[];
  readonly reason: string;
}

function* roomBanning(set: Iterable<NewEvent>, { by, room, meant, reason }: PuttingOut): Generator<NewEvent, void> {
  yield* set;
  for (const member of meant) {
    const appeared = appearanceOf(room, member);
    if (appeared) yield appeared;
    yield { type: "kicked", by: by.who, who: member.who, room: room.name, reason };
  }
}

/**
 * Whether a ban puts out someone who is in the room. A pattern spares operators of the room and of the server, and
 * whoever was let in in spite of that ban; a ban that names a nick or an account means them too. Exceptions spare all.
 */
function isPutOut(
  state: State,
  room: Room,
  other: Member,
  { act, mask }: { readonly act: BanFromRoomAct; readonly mask: Mask },
): boolean {
  if (!mask.matches(other.who) || room.isListed("exception", other.who)) return false;
  if (other === memberNamed(act.target, state) || !hasWildcard(mask)) return true;
  const stood = room.lists.ban.get(fold(mask.text));
  const isSpared = stood !== undefined && room.members.get(other)?.lifted?.has(stood);
  return !isSpared && !room.isOperator(other) && !other.userModes.has("operator");
}

/** Whether a mask means whoever fits, and not one nick or one account. */
function hasWildcard({ text }: Mask): boolean {
  const [name = ""] = (text.startsWith("a:") ? text.slice(2) : text).split("!");
  return /[*?]/.test(name);
}
