import { clip } from "../../text/clip.ts";
import { showLine } from "../../text/filter.ts";
import { KICK_LENGTH } from "../../wire/lengths.ts";
import type { Command } from "../session/dispatch.ts";
import type { IrcSession } from "../session/session.ts";

/** The commands of server operators: OPER, KILL, DROPROOM, WALLOPS. */
export const OPERATOR_COMMANDS: readonly Command[] = [
  {
    name: "OPER",
    fewest: 2,
    when: "after",
    usage: "name password",
    help: "Makes you an operator of the server, if the password is right.",
    beforeRest: 1,
    run: (session, [name = "", password = ""]) => runOper(session, name, password),
  },
  {
    name: "KILL",
    fewest: 1,
    when: "after",
    usage: "nickname [:reason]",
    help: "Puts someone out of the chat; for operators of the server.",
    run: (session, [nick = "", reason = ""]) => {
      if (nick.toLowerCase() === session.server.name.toLowerCase()) return session.numeric("ERR_CANTKILLSERVER");
      session.submit({ type: "expel", nick, reason: clip(showLine(reason), KICK_LENGTH) });
    },
  },
  {
    name: "DROPROOM",
    fewest: 1,
    when: "after",
    usage: "#room [:reason]",
    help: "Does away with a room and what was said in it; for operators of the server.",
    run: (session, [room = "", reason = ""]) =>
      session.submit({ type: "drop-room", room, reason: clip(showLine(reason), KICK_LENGTH) }),
  },
  {
    name: "WALLOPS",
    fewest: 1,
    when: "after",
    usage: ":text",
    help: "Tells everyone who has mode +w; for operators of the server.",
    run: (session, [given = ""]) => {
      const text = showLine(given);
      if (text === "") return session.numeric("ERR_NEEDMOREPARAMS", "WALLOPS");
      session.submit({ type: "announce", text });
    },
  },
];

function runOper(session: IrcSession, name: string, password: string): void {
  const { server, peer } = session;
  session.wait(server.isOperator(name, password, peer), (isRight) => {
    if (isRight) session.submit({ type: "empower", as: name });
    else session.numeric("ERR_PASSWDMISMATCH");
  });
}
