import { fold } from "../../text/fold.ts";
import { type Account, stillProved } from "../model/account.ts";
import type { IdentifyAct, LoseAct, QuitAct } from "../model/act.ts";
import { type CheckResult, happens, NOTHING, refused } from "../model/check-result.ts";
import { type EventOf, type NewEvent, SERVER } from "../model/event.ts";
import { hold } from "../model/expiry.ts";
import type { Member } from "../model/member.ts";
import type { ModeChange, Rank } from "../model/modes.ts";
import type { Refusal } from "../model/refusal.ts";
import type { State } from "../model/state.ts";
import { appearance } from "../sight.ts";
import { applyProfile } from "./apply-people.ts";
import { saveRoom } from "./kept-rooms.ts";
import { barToSay } from "./messages.ts";
import { banRefusal } from "./server-bans.ts";

/**
 * Which sessions belong to whom: a session that has proved whose it is joins the member of that account, one that is
 * lost leaves its member waiting for another, and nobody else sees anything of it.
 */

/** How long a member whose last session was lost is held, in milliseconds. */
export const HOLD = 120_000;

/** Whoever asked has made sure that the account is theirs: here is only the act. */
export function checkIdentify(state: State, by: Member, act: IdentifyAct): CheckResult {
  const account = stillProved(state.store, act.account);
  if (act.account && !account) return refused({ why: "login-void", account: act.account.name });
  if (account?.id === by.who.account?.id) return NOTHING;
  const bar = account && barToLeaveAccount(by);
  if (bar) return refused(bar);
  const banned = banRefusal(state, { ...by.who, account });
  if (banned) return refused(banned);
  return { events: identifying(by, account) };
}

/** Why a member cannot log in to another account than its own; `undefined` if it can, or has none. */
export function barToLeaveAccount({ who, nick, sessions }: Member): Refusal | undefined {
  if (!who.account) return undefined;
  // The others have not proved to be that account's.
  if (sessions.size > 1) return { why: "session-shared", account: who.account.name };
  return fold(nick) === fold(who.account.name) ? { why: "nick-of-account", nick } : undefined;
}

/**
 * A member that logs in gets, in its rooms, the ranks that its account has there; those that it has had as another
 * account stay that account's.
 */
function* identifying(by: Member, account: Account | undefined): Generator<NewEvent, void> {
  const isOther = by.who.account !== undefined && account !== undefined;
  const before = [...by.rooms].map((room) => {
    const has = new Set(room.members.get(by)?.ranks);
    const gets = room.ranksKept(account);
    const missing = [...gets].filter((rank) => !has.has(rank));
    const foreign = isOther ? [...has].filter((rank) => !gets.has(rank)) : [];
    return { room, changes: [...changesOf(missing, true, by), ...changesOf(foreign, false, by)] };
  });
  yield { type: "account-set", who: by.who, account };
  for (const { room, changes } of before) {
    if (changes.length === 0) continue;
    const appeared = appearance(room, by);
    if (appeared) yield appeared;
    yield { type: "modes-changed", by: undefined, room: room.name, changes, origin: SERVER };
  }
}

function changesOf(ranks: readonly Rank[], on: boolean, { nick }: Member): readonly ModeChange[] {
  return ranks.map((mode) => ({ mode, on, nick }));
}

/** One of several sessions goes, or the only one. */
export function checkQuit(_state: State, by: Member, act: QuitAct): CheckResult {
  if (by.sessions.size > 1) return happens({ type: "detached", who: by.who, isHeld: false });
  // A reason is speech in every room that shows it.
  const isSilent = [...by.rooms].some((room) => barToSay(room, by, "words"));
  return happens({ type: "quit", who: by.who, reason: isSilent ? "" : act.reason });
}

/** A session was lost, and did not say that it goes. */
export function checkLose(_state: State, by: Member, act: LoseAct): CheckResult {
  const isHeld = by.sessions.size === 1;
  if (isHeld && by.who.account === undefined) return happens({ type: "quit", who: by.who, reason: act.reason });
  return happens({ type: "detached", who: by.who, isHeld });
}

/** The session is the member's from now on: it is shown the member's rooms as if it had joined them. */
export function applyAttached(state: State, event: EventOf<"attached">): void {
  const session = state.originOf(event);
  const member = state.member(event.who.nick);
  if (!session || !member) return;
  const before = session.member;
  state.cameAs.set(session, event.cameAs);
  session.member = member;
  member.sessions.add(session);
  state.held.delete(member);
  session.tell(event);
  if (before) {
    for (const room of before.rooms) {
      session.unfollow(room);
      session.tell({ ...event, type: "left", who: member.who, room: room.name, reason: "" });
    }
    before.sessions.delete(session);
  }
  for (const room of member.rooms) {
    const rank = room.rankOf(member);
    session.tell({ ...event, type: "joined", room: room.name, away: member.away, quietly: false, rank });
    session.follow(room);
    state.noteThere(session, member, room);
  }
}

export function applyDetached(state: State, event: EventOf<"detached">): void {
  const session = state.originOf(event);
  const member = session?.member;
  if (!session || !member) return;
  session.tell(event);
  for (const room of member.rooms) {
    session.unfollow(room);
    state.noteLeft(session, member, room, event.seq);
  }
  member.sessions.delete(session);
  state.release(session);
  if (event.isHeld) hold(state, member, state.now + HOLD);
}

/** Whose right to a nick has been proved keeps, in each room, what they are there. */
export function applyAccountSet(state: State, event: EventOf<"account-set">): void {
  applyProfile(state, event);
  const member = state.member(event.who.nick);
  if (!member) return;
  if (event.why) member.invitations.clear(); // they were the account's
  for (const room of member.rooms) if (room.keepRanks(member)) saveRoom(state, room);
}
