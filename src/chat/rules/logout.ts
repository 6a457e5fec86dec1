import { fold } from "../../text/fold.ts";
import { sideOf } from "../conversation.ts";
import type { Account, AccountId } from "../model/account.ts";
import { type EventOf, type NewEvent, SERVER, type Who } from "../model/event.ts";
import { Member } from "../model/member.ts";
import type { Room } from "../model/room.ts";
import type { Session } from "../model/session.ts";
import type { State } from "../model/state.ts";
import { tellWatchers } from "../model/tell.ts";
import { logoutWords } from "../words/accounts.ts";
import { barTo } from "./invitations.ts";
import { closeRoom, saveRoom } from "./kept-rooms.ts";
import { freeNick } from "./people.ts";
import { checkJoin } from "./rooms.ts";
import { operatorLost } from "./server-operators.ts";

/**
 * Logging out everybody who is logged in to an account that was removed, or has another password now.
 *
 * Each session is a guest then. Sessions that were one member's are nobody's in common any more, since what proved it
 * is gone: each has a member of its own, and comes into the rooms anew. A guest keeps the nick unless it is registered.
 */

/** Why all sessions of an account are logged out. */
export type LogoutReason = "account-removed" | "password-changed";

export interface Logout {
  readonly account: Account;
  readonly why: LogoutReason;
}

/** The events of a logout; each is applied before the next is drawn. `except` stays logged in. */
export function* loggedOut(state: State, logout: Logout, except?: Session): Generator<NewEvent, void> {
  const { account, why } = logout;
  if (why === "account-removed") yield { type: "account-removed", account };
  for (const member of state.membersOf(account)) yield* memberLoggedOut(state, member, logout, except);
}

function* memberLoggedOut(
  state: State,
  member: Member,
  logout: Logout,
  except: Session | undefined,
): Generator<NewEvent, void> {
  const [first, ...more] = member.sessions;
  if (!first) return yield { type: "quit", who: member.who, reason: logoutWords(logout), origin: SERVER };
  const stays = except !== undefined && member.sessions.has(except);
  const others = stays ? [first, ...more].filter((session) => session !== except) : more;
  for (const session of others) {
    yield separated(state, member, session, logout);
    yield* rejoining(state, member, session);
  }
  if (stays) return;
  yield { type: "account-set", who: member.who, account: undefined, why: logout.why, origin: SERVER };
  yield* powersLost(member, others.length > 0);
  yield* roomsLost(member);
  if (!state.store.loadAccount(fold(member.nick))) return;
  const nick = freeNick(state, member.nick, member);
  yield { type: "renamed", who: member.who, nick, wanted: undefined, origin: SERVER };
}

/** Takes the ranks in rooms that the account gave; and the server operator's, where several sessions shared the member. */
function* powersLost(member: Member, wasShared: boolean): Generator<NewEvent, void> {
  for (const room of member.rooms) {
    const ranks = room.members.get(member)?.ranks ?? [];
    const changes = [...ranks].map((mode) => ({ mode, on: false, nick: member.nick }));
    if (changes.length > 0) yield { type: "modes-changed", by: undefined, room: room.name, changes, origin: SERVER };
  }
  if (!wasShared || !member.traits.has("operator")) return;
  yield { ...operatorLost(member.who, "logged-out"), origin: SERVER };
}

/** A guest does not stay where only the account was let in: what is said there is not for everyone. */
function* roomsLost(member: Member): Generator<NewEvent, void> {
  for (const room of [...member.rooms]) {
    const bar = barTo(room, member, room.password);
    if (bar !== "banned" && bar !== "invite-only") continue;
    yield { type: "left", who: member.who, room: room.name, reason: "Logged out", origin: SERVER };
  }
}

function separated(state: State, { who }: Member, session: Session, { account, why }: Logout): NewEvent {
  const { user, realname, host } = state.cameAs.get(session) ?? who;
  const guest: Who = { nick: freeNick(state, who.nick, undefined), user, realname, host, account: undefined };
  return { type: "separated", who: guest, before: who, account, why, origin: session.id };
}

/** A session that was separated comes anew into the rooms of the member that it was, where a guest may. */
function* rejoining(state: State, before: Member, session: Session): Generator<NewEvent, void> {
  const guest = session.member;
  if (!guest) return;
  for (const room of [...before.rooms]) {
    const { events = [] } = checkJoin(state, guest, { type: "join", room: room.name, key: room.password });
    for (const event of events) yield { origin: session.id, ...event };
  }
}

/** The session is a guest of its own from now on, in no room yet. */
export function applySeparated(state: State, event: EventOf<"separated">): void {
  const session = state.originOf(event);
  const before = session?.member;
  if (!session || !before) return;
  const member = new Member(event.who, event.time);
  member.takesSide(sideOf(event.who), event.seq);
  state.addMember(member);
  before.sessions.delete(session);
  session.member = member;
  member.sessions.add(session);
  session.tell(event);
  for (const room of before.rooms) {
    session.unfollow(room);
    session.tell({ ...event, type: "left", room: room.name, reason: "" });
  }
  tellWatchers(state, member.nick, true);
}

/** No room keeps anything for the account, and none stays for it alone. */
export function applyAccountRemoved(state: State, { account }: EventOf<"account-removed">): void {
  state.store.removeAccount(account.id);
  for (const room of state.rooms.values()) forgetRanks(state, room, account.id);
}

function forgetRanks(state: State, room: Room, account: AccountId): void {
  if (!room.ranks.delete(account)) return;
  if (room.members.size === 0) closeRoom(state, room); // or it is left behind by another
  saveRoom(state, room);
}
