import type { IrcSession } from "../session/session.ts";

/** The server itself says something to this one. */
export function tellNotice(session: IrcSession, text: string): void {
  session.send(session.server.name, "NOTICE", [session.nick], text);
}
