import { fold } from "../../text/fold.ts";
import { isSameAccount } from "../model/account.ts";
import type { ChangeModesAct, SetTopicAct } from "../model/act.ts";
import type { NewEvent } from "../model/event.ts";
import { parseMask } from "../model/masks.ts";
import type { Member } from "../model/member.ts";
import { LISTS, type MaskChange, type ModeChange, type RankChange } from "../model/modes.ts";
import { accepted, type CheckResult, NOTHING, type Refusal, refused } from "../model/refusal.ts";
import type { Room } from "../model/room.ts";
import { accountNamed, type State } from "../model/state.ts";
import { appearanceOf } from "../visibility.ts";
import { speechBar } from "./messages.ts";

/** Whether a member may do in the room what its operators may: the server's operators may in every room, in it or not. */
export function mayModerate(member: Member, room: Room): boolean {
  return room.isOperator(member) || member.userModes.has("operator");
}

export function checkSetTopic(state: State, by: Member, act: SetTopicAct): CheckResult {
  const room = state.roomFor(by, act.room);
  if (!room) return refused({ why: "no-such-room", room: act.room });
  if (!by.rooms.has(room) && !mayModerate(by, room)) return refused({ why: "not-in-room", room: room.name });
  if (room.flags.has("topic-locked") && !mayModerate(by, room))
    return refused({ why: "not-operator", room: room.name });
  const bar = speechBar(room, by, "words");
  if (bar && !mayModerate(by, room)) return refused({ why: "cannot-say", room: room.name, bar });
  return accepted({ type: "topic-set", by: by.who, room: room.name, topic: act.topic });
}

/** Each change is judged by itself: the good ones are one event, each bad one a refusal. */
export function checkChangeModes(state: State, by: Member, act: ChangeModesAct): CheckResult {
  const room = state.roomFor(by, act.room);
  if (!room) return refused({ why: "no-such-room", room: act.room });
  if (!mayModerate(by, room)) return refused({ why: "not-operator", room: room.name });
  const changes: ModeChange[] = [];
  const refusals: Refusal[] = [];
  for (const change of act.changes) {
    const judged = judge(state, room, change, changes);
    if (judged === undefined) continue;
    if ("why" in judged) refusals.push(judged);
    else changes.push(judged);
  }
  if (changes.length === 0) return refusals.length > 0 ? { refusals } : NOTHING;
  const appeared = changes.flatMap((change) => appearanceBefore(state, room, change) ?? []);
  return { ...accepted(...appeared, { type: "modes-changed", by: by.who, room: room.name, changes }), refusals };
}

/** Announces a quiet member whose rank is changed. */
function appearanceBefore(state: State, room: Room, change: ModeChange): NewEvent | undefined {
  const member = "nick" in change ? state.member(change.nick) : undefined;
  return member && appearanceOf(room, member);
}

/** The change as it takes effect; why it does not; `undefined` where all is so already. */
function judge(
  state: State,
  room: Room,
  change: ModeChange,
  before: readonly ModeChange[],
): ModeChange | Refusal | undefined {
  switch (change.mode) {
    case "operator":
    case "voice":
      return judgeRank(state, room, change, before);
    case "ban":
    case "exception":
    case "invitation":
      return judgeMask(state, room, change, before);
    case "key":
      return judgeKey(state, room, change, before);
    case "limit":
      return judgeLimit(room, change, before);
    default:
      return (lastOf(change, before)?.on ?? room.flags.has(change.mode)) === change.on ? undefined : change;
  }
}

/** The latest of the changes before this one that is about the same thing. */
function lastOf<C extends ModeChange>(change: C, before: readonly ModeChange[]): C | undefined {
  return before.findLast((earlier): earlier is C => {
    if (earlier.mode !== change.mode) return false;
    if ("nick" in earlier && "nick" in change) return fold(earlier.nick) === fold(change.nick);
    return !("mask" in earlier && "mask" in change) || fold(earlier.mask) === fold(change.mask);
  });
}

