import { fold } from "../../text/fold.ts";
import type { Account } from "../model/account.ts";
import type { DropRoomAct, JoinAct, KickAct, LeaveAct, RenameRoomAct, RestoreRoomsAct } from "../model/act.ts";
import { type EventOf, type NewEvent, type RoomDropped, type RoomRenamed, SERVER } from "../model/event.ts";
import type { Mask } from "../model/masks.ts";
import type { Member } from "../model/member.ts";
import { RANKS, type Rank } from "../model/modes.ts";
import { isRoomName } from "../model/names.ts";
import { accepted, type CheckResult, NOTHING, type Refusal, refused } from "../model/refusal.ts";
import type { Room } from "../model/room.ts";
import { type Session, sessionsIn, tellAlso, tellOrigin } from "../model/session.ts";
import { accountOf, isLasting, isLobby, type State } from "../model/state.ts";
import type { TokenRecord } from "../model/token.ts";
import { appearanceOf } from "../visibility.ts";
import { dropWords } from "../words/events.ts";
import { tellOperators } from "./bans.ts";
import { invitationTo, joinObstacle } from "./invitations.ts";
import { moveEphemeral } from "./messages.ts";
import { moderationRefusal, speechObstacle, termsOf } from "./modes.ts";
import { reopenRoom, saveRoom } from "./room-persistence.ts";
import { endTokensIn, invitationLink, using } from "./tokens.ts";

/** The session of an act, and its member. */
export interface Actor {
  readonly session: Session;
  readonly member: Member;
}

export function checkJoin(state: State, { session, member: by }: Actor, act: JoinAct): CheckResult {
  const room = state.room(act.room);
  const listening = room?.members.get(by)?.listening;
  // A listener may come in as everyone does, and another session of it may listen too.
  if (room && listening && !(act.listens && room.isWhere(by, session)))
    return { events: joining(state, by, act, room) };
  if (room && by.rooms.has(room)) return NOTHING;
  if (!room && !isRoomName(act.room, state.limits.roomLength)) return refused({ why: "room-name-bad", room: act.room });
  const like = room ? undefined : state.roomConfusables.of(act.room).find(({ name }) => state.roomFor(by, name));
  if (like) return refused({ why: "room-alike", room: act.room, like: like.name });
  const limit = state.limits.roomsPerMember;
  if (limit > 0 && by.rooms.size >= limit) return refused({ why: "too-many-rooms", room: act.room, limit });
  const wait = room || act.isExempt ? 0 : state.newRooms.wait(by.who.host);
  if (wait > 0) {
    const most = state.limits.newRoomsPerAddress;
    return refused({ why: "too-many-new-rooms", room: act.room, most, seconds: Math.ceil(wait / 1000) });
  }
  const token = room && act.invitation !== undefined ? invitationLink(state, room, act.invitation) : undefined;
  const obstacle = room && joinObstacle(room, by, act.key);
  if (obstacle && !(token && obstacle !== "banned")) {
    const lifted = invitationTo(room, by)?.lifted;
    const ban = obstacle === "banned" ? termsOf(room.banOn(by.who, { muting: false, lifted })) : undefined;
    return refused({ why: "cannot-join", room: act.room, obstacle, ...(ban ? { ban } : {}) });
  }
  return { events: joining(state, by, act, room, token) };
}

function* joining(
  state: State,
  by: Member,
  act: JoinAct,
  room: Room | undefined,
  token?: TokenRecord,
): Generator<NewEvent, void> {
  const name = room?.name ?? act.room;
  const ranks = ranksFor(room, by, act);
  const [rank] = ranks;
  yield {
    type: "joined",
    ...joinsAs(by, room, ranks),
    room: name,
    quietly: act.listens || (act.quietly ?? false),
    ...(act.listens ? { listens: true } : {}),
    rank,
    ...(ranks.length > 1 ? { ranks } : {}),
    ...(room ? {} : { opens: act.isExempt ? "uncounted" : "counted" }),
  };
  const used = token && using(token);
  if (used) yield used;
  if (!rank || act.listens || (state.room(name)?.members.size ?? 0) < 2) return;
  // The other members see that a returning account has its rank again.
  const changes = [{ mode: rank, on: true, nick: by.nick }];
  yield { type: "modes-changed", by: undefined, room: name, changes, origin: SERVER };
}

/** The identity and the away text with which a member joins a room: without words of its own where it may not speak. */
function joinsAs(member: Member, room: Room | undefined, ranks: readonly Rank[]): Pick<Member, "who" | "away"> {
  const { who, away } = member;
  const isSilent =
    room &&
    ranks.length === 0 &&
    (room.flags.has("moderated") || room.isBanned(who, { lifted: invitationTo(room, member)?.lifted }));
  return isSilent ? { who: { ...who, realname: who.nick }, away: "" } : { who, away };
}

/**
 * The ranks of a joining member, highest first: the first member that is no listener operates the room, others get those
 * of their account.
 */
