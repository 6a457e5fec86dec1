import type { TraitChange } from "../../chat/model/traits.ts";
import { fold } from "../../text/fold.ts";
import { traitOf, traitsOf } from "../render/mode-letters.ts";
import { explain } from "../render/refusals.ts";
import type { IrcSession } from "../session/session.ts";

/** MODE of a nick, which has to be one's own. */
export function runUserMode(session: IrcSession, target: string, modes: string | undefined): void {
  const { member } = session;
  if (!session.server.chat.member(target)) return explain(session, { why: "no-such-nick", nick: target });
  if (!member || fold(target) !== fold(member.nick)) return session.numeric("ERR_USERSDONTMATCH");
  if (modes === undefined) return session.numeric("RPL_UMODEIS", traitsOf(member));
  const changes: TraitChange[] = [];
  let unknown = false;
  let on = true;
  for (const letter of modes) {
    const trait = traitOf(letter);
    if (letter === "+" || letter === "-") on = letter === "+";
    else if (trait) changes.push({ trait, on });
    else unknown = true;
  }
  if (changes.length > 0) session.submit({ type: "change-traits", changes });
  if (unknown) session.numeric("ERR_UMODEUNKNOWNFLAG");
}
