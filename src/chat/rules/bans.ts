import { type Folded, fold } from "../../text/fold.ts";
import { durationOf } from "../../text/time.ts";
import type { BanAct, BanFromRoomAct, LiftBanAct } from "../model/act.ts";
import type { Banned, EventOf, Identity, NewEvent } from "../model/event.ts";
import { type Mask, parseMask, type ServerBan } from "../model/masks.ts";
import { inOrder, type Member } from "../model/member.ts";
import { isNick } from "../model/names.ts";
import { accepted, type CheckResult, type Refusal, refused } from "../model/refusal.ts";
import type { ListEntry, Room } from "../model/room.ts";
import { type NamedNetwork, tellEach } from "../model/session.ts";
import { accountNamed, type State } from "../model/state.ts";
import type { Store } from "../store.ts";
import { appearanceOf } from "../visibility.ts";
import { expelWords } from "../words/events.ts";
import { checkChangeModes } from "./modes.ts";

/** A mask that matches a member under any nick: its account, or its cloaked host. */
function maskAgainst({ account, host }: Pick<Identity, "account" | "host">): string {
  return account === undefined ? `*!*@${host}` : `a:${account.name}`;
}

/** Looks up nicks and account names. */
interface Directory {
  member(nick: string): Member | undefined;
  readonly store: Pick<Store, "loadAccount">;
}

/** A mask, and the nick that it was made from. */
interface MaskAgainst {
  readonly mask: string;
  readonly whom: string | undefined;
  readonly follows?: boolean;
}

/**
 * The mask of a room's ban on `given`. A nick becomes its holder's account or host; if that is also the host of `by`, the
 * mask stays the nick, and follows the holder while it is here.
 * An account's name becomes `a:NAME`. Anything else is a mask already. A leading `m:` stays.
 */
export function banMaskFor(given: string, by: Member, directory: Directory): MaskAgainst {
  const name = nickIn(given);
  const muting = given.slice(0, given.length - name.length);
  const asGiven = { mask: given, whom: undefined };
  if (isMaskLike(name)) return asGiven;
  const who = memberNamed(given, directory)?.who;
  if (who && who.account === undefined && who.host === by.who.host) return { ...asGiven, follows: true };
  if (who) return { mask: muting + maskAgainst(who), whom: who.nick };
  const account = directory.store.loadAccount(fold(name));
  return account ? { mask: `${muting}a:${account.name}`, whom: undefined } : asGiven;
}

/** The member with the nick that the target of a ban gives, if it is a nick. */
function memberNamed(given: string, directory: Pick<Directory, "member">): Member | undefined {
  const name = nickIn(given);
  return isMaskLike(name) ? undefined : directory.member(name);
}

/** Whether the target of a ban is neither a mask nor a possible name, such as `10m`. */
function isInvalidTarget(given: string): boolean {
  const name = nickIn(given);
  return !isMaskLike(name) && !isNick(name, 0);
}

/** Whether it is written as a mask, and cannot be a nick or an account's name. */
function isMaskLike(name: string): boolean {
  return /[!@*?:]/.test(name);
}

/** The target without a leading `m:`. */
export function nickIn(given: string): string {
  return given.startsWith("m:") ? given.slice(2) : given;
}

/**
 * The bans of a room that an unban of `given` lifts: that mask, or bans of that nick, of its account, its host, or its holder
 * under an earlier nick.
 */
export function bansOn(room: Room, given: string, found: Member | undefined): readonly ListEntry[] {
  const muting = given.startsWith("m:");
  const name = nickIn(given);
  const foundMasks = found ? [maskAgainst(found.who), maskAgainst({ ...found.who, account: undefined })] : [];
  const texts = [name, `a:${name}`, `${name}!*@*`, ...foundMasks].map((text) => fold((muting ? "m:" : "") + text));
  return [...room.lists.ban.values()].filter(
    ({ mask, whom }) =>
      mask.muting === muting &&
      (texts.includes(fold(mask.text)) ||
        (whom !== undefined && fold(whom) === fold(name)) ||
        (found !== undefined && mask.member === found.id)),
  );
}

/** The bans of a room that match a member, and that an unban of its nick does not lift, as they are wider. */
export function widerBansOn(room: Room, given: string, found: Member): readonly ListEntry[] {
  const lifted = new Set(bansOn(room, given, found));
  const muting = given.startsWith("m:");
  return [...room.lists.ban.values()].filter(
    (entry) => entry.mask.muting === muting && entry.mask.matches(found.who) && !lifted.has(entry),
  );
}

const LITERALS = 3; // characters besides wildcards that make one part of a mask specific enough

/** Whether a mask is too wide for the whole server: none of its parts is specific. */
export function isTooWide({ text }: Mask): boolean {
  if (text.startsWith("a:")) return !isSpecific(text.slice(2));
  const [, nick = "", user = "", host = ""] = /^(.*?)!(.*)@(.*)$/.exec(text) ?? [];
  return (
    !isSpecific(nick) && !isSpecific(host.replace(/\.cloak$/, "")) && literalsIn(user.replace(/^~/, "")) < LITERALS
  );
}

