import { fold } from "../../text/fold.ts";
import { sideOf } from "../conversation.ts";
import { type Account, type AccountId, isSameAccount, type Logout, verifiedAccount } from "../model/account.ts";
import type { EndSessionAct, IdentifyAct, LoseAct, QuitAct, ReclaimAct } from "../model/act.ts";
import { type EventOf, type Identity, type NewEvent, SERVER } from "../model/event.ts";
import { hold } from "../model/expiry.ts";
import { Member } from "../model/member.ts";
import type { ModeChange, Rank } from "../model/modes.ts";
import { accepted, type CheckResult, NOTHING, type Refusal, refused } from "../model/refusal.ts";
import type { Room } from "../model/room.ts";
import { type Session, tellEach, tellOrigin, tellWatchers } from "../model/session.ts";
import type { State } from "../model/state.ts";
import { appearance } from "../visibility.ts";
import { logoutWords } from "../words/accounts.ts";
import { banRefusal } from "./bans.ts";
import { joinObstacle } from "./invitations.ts";
import { adoptingMetadata } from "./metadata.ts";
import { speechObstacle } from "./modes.ts";
import { applyProfile, checkRename, freeNick, leavingUnheard } from "./people.ts";
import { closeRoom, saveRoom } from "./room-persistence.ts";
import { checkJoin, saveMemberships } from "./rooms.ts";
import { operatorLost } from "./server-operators.ts";
import { endTokensOf } from "./tokens.ts";

/**
 * The sessions of members: a session that logs in is attached to its account's member, one with the key of a guest to
 * that guest, and a member whose last session is lost is held until another comes. Other members see nothing of this.
 */

/** Milliseconds for which a member with an account is held after its last session was lost. */
export const HOLD = 120_000;

/** Milliseconds for which a guest with a key is held: long enough to load a page again. */
export const GUEST_HOLD = 30_000;

const MOST_HELD = 10_000; // held members, above which guests are not held

/** The caller has authenticated the session for the account. */
export function checkIdentify(state: State, by: Member, act: IdentifyAct): CheckResult {
  const account = verifiedAccount(state.store, act.account);
  if (act.account && !account) return refused({ why: "login-void", account: act.account.name });
  const nick = state.semantics < 3 ? undefined : act.nick;
  if (account?.id === by.who.account?.id)
    return nick === undefined ? NOTHING : checkRename(state, by, { type: "rename", nick });
  const refusal = account && accountChangeRefusal(by);
  if (refusal) return refused(refusal);
  const banned = banRefusal(state, { ...by.who, account });
  if (banned) return refused(banned);
  const refusals: Refusal[] = [];
  return { events: identifying(state, by, { account, nick }, refusals), refusals };
}

/** Why a logged-in member cannot change to another account; `undefined` if it can, or is a guest. */
export function accountChangeRefusal({ who, nick, sessions }: Member): Refusal | undefined {
  if (!who.account) return undefined;
  // The member's other sessions have not authenticated for that account.
  if (sessions.size > 1) return { why: "session-shared", account: who.account.name };
  return fold(nick) === fold(who.account.name) ? { why: "nick-of-account", nick } : undefined;
}

/** The account that a member logs in to, and the nick that its session takes then. */
interface Identified {
  readonly account: Account | undefined;
  readonly nick: string | undefined;
}

/**
 * Logs a member in or out, and renames it. In its rooms it gets the ranks of the new account; ranks of its former
 * account are taken from it and stay with that account. A session that moves to another member needs no new ranks.
 */
