import { fold } from "../../text/fold.ts";
import { isSameAccount } from "../model/account.ts";
import type { ChangeModesAct, MessageKind, SetTopicAct } from "../model/act.ts";
import { isForPeople, type NewEvent } from "../model/event.ts";
import { parseMask } from "../model/masks.ts";
import type { Member } from "../model/member.ts";
import { type HistoryChange, LISTS, type MaskChange, type ModeChange, type RankChange } from "../model/modes.ts";
import {
  accepted,
  type BanTerms,
  type CheckResult,
  NOTHING,
  type Refusal,
  refused,
  type SpeechObstacle,
} from "../model/refusal.ts";
import type { ListEntry, Room } from "../model/room.ts";
import { neighboursOf, type Session } from "../model/session.ts";
import { accountNamed, type State } from "../model/state.ts";
import { appearanceOf } from "../visibility.ts";

/** The modes of rooms: who may change them, and who may speak under them. */

/** Whether a member has an operator's rights in the room. Server operators have them in every room, members of it or not. */
export function mayModerate(member: Member, room: Room): boolean {
  return room.isOperator(member) || member.userModes.has("operator");
}

/** The refusal of a member without an operator's rights in the room. */
export function moderationRefusal(member: Member, room: Room): Refusal | undefined {
  if (mayModerate(member, room)) return undefined;
  return { why: member.rooms.has(room) ? "not-operator" : "not-in-room", room: room.name };
}

export function checkSetTopic(state: State, by: Member, act: SetTopicAct): CheckResult {
  const room = state.roomFor(by, act.room);
  if (!room) return refused({ why: "no-such-room", room: act.room });
  if (!by.rooms.has(room) && !mayModerate(by, room)) return refused({ why: "not-in-room", room: room.name });
  if (room.flags.has("topic-locked") && !mayModerate(by, room))
    return refused({ why: "not-operator", room: room.name });
  const obstacle = speechObstacle(room, by, "words");
  if (obstacle && !mayModerate(by, room)) return refused(cannotSay(room, by, obstacle));
  return accepted({ type: "topic-set", by: by.who, room: room.name, topic: act.topic });
}

/** Checks each change by itself: the valid ones become one event, each invalid one a refusal. */
export function checkChangeModes(state: State, by: Member, act: ChangeModesAct): CheckResult {
  const room = state.roomFor(by, act.room);
  if (!room) return refused({ why: "no-such-room", room: act.room });
  if (!mayModerate(by, room)) return refused({ why: "not-operator", room: room.name });
  const changes: ModeChange[] = [];
  const refusals: Refusal[] = [];
  for (const change of act.changes) {
    const checked = checkChange(state, room, change, changes);
    if (checked === undefined) continue;
    if ("why" in checked) refusals.push(checked);
    else changes.push(checked);
  }
  if (changes.length === 0) return refusals.length > 0 ? { refusals } : NOTHING;
  const appeared = changes.flatMap((change) => appearanceBefore(state, room, change) ?? []);
  return { ...accepted(...appeared, { type: "modes-changed", by: by.who, room: room.name, changes }), refusals };
}

/** Announces a quiet member before its rank is changed. */
function appearanceBefore(state: State, room: Room, change: ModeChange): NewEvent | undefined {
  const member = "nick" in change ? state.member(change.nick) : undefined;
  return member && appearanceOf(room, member);
}

/** The change as it takes effect, its refusal, or `undefined` if nothing changes. `before` are earlier changes of the act. */
function checkChange(
  state: State,
  room: Room,
  change: ModeChange,
  before: readonly ModeChange[],
): ModeChange | Refusal | undefined {
  switch (change.mode) {
    case "operator":
    case "voice":
      return checkRank(state, room, change, before);
    case "ban":
    case "exception":
    case "invitation":
      return checkMask(state, room, change, before);
    case "key":
      return checkKey(state, room, change, before);
    case "limit":
      return checkLimit(room, change, before);
    case "history":
      return checkHistory(room, change, before);
    default:
      return (lastChange(change, before)?.on ?? room.flags.has(change.mode)) === change.on ? undefined : change;
  }
}

/** The last earlier change of the same mode and, for ranks and lists, of the same nick or mask. */
function lastChange<C extends ModeChange>(change: C, before: readonly ModeChange[]): C | undefined {
  return before.findLast((earlier): earlier is C => {
    if (earlier.mode !== change.mode) return false;
    if ("nick" in earlier && "nick" in change) return fold(earlier.nick) === fold(change.nick);
    return !("mask" in earlier && "mask" in change) || fold(earlier.mask) === fold(change.mask);
  });
}

function checkRank(
  state: State,
  room: Room,
  change: RankChange,
  before: readonly ModeChange[],
): ModeChange | Refusal | undefined {
  const target = state.member(change.nick);
  const absent = change.on || (target && room.members.has(target)) ? undefined : absentRank(state, room, change);
  if (absent) return lastChange(absent, before)?.on === false ? undefined : absent;
  if (!target) return { why: "no-such-nick", nick: change.nick };
  const membership = room.members.get(target);
  if (!membership) return { why: "they-not-in-room", room: room.name, nick: target.nick };
  const has = lastChange(change, before)?.on ?? membership.ranks.has(change.mode);
  return has === change.on ? undefined : { ...change, nick: target.nick };
}

/**
 * Resolves the removal of a rank from a nick that is not in the room, to the account behind the nick: the room keeps the
 * ranks of absent accounts. If the account is in the room under another nick, that member is meant.
 */
