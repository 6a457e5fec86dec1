import type { Account } from "../model/account.ts";
import type { EventOf } from "../model/event.ts";
import type { Mask } from "../model/masks.ts";
import type { Member } from "../model/member.ts";
import type { Room } from "../model/room.ts";
import { tellOrigin } from "../model/session.ts";
import type { State } from "../model/state.ts";

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
 * A ban of one account takes the room off its list, if it is not in the room. Other masks are matched when the account
 * comes back.
 */
export function endMembershipOfBanned(state: State, room: Room, { account: id, muting }: Mask): void {
  const account = id && !muting ? state.store.account(id) : undefined;
  if (!account || isInside(state, account, room)) return;
  const who = { nick: account.name, user: "", host: "", realname: "", account };
  if (!room.isListed("exception", who)) state.store.removeMembership(account.id, room.key);
}

/** Whether a room is on the list of an account of which no member is in it. */
export function isAbsentMember(state: State, account: Account, room: Room): boolean {
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