/** Whether a part has no wildcard, or enough other characters. */
function isSpecific(part: string): boolean {
  return part !== "" && (!/[*?]/.test(part) || literalsIn(part) >= LITERALS);
}

/** The number of characters besides wildcards. */
function literalsIn(part: string): number {
  return part.replace(/[*?]/g, "").length;
}

/** Whether it is written like an address or a network, valid or not; `a:NAME` is an account. */
export function isAddressLike(target: string): boolean {
  if (/^a:[^:]*$/.test(target)) return false;
  return /^[\d.]+(?:\/.*)?$/.test(target) || /^[\da-fA-F:.]*:[\da-fA-F:.]*(?:\/.*)?$/.test(target);
}

/** The parameters of a ban: target, duration (milliseconds; `undefined`: no end), reason. */
export interface BanOrder {
  readonly target: string;
  readonly lasts: number | undefined;
  readonly reason: string;
}

/** The second word looks like a duration and is none. */
interface BadDuration {
  readonly badDuration: string;
}

/** Parses `TARGET [DURATION] [REASON]`; the duration `0`, like none, means no end. */
export function parseBanOrder(words: string): BanOrder | BadDuration {
  const [, target = "", second = "", rest = ""] = /^\s*(\S+)\s*(\S*)\s*(.*)$/s.exec(words) ?? [];
  if (second === "0") return { target, lasts: undefined, reason: rest };
  const lasts = durationOf(second.toLowerCase());
  if (lasts !== undefined) return { target, lasts, reason: rest };
  if (/^[+-]?\d+[a-z]*$/i.test(second)) return { badDuration: second };
  return { target, lasts, reason: `${second} ${rest}`.trim() };
}

