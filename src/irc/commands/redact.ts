import { showLine } from "../../text/filter.ts";
import type { Command } from "../session/dispatch.ts";

/** Taking back what was said: REDACT (IRCv3 draft/message-redaction). */
export const REDACT_COMMANDS: readonly Command[] = [
  {
    name: "REDACT",
    fewest: 2,
    when: "after",
    usage: "target msgid [:reason]",
    help: "Takes a message back: your own, or, as a room's operator, anyone's.",
    run: (session, [target = "", msgid = "", reason = ""]) =>
      session.submit({ type: "redact", target, msgid, reason: showLine(reason) }),
  },
];
