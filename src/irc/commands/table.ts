import { type Message, paramsWithRest } from "../../wire/message.ts";
import type { IrcSession } from "../session/session.ts";
import { ACCOUNT_COMMANDS } from "./accounts.ts";
import { PEOPLE_COMMANDS } from "./away.ts";
import { HELP_COMMANDS } from "./help.ts";
import { HISTORY_COMMANDS } from "./history.ts";
import { MARKER_COMMANDS } from "./markers.ts";
import { TALK_COMMANDS } from "./messages.ts";
import { MONITOR_COMMANDS } from "./monitor.ts";
import { addLine, MULTILINE_COMMANDS } from "./multiline.ts";
import { NICKSERV_COMMANDS } from "./nickserv.ts";
import { OPERATOR_COMMANDS } from "./operate.ts";
import { REDACT_COMMANDS } from "./redact.ts";
import { REGISTRATION_COMMANDS } from "./registration.ts";
import { ROOM_COMMANDS } from "./rooms.ts";
import { SASL_COMMANDS } from "./sasl.ts";
import { SEARCH_COMMANDS } from "./search.ts";
import { ABOUT_COMMANDS } from "./server.ts";
import { UBAN_COMMANDS } from "./server-operators.ts";
import { SLASH_COMMANDS } from "./slash.ts";
import { WHOIS_COMMANDS } from "./whois.ts";

/** Everything that is true of a command. */
export interface Command {
  readonly name: string;
  /** The fewest parameters; with fewer the answer is ERR_NEEDMOREPARAMS. */
  readonly fewest: number;
  /** Whether it may come before the client is registered, after, or both. */
  readonly when: "before" | "after" | "any";
  /** The capability without which there is no such command. */
  readonly capability?: number;
  /** Its parameters, as help shows them. */
  readonly usage: string;
  /** What it is for, in a sentence. */
  readonly help: string;
  /** How many parameters stand before one that is the rest of the line: a password, whose blanks count. */
  readonly beforeRest?: number;
  /** How many targets it takes where one parameter is a list of them; 0 is any number. */
  readonly targets?: number;
  run(session: IrcSession, params: readonly string[], message: Message): void;
}

/** Every command that the server knows, by its name. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map(
  [
    ...REGISTRATION_COMMANDS,
    ...ROOM_COMMANDS,
    ...TALK_COMMANDS,
    ...PEOPLE_COMMANDS,
    ...WHOIS_COMMANDS,
    ...MONITOR_COMMANDS,
    ...OPERATOR_COMMANDS,
    ...UBAN_COMMANDS,
    ...HISTORY_COMMANDS,
    ...SEARCH_COMMANDS,
    ...MULTILINE_COMMANDS,
    ...MARKER_COMMANDS,
    ...REDACT_COMMANDS,
    ...SLASH_COMMANDS,
    ...SASL_COMMANDS,
    ...ACCOUNT_COMMANDS,
    ...NICKSERV_COMMANDS,
    ...ABOUT_COMMANDS,
    ...HELP_COMMANDS,
  ].map((row) => [row.name, row]),
);

const LONGEST_NAME = 50; // characters of an unknown command's name that are sent back

/** The name of an unknown command, unless a password may be in it, for want of the blank before that. */
function shownName(given: string): string {
  const written = given.toUpperCase();
  for (const [name, { beforeRest }] of COMMANDS)
    if (beforeRest !== undefined && written.startsWith(name) && written !== name) return "*";
  return given.slice(0, LONGEST_NAME);
}

/** Finds the command of a line, makes the checks that all have in common, and runs it. */
export function carryOut(session: IrcSession, message: Message, line: string): void {
  const batch = message.tags.get("batch");
  if (batch !== undefined) return addLine(session, batch, message);
  const name = message.command.toUpperCase();
  const known = COMMANDS.get(name);
  const command = known && session.has(known.capability ?? 0) ? known : undefined;
  const isRegistered = session.member !== undefined;
  if (!command) {
    if (isRegistered) return session.numeric("ERR_UNKNOWNCOMMAND", shownName(message.command));
    return session.numeric("ERR_NOTREGISTERED");
  }
  const { commands } = session.server.counts;
  commands.set(name, (commands.get(name) ?? 0) + 1);
  if (!isRegistered && command.when === "after") return session.numeric("ERR_NOTREGISTERED");
  if (isRegistered && command.when === "before") return session.numeric("ERR_ALREADYREGISTERED");
  if (message.params.length < command.fewest) return session.numeric("ERR_NEEDMOREPARAMS", name);
  const { beforeRest } = command;
  const params = beforeRest === undefined ? message.params : paramsWithRest(line, beforeRest);
  command.run(session, params, message);
}