function* identifying(
  state: State,
  by: Member,
  { account, nick }: Identified,
  refusals: Refusal[],
): Generator<NewEvent, void> {
  const isOther = by.who.account !== undefined && account !== undefined;
  const before = [...by.rooms].map((room) => {
    const has = new Set(room.members.get(by)?.ranks);
    const gets = room.ranksKept(account);
    const missing = [...gets].filter((rank) => !has.has(rank));
    const foreign = isOther ? [...has].filter((rank) => !gets.has(rank)) : [];
    return { room, missing, foreign };
  });
  yield { type: "account-set", who: by.who, account };
  if (nick !== undefined) {
    const renaming = checkRename(state, by, { type: "rename", nick });
    yield* renaming.events ?? [];
    refusals.push(...(renaming.refusals ?? []));
    if (state.member(by.nick) !== by) return;
  }
  yield* adoptingMetadata(state, by);
  for (const { room, missing, foreign } of before) {
    const changes = [...changesOf(missing, true, by), ...changesOf(foreign, false, by)];
    if (changes.length === 0) continue;
    const appeared = appearance(room, by);
    if (appeared) yield appeared;
    yield { type: "modes-changed", by: undefined, room: room.name, changes, origin: SERVER };
  }
}

function changesOf(ranks: readonly Rank[], on: boolean, { nick }: Member): readonly ModeChange[] {
  return ranks.map((mode) => ({ mode, on, nick }));
}

/** A session quits: it is detached if its member has others; otherwise the member quits. */
export function checkQuit(_state: State, by: Member, act: QuitAct): CheckResult {
  if (by.sessions.size > 1) return { events: detaching(by, false) };
  // A reason is speech in every room that shows it.
  const isSilent = [...by.rooms].some((room) => speechObstacle(room, by, "words"));
  return accepted({ type: "quit", who: by.who, reason: isSilent ? "" : act.reason });
}

/** A session was lost without quitting: the member of an account is held, and a guest with a key; others quit. */
export function checkLose(state: State, by: Member, act: LoseAct): CheckResult {
  const isHeld = by.sessions.size === 1;
  const isKept = by.who.account !== undefined || (by.resume !== undefined && state.held.size < MOST_HELD);
  if (isHeld && !isKept) return accepted({ type: "quit", who: by.who, reason: act.reason });
  return { events: detaching(by, isHeld) };
}

/** Detaches the session of the act; the rooms where it alone has listened are left. */
function* detaching(by: Member, isHeld: boolean): Generator<NewEvent, void> {
  yield { type: "detached", who: by.who, isHeld };
  yield* leavingUnheard(by);
}

/** The rooms of a member that its session is in: where the member listens, only if this session does. */
function roomsOf(session: Session, member: Member): readonly Room[] {
  return [...member.rooms].filter((room) => room.isWhere(member, session));
}

/** Takes a session out of the rooms of its member, which stays there. */
function leaveRooms(state: State, session: Session, member: Member, seq: number): void {
  for (const room of roomsOf(session, member)) {
    session.unfollow(room);
    state.noteDeparture(session, member, room, seq);
    room.members.get(member)?.listening?.delete(session.id);
  }
}

/** Attaches the session to the member, and tells it the member's rooms as if it had joined them. */
export function applyAttached(state: State, event: EventOf<"attached">): void {
  const session = state.originOf(event);
  const member = state.member(event.who.nick);
  if (!session || !member) return;
  const before = session.member;
  state.details.set(session, event.details);
  session.member = member;
  member.sessions.add(session);
  state.held.delete(member);
  session.tell(event);
  if (before) {
    for (const room of roomsOf(session, before)) {
      session.unfollow(room);
      const back = room.members.has(member) && room.isWhere(member, session) ? { isBack: true as const } : {};
      session.tell({ ...event, type: "left", who: member.who, room: room.name, reason: "", ...back });
      room.members.get(before)?.listening?.delete(session.id);
    }
    before.sessions.delete(session);
  }
  for (const room of roomsOf(session, member)) {
    const rank = room.rankOf(member);
    session.tell({ ...event, type: "joined", room: room.name, away: member.away, quietly: false, rank });
    session.follow(room);
    state.forgetDeparture(session, member, room);
  }
}

export function applyDetached(state: State, event: EventOf<"detached">): void {
  const session = state.originOf(event);
  const member = session?.member;
  if (!session || !member) return;
  session.tell(event);
  leaveRooms(state, session, member, event.seq);
  member.sessions.delete(session);
  state.release(session);
  if (event.isHeld) hold(state, member, state.now + (member.who.account ? HOLD : GUEST_HOLD));
}

