import { fold } from "../text/fold.ts";
import { isSameAccount } from "./account.ts";
import type { EndSessionAct, ReclaimAct } from "./act.ts";
import type { EventOf } from "./event.ts";
import type { Member } from "./member.ts";
import { checkRename, freeNick } from "./presence.ts";
import type { Session } from "./session.ts";
import type { State } from "./state.ts";
import { tellEach } from "./tell.ts";
import { happens, refused, type Verdict } from "./verdict.ts";

/** What the owner of an account may do: take its nick back from whoever sits on it, and end its sessions. */

export function checkReclaim(state: State, by: Member, act: ReclaimAct): Verdict {
  const { nick } = act;
  if (!isSameAccount(state.store.loadAccount(fold(nick)), by.who.account))
    return refused({ why: "not-your-nick", nick });
  const holder = state.member(nick);
  if (holder === by) return refused({ why: "nick-had", nick: by.nick });
  if (holder && !isSameAccount(holder.who.account, by.who.account)) {
    return happens({ type: "taken-back", by: by.who, who: holder.who, nick: freeNick(state, holder.nick, holder) });
  }
  if (act.takes) return checkRename(state, by, { type: "rename", nick, yielding: false });
  return refused({ why: holder ? "nick-yours" : "nick-free", nick });
}

/** Whoever loses the nick is told why, and whoever took it what became of them: the change of nick comes behind. */
export function applyTakenBack(state: State, event: EventOf<"taken-back">): void {
  tellEach(state.member(event.who.nick)?.sessions ?? [], event);
  event.origin?.session.tell(event);
}

export function checkEndSession(state: State, by: Member, { id }: EndSessionAct): Verdict {
  const own = by.who.account ? state.membersOf(by.who.account) : [by];
  for (const member of own) {
    if (sessionOf(member, id)) return happens({ type: "session-ended", who: member.who, session: id });
  }
  return refused({ why: "no-such-session", id });
}

/** The session is told, and is nobody's from now on; the member goes with its last one. */
export function applySessionEnded(state: State, event: EventOf<"session-ended">): void {
  const member = state.member(event.who.nick);
  const session = member && sessionOf(member, event.session);
  if (!session) return;
  session.tell(event);
  if (event.origin?.session !== session) event.origin?.session.tell(event);
  for (const room of member.rooms) {
    session.unfollow(room);
    state.noteLeft(session, member, room, event.seq);
  }
  member.sessions.delete(session);
  session.member = undefined;
}

function sessionOf(member: Member, id: number): Session | undefined {
  for (const session of member.sessions) if (session.id === id) return session;
  return undefined;
}
