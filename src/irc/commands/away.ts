import type { Member } from "../../chat/model/member.ts";
import { clip } from "../../text/clip.ts";
import { showLine } from "../../text/filter.ts";
import { AWAY_LENGTH } from "../../wire/lengths.ts";
import { CAP } from "../capabilities.ts";
import type { Command } from "../session/dispatch.ts";
import { UNATTENDED } from "../session/registration.ts";
import type { IrcSession } from "../session/session.ts";
import { sendWho } from "./people.ts";

const MOST_USERHOSTS = 5; // nicks of one USERHOST (RFC 1459, 5.7)

/** People: WHO, USERHOST, AWAY, SETNAME. */
export const PEOPLE_COMMANDS: readonly Command[] = [
  {
    name: "WHO",
    fewest: 0,
    when: "after",
    usage: "[#room|mask] [o] [%fields[,token]]",
    help: "Lists people; with `o` operators of the server only.",
    targets: 1,
    run: (session, [mask = "", flags = ""]) => sendWho(session, mask, flags),
  },
  {
    name: "USERHOST",
    fewest: 1,
    when: "after",
    usage: "nickname [nickname ...]",
    help: "Tells user names and hosts.",
    run: (session, nicks) => {
      const found = nicks.slice(0, MOST_USERHOSTS).map((nick) => session.server.chat.member(nick));
      session.numeric(
        "RPL_USERHOST",
        found
          .filter((member) => member !== undefined)
          .map(userhost)
          .join(" "),
      );
    },
  },
  {
    name: "AWAY",
    fewest: 0,
    when: "any",
    usage: "[:text]",
    help: "Says that you are away, or back.",
    run: (session, [text = ""]) => runAway(session, clip(showLine(text), AWAY_LENGTH)),
  },
  {
    name: "SETNAME",
    fewest: 1,
    when: "after",
    usage: ":realname",
    help: "Changes your real name.",
    run: (session, [realname = ""]) => session.submit({ type: "set-realname", realname: showLine(realname) }),
  },
];

function runAway(session: IrcSession, text: string): void {
  const { member, registration } = session;
  if (!member && !session.has(CAP.preAway)) return session.numeric("ERR_NOTREGISTERED");
  if (registration) registration.away = text;
  // "`*` should be treated as though the connection did not exist at all" where there are others.
  const isOne = session.has(CAP.preAway) && text === UNATTENDED && (member?.sessions.size ?? 0) > 1;
  if (member && !isOne) return session.submit({ type: "set-away", text });
  session.numeric(text === "" ? "RPL_UNAWAY" : "RPL_NOWAWAY");
}

function userhost(member: Member): string {
  const isOperator = member.traits.has("operator") ? "*" : "";
  return `${member.nick}${isOperator}=${member.away === "" ? "+" : "-"}${member.who.user}@${member.who.host}`;
}