/** Logs the member in or out; a member that logs in saves its ranks in its rooms with the account. */
export function applyAccountSet(state: State, event: EventOf<"account-set">): void {
  applyProfile(state, event);
  const member = state.member(event.who.nick);
  if (!member) return;
  if (event.why) member.invitations.clear(); // they were the account's
  const rooms = [...member.rooms];
  for (const room of rooms) if (room.keepRanks(member)) saveRoom(state, room);
  const announced = rooms.filter((room) => room.members.get(member)?.announced);
  saveMemberships(state, announced, member, event.seq);
}

/** Takes the nick of the member's account back from a guest. */
export function checkReclaim(state: State, by: Member, act: ReclaimAct): CheckResult {
  const { nick } = act;
  if (!isSameAccount(state.store.loadAccount(fold(nick)), by.who.account))
    return refused({ why: "not-your-nick", nick });
  const holder = state.member(nick);
  if (holder === by) return refused({ why: "nick-had", nick: by.nick });
  if (holder && !isSameAccount(holder.who.account, by.who.account)) {
    const refusals: Refusal[] = [];
    return { events: reclaiming(state, by, act, holder, refusals), refusals };
  }
  if (act.takes) return checkRename(state, by, { type: "rename", nick });
  return refused({ why: holder ? "nick-yours" : "nick-free", nick });
}

/** Renames the holder; then the owner takes the nick, if the act says so. */
function* reclaiming(
  state: State,
  by: Member,
  { nick, takes }: ReclaimAct,
  holder: Member,
  refusals: Refusal[],
): Generator<NewEvent, void> {
  const { who } = holder;
  const free = freeNick(state, who.nick, holder);
  yield { type: "nick-reclaimed", by: by.who, who, nick: free };
  yield { type: "renamed", who, nick: free, origin: SERVER };
  if (!takes) return;
  const renaming = checkRename(state, by, { type: "rename", nick });
  yield* renaming.events ?? [];
  refusals.push(...(renaming.refusals ?? []));
}

/** Tells the holder why it loses the nick, and the owner the holder's new nick, before the rename. */
export function applyNickReclaimed(state: State, event: EventOf<"nick-reclaimed">): void {
  tellEach(state.member(event.who.nick)?.sessions ?? [], event);
  tellOrigin(state, event);
}

export function checkEndSession(state: State, by: Member, { id }: EndSessionAct): CheckResult {
  const ownMembers = by.who.account ? state.membersOf(by.who.account) : [by];
  for (const member of ownMembers) {
    if (sessionOf(member, id)) return { events: ending(member, id) };
  }
  return refused({ why: "no-such-session", id });
}

/** Ends a session; a member without a session quits. */
export function* ending(member: Member, session: number): Generator<NewEvent, void> {
  const { who } = member;
  yield { type: "session-ended", who, session };
  if (member.sessions.size === 0) yield { type: "quit", who, reason: "Session ended", origin: SERVER };
  else yield* leavingUnheard(member);
}

/** Tells the session and takes it from its member. */
export function applySessionEnded(state: State, event: EventOf<"session-ended">): void {
  const member = state.member(event.who.nick);
  const session = member && sessionOf(member, event.session);
  if (!session) return;
  session.tell(event);
  if (event.origin !== session.id) tellOrigin(state, event);
  leaveRooms(state, session, member, event.seq);
  member.sessions.delete(session);
  state.release(session);
}

function sessionOf(member: Member, id: number): Session | undefined {
  for (const session of member.sessions) if (session.id === id) return session;
  return undefined;
}

