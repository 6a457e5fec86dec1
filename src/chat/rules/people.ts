import { fold, numbered } from "../../text/fold.ts";
import { skeleton } from "../../text/skeleton.ts";
import { sideOf } from "../conversation.ts";
import { type Account, isSameAccount, verifiedAccount } from "../model/account.ts";
import type { EnterAct, RenameAct, SetAwayAct, SetRealnameAct } from "../model/act.ts";
import { type EventOf, type NewEvent, SERVER } from "../model/event.ts";
import { Member } from "../model/member.ts";
import { metadataOf, recordOf } from "../model/metadata.ts";
import { USER_MODES } from "../model/modes.ts";
import { isNick, isServerNick } from "../model/names.ts";
import { accepted, type CheckResult, NOTHING, type Refusal, refused } from "../model/refusal.ts";
import type { Room } from "../model/room.ts";
import { neighboursOf, tellEach, tellWatchers } from "../model/session.ts";
import type { State } from "../model/state.ts";
import type { StoredRoomEvent } from "../store.ts";
import { banRefusal } from "./bans.ts";
import { metadataOnEntry, sharingMetadata } from "./metadata.ts";
import { permittedAudienceOf, roomEscapedAs } from "./modes.ts";
import { closeRoom, storeRoomEvent } from "./room-persistence.ts";

/** Checks `enter`: the nick must be well-formed, and free or held by a member of the same account. */
export function checkEnter(state: State, act: EnterAct): CheckResult {
  const account = verifiedAccount(state.store, act.account);
  const guest = act.nick === undefined ? state.guests + 1 : undefined;
  const result = checkEnterAs(state, { ...act, nick: act.nick ?? `guest-${guest}`, guest }, account);
  if (!act.account || account) return result;
  const expired: Refusal = { why: "login-void", account: act.account.name };
  return { ...result, refusals: [expired, ...(result.refusals ?? [])] };
}

/** `enter` with its nick; `guest` is the number of a nick that the server gives. */
interface NamedEnterAct extends EnterAct {
  readonly nick: string;
  readonly guest: number | undefined;
}

function checkEnterAs(state: State, act: NamedEnterAct, account: Account | undefined): CheckResult {
  const { user, realname, host } = act;
  const banned = banRefusal(state, { nick: act.nick, user, realname, host, account });
  if (banned) return refused(banned);
  const { metadata, refusals } = metadataOnEntry(state, account, act.metadata ?? []);
  const brought = sharingMetadata(state, account, metadata);
  const own = ownMember(state, act.nick, account) ?? formerGuest(state, act, account);
  if (own) {
    const attached = { type: "attached", who: own.who, before: undefined, details: { user, realname, host } } as const;
    return { events: [...brought, attached], refusals };
  }
  const nick = resolveNick(state, { act, by: undefined, account });
  if (typeof nick !== "string") return nick;
  const who = { nick, user, realname, host, account };
  const stillBanned = nick === act.nick ? undefined : banRefusal(state, who);
  if (stillBanned) return refused(stillBanned);
  const wanted = nick === act.nick ? undefined : act.nick;
  const entered = {
    type: "entered",
    who,
    wanted,
    guest: act.guest,
    metadata: recordOf(metadata),
    resume: act.resume,
  } as const;
  const changes = state.rules.userModes.map((userMode) => ({ userMode, on: true }));
  const events: NewEvent[] = [...brought, entered];
  if (changes.length > 0) events.push({ type: "user-modes-changed", who, changes });
  return { events, refusals };
}

export function checkRename(state: State, by: Member, act: RenameAct): CheckResult {
  const own = ownMember(state, act.nick, by.who.account);
  if (own && own !== by) return { events: attaching(state, own, by) };
  const nick = resolveNick(state, { act, by, account: by.who.account });
  if (typeof nick !== "string") return nick;
  if (nick === by.nick) return NOTHING;
  const banned = banRefusal(state, { ...by.who, nick });
  if (banned) return refused(banned);
  const escaped = roomEscapedAs(nick, by);
  if (escaped) return refused({ why: "nick-escapes-ban", nick, room: escaped.name });
  return accepted({ type: "renamed", who: by.who, nick });
}

/** Attaches the session to its account's other member; its own member quits if it has no other session. */
function* attaching(state: State, { who }: Member, before: Member): Generator<NewEvent, void> {
  const { user, realname, host } = before.who;
  yield { type: "attached", who, before: before.who, details: { user, realname, host } };
  if (before.sessions.size > 0) return yield* leavingUnheard(before);
  const reason = state.semantics < 3 ? "Is someone else now" : `Is ${who.nick} now`;
  yield { type: "quit", who: before.who, reason, origin: SERVER };
}

/** The member with this nick, if it is logged in to the account. */
function ownMember(state: State, nick: string, account: Account | undefined): Member | undefined {
  const holder = state.member(nick);
  return isSameAccount(account, holder?.who.account) ? holder : undefined;
}

