import type { JoinAct, KickAct, LeaveAct } from "../model/act.ts";
import { type CheckResult, happens, NOTHING, refused } from "../model/check-result.ts";
import { type NewEvent, SERVER } from "../model/event.ts";
import type { Member } from "../model/member.ts";
import { RANKS, type Rank } from "../model/modes.ts";
import { isRoomName } from "../model/names.ts";
import type { Room } from "../model/room.ts";
import { isLasting, type State } from "../model/state.ts";
import { appearanceOf } from "../sight.ts";
import { barTo } from "./invitations.ts";
import { barToSay } from "./messages.ts";
import { governs } from "./modes.ts";

export function checkJoin(state: State, by: Member, act: JoinAct): CheckResult {
  const room = state.room(act.room);
  if (room && by.rooms.has(room)) return NOTHING;
  if (!room && !isRoomName(act.room, state.limits.roomLength)) return refused({ why: "room-name-bad", room: act.room });
  const like = room ? undefined : state.roomLooks.of(act.room).find(({ name }) => state.roomFor(by, name));
  if (like) return refused({ why: "room-alike", room: act.room, like: like.name });
  const limit = state.limits.roomsPerMember;
  if (limit > 0 && by.rooms.size >= limit) return refused({ why: "too-many-rooms", room: act.room, limit });
  const wait = room || act.isExempt ? 0 : state.newRooms.wait(by.who.host);
  if (wait > 0) {
    const most = state.limits.newRoomsPerAddress;
    return refused({ why: "too-many-new-rooms", room: act.room, most, seconds: Math.ceil(wait / 1000) });
  }
  const bar = room && barTo(room, by, act.key);
  if (bar) return refused({ why: "cannot-join", room: act.room, bar });
  return { events: joining(state, by, act, room) };
}

function* joining(state: State, by: Member, act: JoinAct, room: Room | undefined): Generator<NewEvent, void> {
  const name = room?.name ?? act.room;
  const ranks = ranksFor(room, by);
  const [rank] = ranks;
  yield {
    type: "joined",
    who: by.who,
    room: name,
    away: by.away,
    quietly: act.quietly ?? false,
    rank,
    ...(ranks.length > 1 ? { ranks } : {}),
    ...(room ? {} : { opens: act.isExempt ? "uncounted" : "counted" }),
  };
  if (!rank || (state.room(name)?.members.size ?? 0) < 2) return;
  // The others see that one who came back is what they were before.
  const changes = [{ mode: rank, on: true, nick: by.nick }];
  yield { type: "modes-changed", by: undefined, room: name, changes, origin: SERVER };
}

/** The ranks of a member that joins, the highest first: the first member operates the room, others get those of their account. */
function ranksFor(room: Room | undefined, by: Member): readonly Rank[] {
  const isFirst = room === undefined || (room.members.size === 0 && !isLasting(room));
  const kept = room?.ranksKept(by.who.account);
  return RANKS.filter((rank) => kept?.has(rank) || (isFirst && rank === "operator"));
}

export function checkLeave(state: State, by: Member, act: LeaveAct): CheckResult {
  const room = state.roomFor(by, act.room);
  if (!room) return refused({ why: "no-such-room", room: act.room });
  if (!by.rooms.has(room)) return refused({ why: "not-in-room", room: room.name });
  // A reason is speech in the room.
  const reason = barToSay(room, by, "words") ? "" : act.reason;
  return happens({ type: "left", who: by.who, room: room.name, reason });
}

/** The server's operators put anyone out of any room, and they alone its last operator. */
export function checkKick(state: State, by: Member, act: KickAct): CheckResult {
  const room = state.roomFor(by, act.room);
  if (!room) return refused({ why: "no-such-room", room: act.room });
  const isOverAll = by.traits.has("operator");
  if (!by.rooms.has(room) && !isOverAll) return refused({ why: "not-in-room", room: room.name });
  if (!governs(by, room) && !isOverAll) return refused({ why: "not-operator", room: room.name });
  const target = state.member(act.nick);
  if (!target) return refused({ why: "no-such-nick", nick: act.nick });
  if (!target.rooms.has(room)) return refused({ why: "they-not-in-room", room: room.name, nick: target.nick });
  const isLast = room.isOperator(target) && !room.hasOtherOperator(target);
  if (isLast && !isOverAll) return refused({ why: "last-operator", room: room.name, nick: target.nick });
  const kicked = { type: "kicked", by: by.who, who: target.who, room: room.name, reason: act.reason } as const;
  const appeared = appearanceOf(room, target);
  return appeared ? happens(appeared, kicked) : happens(kicked);
}
