import { type Message, paramsWithRest } from "../../wire/message.ts";
import { addLine } from "../commands/multiline.ts";
import type { IrcSession } from "./session.ts";

/** Everything that is true of a command. */
export interface IrcCommand {
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

const LONGEST_NAME = 50; // characters of an unknown command's name that are sent back

/** The name of an unknown command, unless a password may be in it, for want of the blank before that. */
function shownName(given: string, commands: ReadonlyMap<string, IrcCommand>): string {
  const written = given.toUpperCase();
  for (const [name, { beforeRest }] of commands)
    if (beforeRest !== undefined && written.startsWith(name) && written !== name) return "*";
  return given.slice(0, LONGEST_NAME);
}

/** Finds the command of a line, makes the checks that all have in common, and runs it. */
export function carryOut(session: IrcSession, message: Message, line: string): void {
  const batch = message.tags.get("batch");
  if (batch !== undefined) return addLine(session, batch, message);
  const name = message.command.toUpperCase();
  const { commands } = session.server;
  const known = commands.get(name);
  const command = known && session.has(known.capability ?? 0) ? known : undefined;
  const isRegistered = session.member !== undefined;
  if (!command) {
    if (isRegistered) return session.numeric("ERR_UNKNOWNCOMMAND", shownName(message.command, commands));
    return session.numeric("ERR_NOTREGISTERED");
  }
  const counted = session.server.counts.commands;
  counted.set(name, (counted.get(name) ?? 0) + 1);
  if (!isRegistered && command.when === "after") return session.numeric("ERR_NOTREGISTERED");
  if (isRegistered && command.when === "before") return session.numeric("ERR_ALREADYREGISTERED");
  if (message.params.length < command.fewest) return session.numeric("ERR_NEEDMOREPARAMS", name);
  const { beforeRest } = command;
  const params = beforeRest === undefined ? message.params : paramsWithRest(line, beforeRest);
  command.run(session, params, message);
}
