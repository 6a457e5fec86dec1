import { showLine } from "../text/filter.ts";
import type { Command } from "./commands.ts";
import type { IrcSession } from "./session.ts";

/** Taking back what was said: REDACT (IRCv3 draft/message-redaction). */
export const REDACT_COMMANDS: readonly Command[] = [
  {
    name: "REDACT",
    fewest: 2,
    when: "after",
    usage: "target msgid [:reason]",
    help: "Takes a message back: your own, or, as a room's operator, anyone's.",
    run: (session, [target = "", msgid = "", reason = ""]) => runRedact(session, target, msgid, showLine(reason)),
  },
];

function runRedact(session: IrcSession, target: string, msgid: string, reason: string): void {
  const seq = session.server.chat.seqOf(msgid);
  if (seq === undefined) return session.fail("REDACT", "UNKNOWN_MSGID", [target, msgid], UNKNOWN);
  session.submit({ type: "redact", target, seq, reason });
}

export const UNKNOWN = "This message does not exist or is too old";
