import { fold } from "../text/fold.ts";
import type { ChangeModesAct, SetTopicAct } from "./act.ts";
import { parseMask } from "./masks.ts";
import type { Member } from "./member.ts";
import { isFlag, type ListName, type ModeChange, type Rank } from "./modes.ts";
import type { Refusal } from "./refusal.ts";
import type { Room } from "./room.ts";
import type { State } from "./state.ts";
import { happens, NOTHING, refused, type Verdict } from "./verdict.ts";

export function checkSetTopic(state: State, by: Member, act: SetTopicAct): Verdict {
  const room = state.roomFor(by, act.room);
  if (!room) return refused({ why: "no-such-room", room: act.room });
  if (!by.rooms.has(room)) return refused({ why: "not-in-room", room: room.name });
  if (room.flags.has("topic-locked") && !room.isOperator(by)) return refused({ why: "not-operator", room: room.name });
  return happens({ type: "topic-set", by: by.who, room: room.name, topic: act.topic });
}

/** Each change is judged by itself: the good ones are one event, each bad one a refusal. */
export function checkChangeModes(state: State, by: Member, act: ChangeModesAct): Verdict {
  const room = state.roomFor(by, act.room);
  if (!room) return refused({ why: "no-such-room", room: act.room });
  if (!room.isOperator(by)) return refused({ why: "not-operator", room: room.name });
  const changes: ModeChange[] = [];
  const refusals: Refusal[] = [];
  for (const change of act.changes) {
    const judged = judge(state, room, change, changes);
    if (judged === undefined) continue;
    if ("why" in judged) refusals.push(judged);
    else changes.push(judged);
  }
  if (changes.length === 0) return refusals.length > 0 ? { refusals } : NOTHING;
  return { event: { type: "modes-changed", by: by.who, room: room.name, changes }, refusals };
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
      return judgeRank(state, room, change);
    case "ban":
    case "exception":
    case "invitation":
      return judgeMask(state, room, change, before);
    case "key":
      return judgeKey(state, room, change);
    case "limit":
      if (!change.on) return room.limit === undefined ? undefined : change;
      if (Number.isSafeInteger(change.limit) && change.limit > 0) return change;
      return { why: "mode-value-bad", room: room.name, mode: "limit", value: String(change.limit) };
    default:
      return isOn(room, change, before) === change.on ? undefined : change;
  }
}

/** Whether the flag is on once the changes before this one have been made. */
function isOn(room: Room, change: ModeChange, before: readonly ModeChange[]): boolean {
  const last = before.findLast((earlier) => earlier.mode === change.mode);
  return last ? last.on : isFlag(change.mode) && room.flags.has(change.mode);
}

function judgeRank(
  state: State,
  room: Room,
  change: ModeChange & { mode: Rank; nick: string },
): ModeChange | Refusal | undefined {
  const target = state.member(change.nick);
  if (!target) return { why: "no-such-nick", nick: change.nick };
  const place = room.members.get(target);
  if (!place) return { why: "they-not-in-room", room: room.name, nick: target.nick };
  return place.ranks.has(change.mode) === change.on ? undefined : { ...change, nick: target.nick };
}

function judgeMask(
  state: State,
  room: Room,
  change: ModeChange & { mode: ListName; mask: string },
  before: readonly ModeChange[],
): ModeChange | Refusal | undefined {
  const parsed = parseMask(change.mask);
  if (!parsed) return { why: "mode-value-bad", room: room.name, mode: change.mode, value: change.mask };
  const held = room.lists[change.mode].has(fold(parsed.text));
  if (held === change.on) return undefined;
  const more = before.filter((earlier) => "mask" in earlier && earlier.on).length;
  const limit = state.limits.listEntries;
  if (change.on && limit > 0 && room.entries + more >= limit) {
    return { why: "list-full", room: room.name, list: change.mode, mask: parsed.text };
  }
  return { ...change, mask: parsed.text };
}

function judgeKey(state: State, room: Room, change: ModeChange & { mode: "key" }): ModeChange | Refusal | undefined {
  if (!change.on) return room.password === undefined ? undefined : { ...change, key: room.password };
  const good = /^[!-+\--~]+$/.test(change.key) && change.key.length <= state.limits.keyLength && change.key[0] !== ":";
  if (!good) return { why: "mode-value-bad", room: room.name, mode: "key", value: change.key };
  return room.password === change.key ? undefined : change;
}