function ranksFor(room: Room | undefined, by: Member, { listens }: JoinAct): readonly Rank[] {
  const isFirst = !listens && (room === undefined || !(room.hasPeople || isLasting(room)));
  const kept = room?.ranksKept(by.who.account);
  return RANKS.filter((rank) => kept?.has(rank) || (isFirst && rank === "operator"));
}

/**
 * Puts a member back in the rooms of its account. Neither key, limit nor `invite-only` keeps it out; a ban does, and
 * takes the room off the list. A room that does not exist is not made.
 */
export function checkRestoreRooms(state: State, by: Member, { isAsked }: RestoreRoomsAct): CheckResult {
  const account = accountOf(state, by);
  if (!account || !(isAsked || account.autojoin)) return NOTHING;
  return { events: restoring(state, by, account) };
}

function* restoring(state: State, by: Member, { id, name }: Account): Generator<NewEvent, void> {
  const missing: string[] = [];
  const most = state.limits.roomsPerMember || Number.POSITIVE_INFINITY;
  for (const { room: key } of state.store.memberships(id)) {
    const room = state.rooms.get(key);
    if (!room) missing.push(key);
    else if (by.rooms.has(room) ? !room.isListener(by) : by.rooms.size >= most) continue;
    else if (room.isBanned(by.who, { muting: false, lifted: invitationTo(room, by)?.lifted }))
      yield { type: "membership-ended", by: undefined, account: { id, name }, room: room.name };
    else
      for (const event of joining(state, by, { type: "join", room: room.name }, room))
        yield event.type === "joined" ? { ...event, isRestored: true } : event;
  }
  yield { type: "rooms-restored", who: by.who, missing };
}

export function checkLeave(state: State, { session, member: by }: Actor, act: LeaveAct): CheckResult {
  const room = state.roomFor(by, act.room);
  if (!room) return refused({ why: "no-such-room", room: act.room });
  if (!by.rooms.has(room) || !room.isWhere(by, session)) return refused({ why: "not-in-room", room: room.name });
  // A reason is speech in the room.
  const reason = speechObstacle(room, by, "words") ? "" : act.reason;
  return accepted({ type: "left", who: by.who, room: room.name, reason });
}

/**
 * Only a server operator may kick the last operator of a room. Kicking an account that is not in the room ends its
 * membership, so that it does not rejoin automatically.
 */
export function checkKick(state: State, by: Member, act: KickAct): CheckResult {
  const room = state.roomFor(by, act.room);
  if (!room) return refused({ why: "no-such-room", room: act.room });
  const refusal = moderationRefusal(by, room);
  if (refusal) return refused(refusal);
  const target = state.member(act.nick);
  const account = target?.who.account ?? state.store.loadAccount(fold(act.nick));
  if (account && !target?.rooms.has(room) && isAbsentMember(state, account, room)) {
    const { id, name } = account;
    return accepted({ type: "membership-ended", by: by.who, account: { id, name }, room: room.name });
  }
  if (!target) return refused({ why: "no-such-nick", nick: act.nick });
  if (!target.rooms.has(room)) return refused({ why: "they-not-in-room", room: room.name, nick: target.nick });
  const isLast = room.isOperator(target) && !room.hasOtherOperator(target);
  if (isLast && !by.userModes.has("operator"))
    return refused({ why: "last-operator", room: room.name, nick: target.nick });
  const kicked = { type: "kicked", by: by.who, who: target.who, room: room.name, reason: act.reason } as const;
  const appeared = appearanceOf(room, target);
  return appeared ? accepted(appeared, kicked) : accepted(kicked);
}

/** The room may be empty: then its record or its messages are in the store. */
export function checkDropRoom(state: State, by: Member, { room: name, reason }: DropRoomAct): CheckResult {
  if (!by.userModes.has("operator")) return refused({ why: "not-server-operator" });
  const room = state.room(name);
  if (room && isLobby(room)) return refused({ why: "room-stays", room: room.name });
  const known = room ?? state.store.loadRoom(fold(name));
  if (!known && !state.store.hasMessages(fold(name))) return refused({ why: "no-such-room", room: name });
  return { events: dropping(room, { type: "room-dropped", by: by.who, room: known?.name ?? name, reason }) };
}

/** Kicks every member before the room is deleted. */
function* dropping(room: Room | undefined, dropped: RoomDropped): Generator<NewEvent, void> {
  const { by, room: name, reason } = dropped;
  for (const { who } of [...(room?.members.keys() ?? [])])
    yield { type: "kicked", by, who, room: name, reason: dropWords(reason), origin: SERVER };
  yield dropped;
}

export function applyRoomDropped(state: State, event: EventOf<"room-dropped">): void {
  const key = fold(event.room);
  const room = state.room(event.room);
  if (room) {
    reopenRoom(state, room);
    state.removeRoom(room);
    endTokensIn(state, room);
  }
  state.store.removeRoom(key);
  state.store.dropMemberships(key);
  state.store.dropPlace(key);
  tellOperators(state, event);
}

/**
 * Checks that an operator of the room asks, and that the new name is free or differs only in case. Members, modes, topic,
 * history, read markers and invitations move to the new name; the old one is free.
 */