function judgeRank(
  state: State,
  room: Room,
  change: RankChange,
  before: readonly ModeChange[],
): ModeChange | Refusal | undefined {
  const target = state.member(change.nick);
  const absent = change.on || (target && room.members.has(target)) ? undefined : keptRank(state, room, change);
  if (absent) return lastOf(absent, before)?.on === false ? undefined : absent;
  if (!target) return { why: "no-such-nick", nick: change.nick };
  const membership = room.members.get(target);
  if (!membership) return { why: "they-not-in-room", room: room.name, nick: target.nick };
  const has = lastOf(change, before)?.on ?? membership.ranks.has(change.mode);
  return has === change.on ? undefined : { ...change, nick: target.nick };
}

/**
 * The same change for someone who is not in the room under that nick: it is their account's, which the room keeps
 * something for. If the account is there under another nick, that one is meant.
 */
function keptRank(state: State, room: Room, change: RankChange): RankChange | undefined {
  const { mode, nick } = change;
  const named = state.store.loadAccount(fold(nick));
  for (const account of [state.member(nick)?.who.account, named]) {
    if (!account || !room.ranksKept(account).has(mode)) continue;
    const present = [...room.members.keys()].find(({ who }) => isSameAccount(who.account, account));
    return present ? { ...change, nick: present.nick } : { ...change, nick: account.name, account: account.id };
  }
  return undefined;
}

function judgeMask(
  state: State,
  room: Room,
  given: MaskChange,
  before: readonly ModeChange[],
): ModeChange | Refusal | undefined {
  const parsed = parseMask(given.mask, accountNamed(state));
  if (!parsed) return { why: "mode-value-bad", room: room.name, mode: given.mode, value: given.mask };
  const change = { ...given, mask: parsed.text, account: parsed.account };
  const last = lastOf(change, before);
  const entry = room.lists[change.mode].get(fold(parsed.text));
  const held = last?.on ?? entry !== undefined;
  if (!change.on) return held ? change : undefined;
  const hasEnd = (last ? last.lasts : entry?.until) !== undefined;
  // A mask that is on the list may get another end, lose its end, or mean the account that has the name now.
  const isSame = (last ? last.account : entry?.mask.account) === parsed.account;
  if (held) return hasEnd || change.lasts !== undefined || !isSame ? change : undefined;
  const limit = state.limits.listEntries;
  if (limit > 0 && entriesAfter(room, before) >= limit) {
    return { why: "list-full", room: room.name, list: change.mode, mask: parsed.text };
  }
  return change;
}

/** How many masks the room's lists have once these changes are made. */
function entriesAfter(room: Room, changes: readonly ModeChange[]): number {
  const made = changes.filter((change) => "mask" in change);
  if (made.length === 0) return room.entries;
  const kept = new Set(LISTS.flatMap((list) => [...room.lists[list].keys()].map((key) => `${list} ${key}`)));
  for (const { mode, on, mask } of made) {
    if (on) kept.add(`${mode} ${fold(mask)}`);
    else kept.delete(`${mode} ${fold(mask)}`);
  }
  return kept.size;
}

function judgeKey(
  state: State,
  room: Room,
  change: ModeChange & { mode: "key" },
  before: readonly ModeChange[],
): ModeChange | Refusal | undefined {
  const last = lastOf(change, before);
  const key = last ? (last.on ? last.key : undefined) : room.password;
  if (!change.on) return key === undefined ? undefined : { ...change, key };
  const good = /^[!-+\--~]+$/.test(change.key) && change.key.length <= state.limits.keyLength && change.key[0] !== ":";
  if (!good) return { why: "mode-value-bad", room: room.name, mode: "key", value: change.key };
  return key === change.key ? undefined : change;
}

function judgeLimit(
  room: Room,
  change: ModeChange & { mode: "limit" },
  before: readonly ModeChange[],
): ModeChange | Refusal | undefined {
  const last = lastOf(change, before);
  const limit = last ? (last.on ? last.limit : undefined) : room.limit;
  if (!change.on) return limit === undefined ? undefined : change;
  if (!Number.isSafeInteger(change.limit) || change.limit <= 0) {
    return { why: "mode-value-bad", room: room.name, mode: "limit", value: String(change.limit) };
  }
  return limit === change.limit ? undefined : change;
}
