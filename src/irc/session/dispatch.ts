import { type Message, paramsWithRest } from "../../wire/message.ts";
import { addLine } from "../commands/messages.ts";
import type { IrcSession } from "./session.ts";

/** A row of the table of commands: everything that is true of one command. */
export interface IrcCommand {
  readonly name: string;
  /** With fewer parameters the answer is ERR_NEEDMOREPARAMS. */
  readonly minParams: number;
  /** Whether clients may send it before registration, after it, or both. */
  readonly when: "before" | "after" | "any";
  /** Whether a session has the capabilities that it takes: without these, the command is unknown. */
  readonly isFor?: (session: IrcSession) => boolean;
  /** Its parameters, as HELP shows them. */
  readonly usage: string;
  /** Its purpose, in a sentence. */
  readonly help: string;
  /** After this many parameters, the rest of the line is one parameter: a password, whose blanks count. */
  readonly restAfter?: number;
  /** The limit of its list of targets, announced in TARGMAX; 0 means any number; not given if it takes no list. */
  readonly maxTargets?: number;
  run(session: IrcSession, params: readonly string[], message: Message): void;
  /** Answers a line that is not UTF-8, if the command has an error of its own for it; returns whether it has. */
  readonly refuseBytes?: (session: IrcSession, params: readonly string[]) => boolean;
}

const LONGEST_NAME = 50; // characters of an unknown command's name that are sent back

/** The name of an unknown command; `*` if it may be a known one with a password glued to it, as in `PASSsesame`. */
function shownName(command: string, commands: ReadonlyMap<string, IrcCommand>): string {
  const upper = command.toUpperCase();
  for (const [name, { restAfter }] of commands)
    if (restAfter !== undefined && upper.startsWith(name) && upper !== name) return "*";
  return command.slice(0, LONGEST_NAME);
}

/** The command with this name in upper case, if the session may use it. */
export function commandFor(session: IrcSession, name: string): IrcCommand | undefined {
  const command = session.server.commands.get(name);
  return command?.isFor?.(session) === false ? undefined : command;
}

/** Finds a line's command, does the checks that all commands share, and runs it. */
export function dispatch(session: IrcSession, message: Message, line: string): void {
  const batch = message.tags.get("batch");
  if (batch !== undefined) return addLine(session, batch, message);
  const name = message.command.toUpperCase();
  const command = commandFor(session, name);
  const isRegistered = session.member !== undefined;
  if (!command) {
    if (isRegistered) return session.numeric("ERR_UNKNOWNCOMMAND", shownName(message.command, session.server.commands));
    return session.numeric("ERR_NOTREGISTERED");
  }
  const counted = session.server.counts.commands;
  counted.set(name, (counted.get(name) ?? 0) + 1);
  if (!isRegistered && command.when === "after") return session.numeric("ERR_NOTREGISTERED");
  if (isRegistered && command.when === "before") return session.numeric("ERR_ALREADYREGISTERED");
  if (message.params.length < command.minParams) return session.numeric("ERR_NEEDMOREPARAMS", name);
  const { restAfter } = command;
  const params = restAfter === undefined ? message.params : paramsWithRest(line, restAfter);
  command.run(session, params, message);
}
