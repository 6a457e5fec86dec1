import type { IrcSession } from "../session/session.ts";

/** The old way to ask about accounts: a nick that nobody has, and what is said to it is told to nobody. */
export const NICKSERV = "NickServ";

/** A service says something to this client. */
export function tellFrom(service: string, session: IrcSession, text: string): void {
  session.send(`${service}!services@${session.server.name}`, "NOTICE", [session.nick], text);
}
