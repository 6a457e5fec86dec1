import type { EnterAct, QuitAct, RenameAct, SetAwayAct, SetRealnameAct } from "./act.ts";
import type { Member } from "./member.ts";
import { isNick } from "./names.ts";
import type { State } from "./state.ts";
import { happens, NOTHING, refused, type Verdict } from "./verdict.ts";

/** Checks coming in: the nick is well made, and free. */
export function checkEnter(state: State, act: EnterAct): Verdict {
  const nick = settle(state, act.nick, act.yielding, undefined);
  if (typeof nick !== "string") return nick;
  const { user, realname, host } = act;
  const who = { nick, user, realname, host, account: undefined };
  return happens({ type: "entered", who, wanted: nick === act.nick ? undefined : act.nick });
}

export function checkRename(state: State, by: Member, act: RenameAct): Verdict {
  const nick = settle(state, act.nick, act.yielding, by);
  if (typeof nick !== "string") return nick;
  if (nick === by.nick) return NOTHING;
  return happens({ type: "renamed", who: by.who, nick, wanted: nick === act.nick ? undefined : act.nick });
}

/** The nick that is to be had where `nick` is asked for, or why there is none. */
function settle(state: State, nick: string, yielding: boolean, by: Member | undefined): string | Verdict {
  if (!isNick(nick, state.limits.nickLength)) return refused({ why: "nick-bad", nick });
  const holder = state.member(nick);
  if (holder === undefined || holder === by) return nick;
  return yielding ? nextFree(state, nick, by) : refused({ why: "nick-taken", nick });
}

/** `ann` → `ann-2`, `ann-3`, …; one who has such a nick already keeps it. */
function nextFree(state: State, nick: string, by: Member | undefined): string {
  const longest = state.limits.nickLength || Number.POSITIVE_INFINITY;
  for (let n = 2; ; n++) {
    const tail = `-${n}`;
    const free = nick.slice(0, longest - tail.length) + tail;
    const holder = state.member(free);
    if (holder === undefined || holder === by) return free;
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

export function checkQuit(_state: State, by: Member, act: QuitAct): Verdict {
  return happens({ type: "quit", who: by.who, reason: act.reason });
}