/** The guest that has entered with this key before. A key is no login: it is nobody's who has an account. */
function formerGuest(state: State, { resume }: EnterAct, account: Account | undefined): Member | undefined {
  const member = resume === undefined || account ? undefined : state.resumable.get(resume);
  return member?.who.account ? undefined : member;
}

/** A request for a nick: by a new session (`by` is `undefined`) or a member, logged in to `account` or to none. */
interface NickRequest {
  readonly act: NamedEnterAct | RenameAct;
  readonly by: Member | undefined;
  readonly account: Account | undefined;
}

/**
 * The nick to use for a request, or its refusal. A `yielding` enter uses a nick chosen by the server: that may be a
 * server-given nick, and a confusable one is replaced instead of refused.
 */
function resolveNick(state: State, request: NickRequest): string | CheckResult {
  const { act, by, account } = request;
  const { nick } = act;
  const isGiven = act.type === "enter" && act.yielding;
  // Where nicks are short, a `guest-` nick may be longer than the limit, so that guests can enter.
  const longest = isGiven && isServerNick(nick) ? 0 : state.limits.nickLength;
  if (!isNick(nick, longest)) return refused({ why: "nick-bad", nick });
  const isOwn = [by?.nick, account?.name].some((own) => own !== undefined && fold(own) === fold(nick));
  const taken = nickRefusal(state, nick, by, account);
  if (taken && !isGiven) return refused(taken);
  if (!isOwn && !isGiven && isServerNick(nick))
    return refused({ why: "nick-kept", nick, free: nextFree(state, request) });
  if (taken) return nextFree(state, request);
  const like = isOwn ? undefined : confusableName(state, nick, request);
  if (like === undefined) return nick;
  const free = nextFree(state, request);
  return isGiven ? free : refused({ why: "nick-alike", nick, like, free });
}

/** Why a session logged in to `account`, or to none, cannot have a well-formed nick: another account owns it, or it is in use. */
export function nickRefusal(
  state: State,
  nick: string,
  by: Member | undefined,
  account: Account | undefined,
): Refusal | undefined {
  if (isReservedTo(state, nick, account)) return { why: "nick-registered", nick };
  const holder = state.member(nick);
  if (holder === undefined || holder === by) return undefined;
  const isOwn = account !== undefined && fold(account.name) === fold(nick);
  return { why: isOwn ? "nick-seated" : "nick-taken", nick };
}

/** The nick or account name of somebody else that this nick is confusable with. */
function confusableName(state: State, nick: string, { by, account }: NickRequest): string | undefined {
  for (const other of state.memberConfusables.of(nick)) {
    const isSame = other === by || isSameAccount(account, other.who.account);
    if (!isSame && fold(other.nick) !== fold(nick)) return other.nick;
  }
  return state.store.accountsLike(skeleton(nick)).find((name) => name !== account?.name && fold(name) !== fold(nick));
}

/** Whether another account owns the nick. */
function isReservedTo(state: State, nick: string, account: Account | undefined): boolean {
  const owner = state.store.loadAccount(fold(nick));
  return owner !== undefined && !isSameAccount(owner, account);
}

/** A free nick for a guest, like this one: `ann` → `ann-2`. `by` is the member that has the nick now. */
export function freeNick(state: State, nick: string, by: Member | undefined): string {
  return nextFree(state, { act: { type: "rename", nick }, by, account: undefined });
}

const IN_ORDER = 8; // suffixes tried one after the other
const TRIES = 4; // suffixes tried at random below 1,000, below 10,000 and so on

/** The suffix for an attempt: low at first, then pseudo-random, so that an attacker cannot occupy them all. */
function suffixFor(attempt: number, seq: number): number {
  if (attempt < IN_ORDER) return 2 + attempt;
  const range = 1000 * 10 ** Math.floor((attempt - IN_ORDER) / TRIES);
  return IN_ORDER + 2 + ((Math.imul(seq + attempt, 0x9e3779b1) >>> 0) % range);
}

/**
 * The first free nick of `ann-2`, `ann-3`, …; a member that has one of them keeps it. If the low numbers are occupied,
 * random ones are tried, so a search takes few attempts.
 */
function nextFree(state: State, request: NickRequest): string {
  const { nick } = request.act;
  for (let attempt = 0; ; attempt++) {
    const free = numbered(nick, suffixFor(attempt, state.seq), state.limits.nickLength);
    const holder = state.member(free);
    const isTaken = (holder !== undefined && holder !== request.by) || state.store.loadAccount(fold(free));
    if (!isTaken && !isServerNick(free) && confusableName(state, free, request) === undefined) return free;
  }
}

export function checkSetAway(_state: State, by: Member, act: SetAwayAct): CheckResult {
  return accepted({ type: "away-set", who: by.who, text: act.text });
}