/**
 * Logs out all sessions of an account that was removed or has a new password; `except` stays logged in.
 *
 * Each session becomes a guest. Sessions of one member are separated, since nothing proves any more that they belong
 * together: all but the first get a member of their own and join the rooms again. A guest keeps the nick unless it is
 * registered. Each event is applied before the next is made.
 */
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
    const rooms = roomsOf(session, member).map((room) => ({ room, listens: room.isListener(member) }));
    yield separated(state, member, session, logout);
    yield* rejoining(state, rooms, session);
  }
  yield* leavingUnheard(member);
  if (stays) return;
  yield { type: "account-set", who: member.who, account: undefined, why: logout.why, origin: SERVER };
  yield* adoptingMetadata(state, member);
  yield* rightsLost(member, others.length > 0);
  yield* roomsLost(member);
  if (!state.store.loadAccount(fold(member.nick))) return;
  const nick = freeNick(state, member.nick, member);
  yield { type: "renamed", who: member.who, nick, origin: SERVER };
}

/** Takes the member's ranks, and operator rights if several sessions shared the member. */
function* rightsLost(member: Member, wasShared: boolean): Generator<NewEvent, void> {
  for (const room of member.rooms) {
    const ranks = room.members.get(member)?.ranks ?? [];
    const changes = [...ranks].map((mode) => ({ mode, on: false, nick: member.nick }));
    if (changes.length > 0) yield { type: "modes-changed", by: undefined, room: room.name, changes, origin: SERVER };
  }
  if (!wasShared || !member.userModes.has("operator")) return;
  yield { ...operatorLost(member.who, "logged-out"), origin: SERVER };
}

/** Takes the guest out of rooms that it could not join without its account. */
function* roomsLost(member: Member): Generator<NewEvent, void> {
  for (const room of [...member.rooms]) {
    const obstacle = joinObstacle(room, member, room.password);
    if (obstacle !== "banned" && obstacle !== "invite-only") continue;
    yield { type: "left", who: member.who, room: room.name, reason: "Logged out", origin: SERVER };
  }
}

function separated(state: State, { who }: Member, session: Session, { account, why }: Logout): NewEvent {
  const { user, realname, host } = state.details.get(session) ?? who;
  const guest: Identity = { nick: freeNick(state, who.nick, undefined), user, realname, host, account: undefined };
  return { type: "separated", who: guest, before: who, account, why, origin: session.id };
}

/** A room where a session was, and whether it only listened. */
interface FormerRoom {
  readonly room: Room;
  readonly listens: boolean;
}

/** A separated session joins the rooms of its former member again, where a guest may. */
function* rejoining(state: State, before: readonly FormerRoom[], session: Session): Generator<NewEvent, void> {
  const { member } = session;
  if (!member) return;
  for (const { room, listens } of before) {
    const act = { type: "join", room: room.name, key: room.password, listens } as const;
    const { events = [] } = checkJoin(state, { session, member }, act);
    for (const event of events) yield { origin: session.id, ...event };
  }
}

/** Makes a guest for the session, in no room yet. */
export function applySeparated(state: State, event: EventOf<"separated">): void {
  const session = state.originOf(event);
  const before = session?.member;
  if (!session || !before) return;
  const rooms = roomsOf(session, before);
  const member = new Member(event.seq, event.who, event.time);
  member.setSide(sideOf(event.who), event.seq);
  state.addMember(member);
  before.sessions.delete(session);
  session.member = member;
  member.sessions.add(session);
  session.tell(event);
  for (const room of rooms) {
    session.unfollow(room);
    session.tell({ ...event, type: "left", room: room.name, reason: "" });
    room.members.get(before)?.listening?.delete(session.id);
  }
  tellWatchers(state, member.nick, true);
}

/** Removes the account and everything that rooms keep for it; a room kept only for it is closed. */
export function applyAccountRemoved(state: State, { account }: EventOf<"account-removed">): void {
  state.store.removeAccount(account.id);
  for (const room of state.rooms.values()) forgetInRoom(state, room, account.id);
}

function forgetInRoom(state: State, room: Room, account: AccountId): void {
  const wasInvited = room.invited.delete(account);
  if (!room.ranks.delete(account) && !wasInvited) return;
  endTokensOf(state, room, account);
  if (room.members.size === 0) closeRoom(state, room); // it may be kept for another account
  saveRoom(state, room);
}
