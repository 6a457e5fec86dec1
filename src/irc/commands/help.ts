import { middle, packed } from "../render/line.ts";
import type { Command } from "../session/dispatch.ts";
import type { IrcSession } from "../session/session.ts";

const NAMES = 70; // characters of a line of names: what a terminal shows in one

/** HELP, which is made from the table of commands; HELPOP is what some clients call it. */
export const HELP_COMMANDS: readonly Command[] = ["HELP", "HELPOP"].map((name) => ({
  name,
  fewest: 0,
  when: "after",
  usage: "[command]",
  help: "Lists the commands, or tells about one.",
  run: (session, [subject = ""]) => (subject === "" ? sendIndex(session) : sendHelp(session, subject)),
}));

function sendIndex(session: IrcSession): void {
  session.numeric("RPL_HELPSTART", "*", "The commands of this server; HELP COMMAND tells about one");
  for (const line of packed([...session.server.commands.keys()].sort(), NAMES, " "))
    session.numeric("RPL_HELPTXT", "*", line);
  session.numeric("RPL_ENDOFHELP", "*", "End of /HELP");
}

function sendHelp(session: IrcSession, given: string): void {
  const subject = given === middle(given) ? given : "*";
  const command = session.server.commands.get(given.toUpperCase());
  if (!command) return session.numeric("ERR_HELPNOTFOUND", subject);
  session.numeric("RPL_HELPSTART", subject, `${command.name} ${command.usage}`.trim());
  session.numeric("RPL_HELPTXT", subject, command.help);
  session.numeric("RPL_ENDOFHELP", subject, "End of /HELP");
}