export function checkSetRealname(state: State, by: Member, act: SetRealnameAct): CheckResult {
  const limit = state.limits.realnameLength;
  if (act.realname === "" || (limit > 0 && Buffer.byteLength(act.realname) > limit)) {
    return refused({ why: "realname-bad" });
  }
  return accepted({ type: "realname-set", who: by.who, realname: act.realname });
}

export function applyEntered(state: State, event: EventOf<"entered">): void {
  if (event.guest !== undefined) state.guests = event.guest;
  const member = new Member(event.seq, event.who, event.time, state.now);
  member.metadata = metadataOf(event.metadata);
  member.setSide(sideOf(event.who), event.seq);
  state.addMember(member);
  if (event.resume !== undefined) {
    member.resume = event.resume;
    state.resumable.set(event.resume, member);
  }
  const session = state.originOf(event);
  if (session) {
    session.member = member;
    member.sessions.add(session);
    session.tell(event);
  }
  tellWatchers(state, event.who.nick, true);
}

export function applyRenamed(state: State, event: EventOf<"renamed">): void {
  const member = state.member(event.who.nick);
  if (!member) return;
  state.removeMember(member);
  member.who = { ...member.who, nick: event.nick };
  member.setSide(sideOf(member.who), event.seq);
  state.addMember(member);
  storeInRooms(state, member, event);
  tellEach(neighboursOf(member), event);
  if (fold(event.who.nick) === fold(event.nick)) return;
  tellWatchers(state, event.who.nick, false);
  tellWatchers(state, event.nick, true);
}

/** Changes a member's away text, real name or account; tells its neighbours, and its watchers that share no room. */
export function applyProfile(state: State, event: EventOf<"away-set" | "realname-set" | "account-set">): void {
  const member = state.member(event.who.nick);
  if (!member) return;
  if (event.type === "away-set") member.away = event.text;
  else if (event.type === "realname-set") member.who = { ...member.who, realname: event.realname };
  else state.logIn(member, event.account);
  member.setSide(sideOf(member.who), event.seq);
  // Being back, and an account, say nothing of one's own.
  const hasWords = event.type === "realname-set" || (event.type === "away-set" && event.text !== "");
  const neighbours = hasWords ? permittedAudienceOf(member) : neighboursOf(member);
  tellEach(neighbours, event);
  for (const session of state.watchers.get(fold(member.nick)) ?? []) {
    if (!neighbours.has(session)) session.watchedChanged?.(event);
  }
}

export function applyUserModes(state: State, event: EventOf<"user-modes-changed">): void {
  const member = state.member(event.who.nick);
  if (!member) return;
  for (const { userMode, on } of event.changes) {
    if (on) member.userModes.add(userMode);
    else member.userModes.delete(userMode);
    if (on) state.byUserMode[userMode].add(member);
    else state.byUserMode[userMode].delete(member);
    if (userMode === "operator") member.operatesAs = on ? event.as : undefined;
    if (userMode === "bot") member.who = { ...member.who, bot: on };
  }
  tellEach(member.sessions, event);
}

export function applyAnnounced(state: State, event: EventOf<"announced">): void {
  for (const member of state.byUserMode.announcements) tellEach(member.sessions, event);
}

export function applyGone(state: State, event: EventOf<"quit" | "expelled">): void {
  const member = state.member(event.who.nick);
  if (!member) return;
  storeInRooms(state, member, event.type === "quit" ? event : { ...event, type: "quit" });
  tellEach(neighboursOf(member), event);
  for (const room of member.rooms) removeFrom(state, room, member, event.seq);
  state.held.delete(member);
  if (member.resume !== undefined && state.resumable.get(member.resume) === member)
    state.resumable.delete(member.resume);
  state.removeMember(member);
  for (const userMode of USER_MODES) state.byUserMode[userMode].delete(member);
  for (const session of member.sessions) state.release(session);
  tellWatchers(state, member.nick, false);
}

/** A member leaves the rooms in which none of its sessions listens any more. */
export function* leavingUnheard(member: Member): Generator<NewEvent, void> {
  for (const room of [...member.rooms])
    if (room.members.get(member)?.listening?.size === 0)
      yield { type: "left", who: member.who, room: room.name, reason: "", origin: SERVER };
}

/** Removes a member from a room by the event `seq`; an empty room is closed. */
export function removeFrom(state: State, room: Room, member: Member, seq: number): void {
  for (const session of room.sessionsOf(member)) {
    session.unfollow(room);
    state.noteDeparture(session, member, room, seq);
  }
  if (room.members.delete(member) && room.members.size === 0) state.inhabited--;
  member.rooms.delete(room);
  if (room.members.size === 0) closeRoom(state, room);
}

/** Stores an event of a member in the history of every room where it is announced. */
function storeInRooms(state: State, member: Member, event: StoredRoomEvent): void {
  for (const room of member.rooms) if (room.members.get(member)?.announced) storeRoomEvent(state, room, event);
}