/** Checks a ban of the whole server: of a mask, or of a network that the server has resolved. */
export function checkBan(state: State, by: Member, act: BanAct): CheckResult {
  if (!by.userModes.has("operator")) return refused({ why: "not-server-operator" });
  if (act.network) return checkBanNetwork(state, by, act, act.network);
  const mask = parseMask(serverMaskFor(state, act.target), accountNamed(state));
  if (!mask || mask.muting || isInvalidTarget(act.target))
    return refused({ why: "server-ban-bad", target: act.target });
  if (isTooWide(mask)) return refused({ why: "server-ban-wide", target: mask.text });
  if (mask.matches(by.who)) return refused({ why: "server-ban-own", target: mask.text });
  const { lasts, reason } = act;
  const { text: target, account } = mask;
  const whom = memberNamed(act.target, state)?.nick;
  const banned: Banned = { type: "banned", by: by.who, kind: "mask", target, whom, account, lasts, reason };
  return (
    refusedIfFull(state.bans, state.limits.maskBans, banned) ?? {
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
  const isFromThere = ({ sessions }: Member) => sessions.size > 0 && [...sessions].every(({ id }) => from.has(id));
  return (
    refusedIfFull(state.addressBans, state.limits.addressBans, banned) ?? {
      events: banning(state, banned, isFromThere),
    }
  );
}

/** Refuses a new ban if the limit is reached; a ban of the same target may be replaced. */
function refusedIfFull(bans: ReadonlyMap<Folded, unknown>, limit: number, { target }: Banned): CheckResult | undefined {
  const isFull = limit > 0 && bans.size >= limit && !bans.has(fold(target));
  return isFull ? refused({ why: "server-bans-full", limit }) : undefined;
}

/** Sets a ban of the whole server and expels the members that it matches. */
function* banning(state: State, banned: Banned, matches: (member: Member) => boolean): Generator<NewEvent, void> {
  yield banned;
  const { by } = banned;
  const reason = expelWords(banned);
  for (const member of inOrder(state.members.values()))
    if (matches(member)) yield { type: "expelled", by, who: member.who, reason };
}

export function checkLiftBan(state: State, by: Member, act: LiftBanAct): CheckResult {
  if (!by.userModes.has("operator")) return refused({ why: "not-server-operator" });
  if (act.networks) return checkLiftNetwork(state, by, act.target, act.networks);
  const texts = [act.target, `a:${act.target}`, serverMaskFor(state, act.target)];
  for (const text of texts) {
    const mask = parseMask(text);
    const known = mask && state.bans.get(fold(mask.text));
    if (known) return accepted({ type: "ban-lifted", by: by.who, kind: "mask", target: known.ban.target });
  }
  const theirs = [...state.bans.values()].filter(({ ban }) => ban.whom && fold(ban.whom) === fold(act.target));
  if (theirs.length === 0) return refused({ why: "server-ban-unknown", target: act.target });
  return accepted(
    ...theirs.map(({ ban: { target } }) => ({ type: "ban-lifted", by: by.who, kind: "mask", target }) as const),
  );
}

function checkLiftNetwork(state: State, by: Member, target: string, networks: readonly string[]): CheckResult {
  const banned = networks.find((network) => state.addressBans.has(fold(network)));
  if (banned === undefined) return refused({ why: "server-ban-unknown", target });
  return accepted({ type: "ban-lifted", by: by.who, kind: "address", target: banned });
}

/** The mask of a server ban: a nick becomes its holder's account or host, an account's name `a:NAME`. */
function serverMaskFor(state: State, target: string): string {
  if (/[!@*?:]/.test(target)) return target;
  const member = state.member(target);
  if (member) return maskAgainst(member.who);
  const account = state.store.loadAccount(fold(target));
  return account ? `a:${account.name}` : target;
}

/** The refusal of an identity that is banned from the whole server. */
export function banRefusal(state: State, who: Identity): Refusal | undefined {
  const ban = state.banOn(who);
  return ban && { why: "server-banned", until: ban.until, reason: ban.reason };
}

/** Loads the stored bans in the order in which they were set: the first that matches gives the reason. */
export function restoreBans(state: State): void {
  const bans = [...state.store.bans()].sort((a, b) => (a.seq ?? 0) - (b.seq ?? 0) || a.at - b.at);
  for (const ban of bans) addBan(state, ban);
}

/** Adds a ban to the state. */
function addBan(state: State, ban: ServerBan): void {
  if (ban.kind === "address") {
    state.addressBans.delete(fold(ban.target));
    state.addressBans.set(fold(ban.target), ban);
    return;
  }
  const mask = parseMask(ban.target, () => ban.account);
  if (!mask) return;
  // A replaced ban moves to the end, as it does after a restart.
  state.bans.delete(fold(ban.target));
  state.bans.set(fold(ban.target), { ban, mask });
}

export function applyBanned(state: State, event: EventOf<"banned">): void {
  const { by, kind, target, whom, account, lasts, reason, seq, time: at } = event;
  const until = lasts === undefined ? undefined : state.now + lasts;
  const ban: ServerBan = { kind, target, whom, account, by: by.nick, seq, at, until, reason };
  addBan(state, ban);
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

/** Tells all sessions of server operators. */
export function tellOperators(state: State, event: EventOf<"banned" | "ban-lifted" | "room-dropped">): void {
  for (const member of state.byUserMode.operator) tellEach(member.sessions, event);
}

/**
 * Checks a ban from a room, or a mute: it is added to the ban list, and a ban kicks the members that it matches. A mute
 * kicks nobody, nor does a change of the list alone (`MODE +b`).
 */
export function checkBanFromRoom(state: State, by: Member, act: BanFromRoomAct): CheckResult {
  const against = banMaskFor(act.target, by, state);
  const { lasts, reason } = act;
  const change = { mode: "ban", on: true, ...against, lasts, reason: reason || undefined } as const;
  const set = checkChangeModes(state, by, { type: "change-modes", room: act.room, changes: [change] });
  const room = state.room(act.room);
  if (room && !set.refusals?.length && isInvalidTarget(act.target))
    return refused({ why: "mode-value-bad", room: room.name, mode: "ban", value: act.target });
  if (room && !set.refusals?.length && memberNamed(act.target, state) === by)
    return refused({ why: "cannot-ban-self", room: room.name });
  const mask = parseMask(against.mask, accountNamed(state));
  if (!room || !mask || mask.muting || set.refusals?.length) return set;
  const kicked = [...room.members.keys()].filter(
    (other) => other !== by && isKicked(state, room, other, { act, mask }),
  );
  return kicked.length === 0 ? set : { events: banningFromRoom(set.events ?? [], { by, room, kicked, reason }) };
}

interface RoomBan {
  readonly by: Member;
  readonly room: Room;
  readonly kicked: readonly Member[];
  readonly reason: string;
}

function* banningFromRoom(set: Iterable<NewEvent>, { by, room, kicked, reason }: RoomBan): Generator<NewEvent, void> {
  yield* set;
  for (const member of kicked) {
    const appeared = appearanceOf(room, member);
    if (appeared) yield appeared;
    yield { type: "kicked", by: by.who, who: member.who, room: room.name, reason };
  }
}

/**
 * Whether a ban kicks a member of the room. A mask with wildcards spares operators of the room and of the server, and
 * members whose invitation lifted this ban; a ban of one nick or account does not. Exceptions spare everyone.
 */
function isKicked(
  state: State,
  room: Room,
  other: Member,
  { act, mask }: { readonly act: BanFromRoomAct; readonly mask: Mask },
): boolean {
  if (!mask.matches(other.who) || room.isListed("exception", other.who)) return false;
  if (other === memberNamed(act.target, state) || !hasWildcard(mask)) return true;
  const existing = room.lists.ban.get(fold(mask.text));
  const isSpared = existing !== undefined && room.members.get(other)?.lifted?.has(existing);
  return !isSpared && !room.isOperator(other) && !other.userModes.has("operator");
}

/** Whether a mask stands for more than one nick or account. */
function hasWildcard({ text }: Mask): boolean {
  const [name = ""] = (text.startsWith("a:") ? text.slice(2) : text).split("!");
  return /[*?]/.test(name);
}