export function checkRenameRoom(state: State, by: Member, act: RenameRoomAct): CheckResult {
  const room = state.roomFor(by, act.room);
  if (!room) return refused({ why: "no-such-room", room: act.room });
  const refusal = moderationRefusal(by, room) ?? renameRefusal(state, by, room, act.to);
  if (refusal) return refused(refusal);
  return accepted({ type: "room-renamed", by: by.who, room: room.name, to: act.to, reason: act.reason });
}

function renameRefusal(state: State, by: Member, room: Room, to: string): Refusal | undefined {
  const names = { room: room.name, to };
  if (isLobby(room)) return { why: "cannot-rename", ...names, obstacle: "lobby" };
  if (!isRoomName(to, state.limits.roomLength)) return { why: "cannot-rename", ...names, obstacle: "name-bad" };
  if (to === room.name || isTaken(state, room, to)) return { why: "room-name-taken", ...names };
  const like = state.roomConfusables.of(to).find((other) => other !== room && state.roomFor(by, other.name));
  if (like) return { why: "cannot-rename", ...names, obstacle: "alike", like: like.name };
  // "Implementations MUST allow channels to be renamed while only changing the casing" (IRCv3 draft/channel-rename).
  const wait = fold(to) === room.key ? 0 : room.renamedAt + state.limits.renameWait * 1000 - state.now;
  if (wait > 0) return { why: "cannot-rename", ...names, obstacle: "recent", seconds: Math.ceil(wait / 1000) };
  return state.isDown ? { why: "not-stored", what: "name" } : undefined;
}

/** Whether another room has the name, or had it and something of it is stored. */
function isTaken(state: State, room: Room, to: string): boolean {
  const key = fold(to);
  if (key === room.key) return false;
  return state.rooms.has(key) || state.store.loadRoom(key) !== undefined || state.store.hasMessages(key);
}

export function applyRoomRenamed(state: State, event: EventOf<"room-renamed">): void {
  const room = state.room(event.room);
  if (!room) return;
  const from = room.key;
  state.renameRoom(room, event.to);
  if (room.key !== from) {
    room.renamedAt = state.now;
    moveHistory(state, from, room, event);
  }
  saveRoom(state, room);
  tellAlso(state, sessionsIn(room), event);
}

/** Moves everything that is stored or remembered under the old key. */
function moveHistory(state: State, from: Room["key"], room: Room, { room: before, to }: RoomRenamed): void {
  if (state.store.loadRoom(from)) state.store.removeRoom(from);
  state.store.renamePlace(from, room.key);
  state.departures.rename(from, room.key);
  moveEphemeral(state, from, room);
  for (const member of state.members.values()) member.moveMarker(from, room.key);
  for (const [at, pending] of room.pendingEvents.entries())
    if ("room" in pending && pending.room === before) room.pendingEvents[at] = { ...pending, room: to };
}

/**
 * The rooms of an account. A room is on the list from the join of a member of the account until the member leaves, is
 * kicked or banned, or the room is gone; quitting changes nothing. Quiet joins, listeners, bots and guests change no list.
 */

/** Puts rooms on the list of a member's account, if the member has one. */
export function saveMemberships(state: State, rooms: readonly Room[], { who }: Member, seq: number): void {
  if (!who.account || who.bot) return;
  const keys = rooms.map(({ key }) => key);
  state.store.addMemberships(who.account.id, keys, seq, state.limits.roomsPerMember || Number.POSITIVE_INFINITY);
}

/** A member leaves a room, or is kicked: the room goes off the list, unless another member of the account stays in it. */
export function endMembership(state: State, room: Room, member: Member, isKicked: boolean): void {
  const { account } = member.who;
  if (!account || (!isKicked && room.isListener(member))) return;
  const stays = (other: Member) => other !== member && isIn(other, room);
  if (isKicked || !state.membersOf(account).some(stays)) state.store.removeMembership(account.id, room.key);
}

/**
 * A ban of one account ends its membership in the room, if it is absent. Other masks are matched when an account returns.
 */
export function endMembershipOfBanned(state: State, room: Room, { account: id, muting }: Mask): void {
  const account = id && !muting ? state.store.account(id) : undefined;
  if (!account || isInside(state, account, room)) return;
  const who = { nick: account.name, user: "", host: "", realname: "", account };
  if (!room.isListed("exception", who)) state.store.removeMembership(account.id, room.key);
}

/** Whether a room is on the list of an account of which no member is in it. */
function isAbsentMember(state: State, account: Account, room: Room): boolean {
  return !isInside(state, account, room) && state.store.memberships(account.id).some((each) => each.room === room.key);
}

function isInside(state: State, account: Account, room: Room): boolean {
  return state.membersOf(account).some((member) => isIn(member, room));
}

/** Whether a member is in a room, and not only to listen. */
function isIn(member: Member, room: Room): boolean {
  return member.rooms.has(room) && !room.isListener(member);
}

export function applyMembershipEnded(state: State, event: EventOf<"membership-ended">): void {
  const room = state.room(event.room);
  if (room) state.store.removeMembership(event.account.id, room.key);
  if (event.by) tellOrigin(state, event);
}
