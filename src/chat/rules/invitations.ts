import { fold } from "../../text/fold.ts";
import type { InviteAct } from "../model/act.ts";
import type { EventOf } from "../model/event.ts";
import type { Invitation, Member } from "../model/member.ts";
import { accepted, type CheckResult, type JoinObstacle, type Refusal, refused } from "../model/refusal.ts";
import type { ListEntry, Room } from "../model/room.ts";
import { tellAlso } from "../model/session.ts";
import type { State } from "../model/state.ts";
import { mayModerate } from "./modes.ts";
import { saveRoom } from "./room-persistence.ts";

const NO_BANS: ReadonlySet<ListEntry> = new Set();

/** Why a member cannot join the room; `undefined` if it can. */
export function joinObstacle(room: Room, by: Member, key: string | undefined): JoinObstacle | undefined {
  const invitation = invitationTo(room, by);
  return joinObstacles(room, by, key, invitation?.lifted).find((obstacle) => !lifts(invitation, obstacle));
}

/** The invitation of a member, or of its account, to a room. */
export function invitationTo(room: Room, { who, invitations }: Member): Invitation | undefined {
  return (who.account && room.invited.get(who.account.id)) ?? invitations.get(room);
}

/** The rooms to which a member or its account is invited. */
export function* invitingRooms(rooms: Iterable<Room>, member: Member): Generator<Room> {
  for (const room of rooms) if (invitationTo(room, member)) yield room;
}

/** Removes the invitation of a member that joins. Returns whether the room's record has changed. */
export function useInvitation(room: Room, { who, invitations }: Member): boolean {
  invitations.delete(room);
  return who.account !== undefined && room.invited.delete(who.account.id);
}

function lifts(invitation: Invitation | undefined, obstacle: JoinObstacle): boolean {
  if (!invitation || obstacle === "banned") return false;
  return invitation.byOperator || obstacle === "invite-only";
}

/**
 * The obstacles that a member without an invitation meets, except `lifted` bans. For accounts that operate the room and
 * for server operators, a ban is the only one.
 */
function joinObstacles(room: Room, member: Member, key: string | undefined, lifted = NO_BANS): readonly JoinObstacle[] {
  const { who } = member;
  const obstacles: JoinObstacle[] = [];
  if (room.isBanned(who, { muting: false, lifted })) obstacles.push("banned");
  if (mayModerate(member, room) || room.ranksKept(who.account).has("operator")) return obstacles;
  if (room.flags.has("invite-only") && !room.isListed("invitation", who)) obstacles.push("invite-only");
  if (room.password !== undefined && room.password !== key) obstacles.push("key");
  if (room.limit !== undefined && room.members.size >= room.limit) obstacles.push("full");
  return obstacles;
}

export function checkInvite(state: State, by: Member, act: InviteAct): CheckResult {
  const room = state.roomFor(by, act.room);
  if (!room) return refused({ why: "no-such-room", room: act.room });
  const byOperator = mayModerate(by, room);
  if (!by.rooms.has(room) && !byOperator) return refused({ why: "not-in-room", room: room.name });
  if (room.flags.has("invite-only") && !byOperator) return refused({ why: "not-operator", room: room.name });
  const target = state.member(act.nick);
  if (!target) return refused({ why: "no-such-nick", nick: act.nick });
  if (target.rooms.has(room)) return refused({ why: "they-in-room", room: room.name, nick: target.nick });
  const tooMany = tooManyInvitations(state, by, target);
  if (tooMany) return refused(tooMany);
  return accepted({
    type: "invited",
    by: by.who,
    nick: target.nick,
    room: room.name,
    away: target.away || undefined,
    byOperator,
    opens: byOperator ? joinObstacles(room, target, undefined) : [],
  });
}

export function applyInvited(state: State, event: EventOf<"invited">): void {
  const room = state.room(event.room);
  const member = state.member(event.nick);
  if (!room || !member) return;
  invite(member, room, event.byOperator, state.limits.pendingInvitations || Number.POSITIVE_INFINITY);
  if (member.who.account) saveRoom(state, room);
  countInvitation(state, event);
  const recipients = new Set(member.sessions);
  // The room's operators are told of every invitation.
  for (const [other, { ranks }] of room.members) {
    if (ranks.has("operator")) for (const session of room.sessionsOf(other)) recipients.add(session);
  }
  tellAlso(state, recipients, event);
}

/**
 * Saves an invitation: of an account in the room, which is stored; of a guest in the guest, in memory. A plain member's
 * invitation does not replace an operator's. Beyond `most` per room or guest the oldest is dropped, since a guest's
 * invitations keep closed rooms in memory.
 */
function invite(member: Member, room: Room, byOperator: boolean, most: number): void {
  const before = invitationTo(room, member);
  const { account } = member.who;
  const given = { byOperator, lifted: byOperator ? new Set(room.bansOn(member.who)) : NO_BANS };
  const invitation = before?.byOperator && !byOperator ? before : given;
  if (account) putLast(room.invited, account.id, invitation, most);
  else putLast(member.invitations, room, invitation, most);
}

/** Sets an invitation as the newest, and drops the oldest beyond `most`. */
function putLast<K>(invitations: Map<K, Invitation>, key: K, invitation: Invitation, most: number): void {
  invitations.delete(key);
  invitations.set(key, invitation);
  for (const oldest of invitations.keys()) {
    if (invitations.size <= most) return;
    invitations.delete(oldest);
  }
}

const OBSTACLE_NAMES: Readonly<Record<JoinObstacle, string>> = {
  banned: "the ban",
  "invite-only": "invite-only",
  key: "the key",
  full: "the limit",
};

/** Says what an operator's invitation lifts besides `invite-only`, without a full stop; `undefined` if nothing. */
export function liftedObstacleWords({ nick, room, opens }: Pick<EventOf<"invited">, "nick" | "room" | "opens">) {
  if (opens.every((obstacle) => obstacle === "invite-only")) return undefined;
  const names = opens.map((obstacle) => OBSTACLE_NAMES[obstacle]);
  const last = names.pop();
  const all = names.length === 0 ? last : `${names.join(", ")} and ${last}`;
  return `${nick} may join ${room} once in spite of ${all}`;
}

type TooManyInvitations = Extract<Refusal, { why: "too-many-invitations" }>;

/** The refusal if the sender has sent too many invitations within a minute, or the recipient received too many. */
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

function countInvitation({ invitations }: State, { by, nick }: EventOf<"invited">): void {
  invitations.add(sentBy(by.nick));
  invitations.add(sentTo(nick));
}

function sentBy(nick: string): string {
  return `by ${fold(nick)}`;
}

function sentTo(nick: string): string {
  return `to ${fold(nick)}`;
}