function absentRank(state: State, room: Room, change: RankChange): RankChange | undefined {
  const { mode, nick } = change;
  const named = state.store.loadAccount(fold(nick));
  for (const account of [state.member(nick)?.who.account, named]) {
    if (!account || !room.ranksKept(account).has(mode)) continue;
    const present = [...room.members.keys()].find(({ who }) => isSameAccount(who.account, account));
    return present ? { ...change, nick: present.nick } : { ...change, nick: account.name, account: account.id };
  }
  return undefined;
}

function checkMask(
  state: State,
  room: Room,
  given: MaskChange,
  before: readonly ModeChange[],
): ModeChange | Refusal | undefined {
  const parsed = parseMask(given.mask, accountNamed(state));
  if (!parsed) return { why: "mode-value-bad", room: room.name, mode: given.mode, value: given.mask };
  const change = { ...given, mask: parsed.text, account: parsed.account };
  const last = lastChange(change, before);
  const entry = room.lists[change.mode].get(fold(parsed.text));
  const isListed = last?.on ?? entry !== undefined;
  if (!change.on) return isListed ? change : undefined;
  const hasEnd = (last ? last.lasts : entry?.until) !== undefined;
  // For a mask on the list, the end may be changed or removed; or its name may now belong to another account.
  const isSame = (last ? last.account : entry?.mask.account) === parsed.account;
  if (isListed) return hasEnd || change.lasts !== undefined || !isSame ? change : undefined;
  const limit = state.limits.listEntries;
  if (limit > 0 && entriesAfter(room, before) >= limit) {
    return { why: "list-full", room: room.name, list: change.mode, mask: parsed.text };
  }
  return change;
}

/** The number of masks on the room's lists after these changes. */
function entriesAfter(room: Room, changes: readonly ModeChange[]): number {
  const maskChanges = changes.filter((change) => "mask" in change);
  if (maskChanges.length === 0) return room.entries;
  const keys = new Set(LISTS.flatMap((list) => [...room.lists[list].keys()].map((key) => `${list} ${key}`)));
  for (const { mode, on, mask } of maskChanges) {
    if (on) keys.add(`${mode} ${fold(mask)}`);
    else keys.delete(`${mode} ${fold(mask)}`);
  }
  return keys.size;
}

function checkKey(
  state: State,
  room: Room,
  change: ModeChange & { mode: "key" },
  before: readonly ModeChange[],
): ModeChange | Refusal | undefined {
  const last = lastChange(change, before);
  const key = last ? (last.on ? last.key : undefined) : room.password;
  if (!change.on) return key === undefined ? undefined : { ...change, key };
  const isValid =
    /^[!-+\--~]+$/.test(change.key) && change.key.length <= state.limits.keyLength && change.key[0] !== ":";
  if (!isValid) return { why: "mode-value-bad", room: room.name, mode: "key", value: change.key };
  return key === change.key ? undefined : change;
}

function checkLimit(
  room: Room,
  change: ModeChange & { mode: "limit" },
  before: readonly ModeChange[],
): ModeChange | Refusal | undefined {
  const last = lastChange(change, before);
  const limit = last ? (last.on ? last.limit : undefined) : room.limit;
  if (!change.on) return limit === undefined ? undefined : change;
  if (!Number.isSafeInteger(change.limit) || change.limit <= 0) {
    return { why: "mode-value-bad", room: room.name, mode: "limit", value: String(change.limit) };
  }
  return limit === change.limit ? undefined : change;
}

function checkHistory(
  room: Room,
  change: HistoryChange,
  before: readonly ModeChange[],
): ModeChange | Refusal | undefined {
  const last = lastChange(change, before);
  const keeps = last ? (last.on ? last.keeps : undefined) : room.keeps;
  return keeps === (change.on ? change.keeps : undefined) ? undefined : change;
}

/** Why a member may not speak in the room; `undefined` if it may. */
export function speechObstacle(room: Room, by: Member, kind: MessageKind): SpeechObstacle | undefined {
  const membership = room.members.get(by);
  if (!membership && room.flags.has("members-only")) return "outside";
  if (room.flags.has("no-queries") && !isForPeople(kind)) return "no-queries";
  if (membership && membership.ranks.size > 0) return undefined;
  if (room.flags.has("moderated")) return "moderated";
  // A ban silences too.
  const ban = room.banOn(by.who, { lifted: membership?.lifted });
  return ban && (ban.mask.muting ? "muted" : "banned");
}

/** The refusal of a message, with the terms of the ban. */
export function cannotSay(room: Room, by: Member, obstacle: SpeechObstacle): Refusal {
  const isBan = obstacle === "banned" || obstacle === "muted";
  const ban = isBan ? termsOf(room.banOn(by.who, { lifted: room.members.get(by)?.lifted })) : undefined;
  return { why: "cannot-say", room: room.name, obstacle, ...(ban ? { ban } : {}) };
}

/** The end and the reason of a ban, if it has either, for the refusals of people whom it keeps out. */
export function termsOf(entry: ListEntry | undefined): BanTerms | undefined {
  if (!entry || (entry.until === undefined && entry.reason === "")) return undefined;
  return { until: entry.until, reason: entry.reason };
}

/**
 * The sessions that are told of a member's own texts other than messages (away text, real name, metadata): its own, and
 * those in the rooms where it may speak. A muted member cannot get around the mute by them.
 */
export function permittedAudienceOf(member: Member): Set<Session> {
  return neighboursOf(member, (room) => speechObstacle(room, member, "words") === undefined);
}

/** A room where the member is muted, has no rank, and would not be muted under another nick. */
export function roomEscapedAs(nick: string, by: Member): Room | undefined {
  const renamed = { ...by.who, nick };
  for (const room of by.rooms) {
    const membership = room.members.get(by);
    if (membership?.ranks.size === 0 && room.isBanned(by.who, membership) && !room.isBanned(renamed, membership))
      return room;
  }
  return undefined;
}
