import type { InviteAct, JoinAct, KickAct, LeaveAct } from "./act.ts";
import { governs } from "./govern.ts";
import type { Member } from "./member.ts";
import type { Rank } from "./modes.ts";
import { isRoomName } from "./names.ts";
import type { JoinBar } from "./refusal.ts";
import type { Room } from "./room.ts";
import { isLasting, type State } from "./state.ts";
import { happens, NOTHING, refused, type Verdict } from "./verdict.ts";

export function checkJoin(state: State, by: Member, act: JoinAct): Verdict {
  const room = state.room(act.room);
  if (room && by.rooms.has(room)) return NOTHING;
  if (!room && !isRoomName(act.room, state.limits.roomLength)) return refused({ why: "room-name-bad", room: act.room });
  const like = room ? undefined : state.roomLooks.of(act.room).find(({ name }) => state.roomFor(by, name));
  if (like) return refused({ why: "room-alike", room: act.room, like: like.name });
  const limit = state.limits.roomsPerMember;
  if (limit > 0 && by.rooms.size >= limit) return refused({ why: "too-many-rooms", room: act.room, limit });
  const bar = room && barTo(room, by, act.key);
  if (bar) return refused({ why: "cannot-join", room: act.room, bar });
  const first = room === undefined || (room.members.size === 0 && !isLasting(room));
  return happens({
    type: "joined",
    who: by.who,
    room: room?.name ?? act.room,
    away: by.away,
    quietly: act.quietly ?? false,
    rank: first ? "operator" : rankKept(room, by),
  });
}

/** What this one is to be again, as soon as they come back. */
function rankKept(room: Room | undefined, by: Member): Rank | undefined {
  const ranks = room?.ranksKept(by.who.account);
  return ranks?.has("operator") ? "operator" : ranks?.has("voice") ? "voice" : undefined;
}

/** What keeps this one out of the room. Any member may invite, so an invitation stands for no key and lifts no ban. */
function barTo(room: Room, by: Member, key: string | undefined): JoinBar | undefined {
  if (room.isListed("ban", by.who, false) && !room.isListed("exception", by.who, false)) return "banned";
  const isInvited = by.invitations.has(room) || room.isListed("invitation", by.who);
  if (room.flags.has("invite-only") && !isInvited) return "invite-only";
  if (room.password !== undefined && room.password !== key) return "key";
  if (room.limit !== undefined && room.members.size >= room.limit) return "full";
  return undefined;
}

export function checkLeave(state: State, by: Member, act: LeaveAct): Verdict {
  const room = state.roomFor(by, act.room);
  if (!room) return refused({ why: "no-such-room", room: act.room });
  if (!by.rooms.has(room)) return refused({ why: "not-in-room", room: room.name });
  return happens({ type: "left", who: by.who, room: room.name, reason: act.reason });
}

export function checkKick(state: State, by: Member, act: KickAct): Verdict {
  const room = state.roomFor(by, act.room);
  if (!room) return refused({ why: "no-such-room", room: act.room });
  if (!by.rooms.has(room) && !governs(by, room)) return refused({ why: "not-in-room", room: room.name });
  if (!governs(by, room)) return refused({ why: "not-operator", room: room.name });
  const target = state.member(act.nick);
  if (!target) return refused({ why: "no-such-nick", nick: act.nick });
  if (!target.rooms.has(room)) return refused({ why: "they-not-in-room", room: room.name, nick: target.nick });
  return happens({ type: "kicked", by: by.who, who: target.who, room: room.name, reason: act.reason });
}

export function checkInvite(state: State, by: Member, act: InviteAct): Verdict {
  const room = state.roomFor(by, act.room);
  if (!room) return refused({ why: "no-such-room", room: act.room });
  if (!by.rooms.has(room)) return refused({ why: "not-in-room", room: room.name });
  if (room.flags.has("invite-only") && !governs(by, room)) return refused({ why: "not-operator", room: room.name });
  const target = state.member(act.nick);
  if (!target) return refused({ why: "no-such-nick", nick: act.nick });
  if (target.rooms.has(room)) return refused({ why: "they-in-room", room: room.name, nick: target.nick });
  return happens({ type: "invited", by: by.who, nick: target.nick, room: room.name, away: target.away || undefined });
}
