import { fold } from "../text/fold.ts";
import type { EnterAct, RenameAct, SetAwayAct, SetRealnameAct } from "./act.ts";
import type { Member } from "./member.ts";
import { isNick } from "./names.ts";
import { banRefusal } from "./server-bans.ts";
import type { State } from "./state.ts";
import { happens, NOTHING, refused, type Verdict } from "./verdict.ts";

/** Checks coming in: the nick is well made, and free, or held by a member of the same account. */
export function checkEnter(state: State, act: EnterAct): Verdict {
  const { user, realname, host, account } = act;
  const banned = banRefusal(state, { nick: act.nick, user, realname, host, account });
  if (banned) return refused(banned);
  const own = ownMember(state, act.nick, account);
  if (own) return happens({ type: "attached", who: own.who, before: undefined });
  const nick = settle(state, act.nick, act.yielding, undefined, account);
  if (typeof nick !== "string") return nick;
  const who = { nick, user, realname, host, account };
  const bannedThen = nick === act.nick ? undefined : banRefusal(state, who);
  if (bannedThen) return refused(bannedThen);
  return happens({ type: "entered", who, wanted: nick === act.nick ? undefined : act.nick });
}

export function checkRename(state: State, by: Member, act: RenameAct): Verdict {
  const own = ownMember(state, act.nick, by.who.account);
  if (own && own !== by) return happens({ type: "attached", who: own.who, before: by.who });
  const nick = settle(state, act.nick, act.yielding, by, by.who.account);
  if (typeof nick !== "string") return nick;
  if (nick === by.nick) return NOTHING;
  const banned = banRefusal(state, { ...by.who, nick });
  if (banned) return refused(banned);
  return happens({ type: "renamed", who: by.who, nick, wanted: nick === act.nick ? undefined : act.nick });
}

/** The member who has the nick, and the account. */
function ownMember(state: State, nick: string, account: string | undefined): Member | undefined {
  const holder = state.member(nick);
  return account !== undefined && holder?.who.account === account ? holder : undefined;
}

/** The nick that is to be had where `nick` is asked for, or why there is none. */
function settle(
  state: State,
  nick: string,
  yielding: boolean,
  by: Member | undefined,
  account: string | undefined,
): string | Verdict {
  if (!isNick(nick, state.limits.nickLength)) return refused({ why: "nick-bad", nick });
  const holder = state.member(nick);
  const isTaken = holder !== undefined && holder !== by;
  const isReserved = isReservedTo(state, nick, account);
  if (!isTaken && !isReserved) return nick;
  if (yielding) return nextFree(state, nick, by);
  return refused(isTaken ? { why: "nick-taken", nick } : { why: "nick-registered", nick });
}

/** A registered nick is nobody else's. */
function isReservedTo(state: State, nick: string, account: string | undefined): boolean {
  const owner = state.store.loadAccount(fold(nick));
  return owner !== undefined && owner.name !== account;
}

/** `ann` → `ann-2`, `ann-3`, …; one who has such a nick already keeps it. */
function nextFree(state: State, nick: string, by: Member | undefined): string {
  const longest = state.limits.nickLength || Number.POSITIVE_INFINITY;
  for (let n = 2; ; n++) {
    const tail = `-${n}`;
    const free = nick.slice(0, longest - tail.length) + tail;
    const holder = state.member(free);
    if ((holder === undefined || holder === by) && !state.store.loadAccount(fold(free))) return free;
  }
}

export function checkSetAway(_state: State, by: Member, act: SetAwayAct): Verdict {
  return happens({ type: "away-set", who: by.who, text: act.text });
}

export function checkSetRealname(state: State, by: Member, act: SetRealnameAct): Verdict {
  const limit = state.limits.realnameLength;
  if (act.realname === "" || (limit > 0 && Buffer.byteLength(act.realname) > limit)) {
    return refused({ why: "realname-bad" });
  }
  return happens({ type: "realname-set", who: by.who, realname: act.realname });
}
