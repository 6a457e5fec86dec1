import { fold } from "../../text/fold.ts";
import { isSameAccount } from "../model/account.ts";
import type { EndSessionAct, ReclaimAct } from "../model/act.ts";
import { type CheckResult, refused } from "../model/check-result.ts";
import { type EventOf, type NewEvent, SERVER } from "../model/event.ts";
import type { Member } from "../model/member.ts";
import type { Refusal } from "../model/refusal.ts";
import type { Session } from "../model/session.ts";
import type { State } from "../model/state.ts";
import { tellEach, tellOrigin } from "../model/tell.ts";
import { checkRename, freeNick } from "./people.ts";

/** The rights of an account's owner: taking its nick back from a guest, and ending its sessions. */

export function checkReclaim(state: State, by: Member, act: ReclaimAct): CheckResult {
  const { nick } = act;
  if (!isSameAccount(state.store.loadAccount(fold(nick)), by.who.account))
    return refused({ why: "not-your-nick", nick });
  const holder = state.member(nick);
  if (holder === by) return refused({ why: "nick-had", nick: by.nick });
  if (holder && !isSameAccount(holder.who.account, by.who.account)) {
    const refusals: Refusal[] = [];
    return { events: takingBack(state, by, act, holder, refusals), refusals };
  }
  if (act.takes) return checkRename(state, by, { type: "rename", nick, yielding: false });
  return refused({ why: holder ? "nick-yours" : "nick-free", nick });
}

/** The holder gets another nick; the owner gets this one, if the act says so. */
function* takingBack(
  state: State,
  by: Member,
  { nick, takes }: ReclaimAct,
  holder: Member,
  refusals: Refusal[],
): Generator<NewEvent, void> {
  const { who } = holder;
  const free = freeNick(state, who.nick, holder);
  yield { type: "taken-back", by: by.who, who, nick: free };
  yield { type: "renamed", who, nick: free, wanted: undefined, origin: SERVER };
  if (!takes) return;
  const taking = checkRename(state, by, { type: "rename", nick, yielding: false });
  yield* taking.events ?? [];
  refusals.push(...(taking.refusals ?? []));
}

/** Tells the holder why the nick is lost, and the owner the holder's new nick, before the change of nick. */
export function applyTakenBack(state: State, event: EventOf<"taken-back">): void {
  tellEach(state.member(event.who.nick)?.sessions ?? [], event);
  tellOrigin(state, event);
}

export function checkEndSession(state: State, by: Member, { id }: EndSessionAct): CheckResult {
  const own = by.who.account ? state.membersOf(by.who.account) : [by];
  for (const member of own) {
    if (sessionOf(member, id)) return { events: ending(member, id) };
  }
  return refused({ why: "no-such-session", id });
}

/** A member goes with its last session. */
function* ending(member: Member, session: number): Generator<NewEvent, void> {
  const { who } = member;
  yield { type: "session-ended", who, session };
  if (member.sessions.size === 0) yield { type: "quit", who, reason: "Session ended", origin: SERVER };
}

/** The session is told, and is nobody's from now on. */
export function applySessionEnded(state: State, event: EventOf<"session-ended">): void {
  const member = state.member(event.who.nick);
  const session = member && sessionOf(member, event.session);
  if (!session) return;
  session.tell(event);
  if (event.origin !== session.id) tellOrigin(state, event);
  for (const room of member.rooms) {
    session.unfollow(room);
    state.noteLeft(session, member, room, event.seq);
  }
  member.sessions.delete(session);
  state.release(session);
}

function sessionOf(member: Member, id: number): Session | undefined {
  for (const session of member.sessions) if (session.id === id) return session;
  return undefined;
}
