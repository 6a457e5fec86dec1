import { fold } from "../text/fold.ts";
import type { InviteAct, JoinAct, KickAct, LeaveAct } from "./act.ts";
import { type CheckResult, happens, NOTHING, refused } from "./check-result.ts";
import { type EventOf, type NewEvent, SERVER } from "./event.ts";
import { governs } from "./govern.ts";
import type { Member } from "./member.ts";
import { RANKS, type Rank } from "./modes.ts";
import { isRoomName } from "./names.ts";
import type { JoinBar, Refusal } from "./refusal.ts";
import type { Room } from "./room.ts";
import { isLasting, type State } from "./state.ts";
import { barToSay } from "./talk.ts";

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

/** Announces a member that joined quietly, before others see it act; `undefined` if it was announced. */
export function appearance(room: Room | undefined, member: Member): NewEvent | undefined {
  const place = room?.members.get(member);
  if (!room || !place || place.announced) return undefined;
  const { who, away } = member;
  return { type: "appeared", who, room: room.name, away, rank: room.rankOf(member) };
}

/** What keeps this one out of the room. Any member may invite, so an invitation stands for no key and lifts no ban. */
export function barTo(room: Room, by: Member, key: string | undefined): JoinBar | undefined {
  if (room.isListed("ban", by.who, false) && !room.isListed("exception", by.who, false)) return "banned";
  const isInvited = by.invitations.has(room) || room.isListed("invitation", by.who);
  if (room.flags.has("invite-only") && !isInvited) return "invite-only";
  if (room.password !== undefined && room.password !== key) return "key";
  if (room.limit !== undefined && room.members.size >= room.limit) return "full";
  return undefined;
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
  return happens({ type: "kicked", by: by.who, who: target.who, room: room.name, reason: act.reason });
}

/** Why an operator of a room cannot put out its last one; without the full stop. */
export function lastOperatorWords({ room, nick }: { readonly room: string; readonly nick: string }): string {
  return `${nick} is the last operator of ${room}, whom only an operator of the server can put out`;
}

export function checkInvite(state: State, by: Member, act: InviteAct): CheckResult {
  const room = state.roomFor(by, act.room);
  if (!room) return refused({ why: "no-such-room", room: act.room });
  if (!by.rooms.has(room)) return refused({ why: "not-in-room", room: room.name });
  if (room.flags.has("invite-only") && !governs(by, room)) return refused({ why: "not-operator", room: room.name });
  const target = state.member(act.nick);
  if (!target) return refused({ why: "no-such-nick", nick: act.nick });
  if (target.rooms.has(room)) return refused({ why: "they-in-room", room: room.name, nick: target.nick });
  const tooMany = tooManyInvitations(state, by, target);
  if (tooMany) return refused(tooMany);
  return happens({ type: "invited", by: by.who, nick: target.nick, room: room.name, away: target.away || undefined });
}

type TooManyInvitations = Extract<Refusal, { why: "too-many-invitations" }>;

/** Whether one has invited too many of late, or the other was invited too often, whoever it was by. */
function tooManyInvitations({ invitations, limits }: State, by: Member, to: Member): TooManyInvitations | undefined {
  const [sent, received] = [invitations.wait(sentBy(by.nick)), invitations.wait(sentTo(to.nick))];
  if (sent === 0 && received === 0) return undefined;
  return {
    why: "too-many-invitations",
    nick: to.nick,
    of: sent > 0 ? "sender" : "invited",
    limit: limits.invitations,
    seconds: Math.ceil(Math.max(sent, received) / 1000),
  };
}

/** An invitation was sent. */
export function countInvitation({ invitations }: State, { by, nick }: EventOf<"invited">): void {
  invitations.add(sentBy(by.nick));
  invitations.add(sentTo(nick));
}

function sentBy(nick: string): string {
  return `by ${fold(nick)}`;
}

function sentTo(nick: string): string {
  return `to ${fold(nick)}`;
}

/** Why an invitation is not sent, as a sentence without its end. */
export function invitationWords({ nick, of, limit, seconds }: TooManyInvitations): string {
  const whose = of === "sender" ? `You have sent ${limit} invitations` : `${nick} was sent ${limit} invitations`;
  return `${whose} within a minute: try again in ${seconds} s`;
}
