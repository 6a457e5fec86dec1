import type { Message } from "../wire/message.ts";
import { ABOUT_COMMANDS } from "./about.ts";
import { PEOPLE_COMMANDS } from "./people.ts";
import { REGISTRATION_COMMANDS } from "./register.ts";
import { ROOM_COMMANDS } from "./rooms.ts";
import type { IrcSession } from "./session.ts";
import { TALK_COMMANDS } from "./talk.ts";

/** Everything that is true of a command. */
export interface Command {
  readonly name: string;
  /** The fewest parameters; with fewer the answer is ERR_NEEDMOREPARAMS. */
  readonly fewest: number;
  /** Whether it may come before the client is registered, after, or both. */
  readonly when: "before" | "after" | "any";
  /** Its parameters, as help shows them. */
  readonly usage: string;
  /** What it is for, in a sentence. */
  readonly help: string;
  run(session: IrcSession, params: readonly string[], message: Message): void;
}

/** Every command that the server knows, by its name. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map(
  [...REGISTRATION_COMMANDS, ...ROOM_COMMANDS, ...TALK_COMMANDS, ...PEOPLE_COMMANDS, ...ABOUT_COMMANDS].map((row) => [
    row.name,
    row,
  ]),
);

/** Finds a line's command, makes the checks that all have in common, and runs it. */
export function carryOut(session: IrcSession, message: Message): void {
  const name = message.command.toUpperCase();
  const command = COMMANDS.get(name);
  const isRegistered = session.member !== undefined;
  if (!command) {
    if (isRegistered) return session.numeric("ERR_UNKNOWNCOMMAND", shortened(message.command));
    return session.numeric("ERR_NOTREGISTERED");
  }
  if (!isRegistered && command.when === "after") return session.numeric("ERR_NOTREGISTERED");
  if (isRegistered && command.when === "before") return session.numeric("ERR_ALREADYREGISTERED");
  if (message.params.length < command.fewest) return session.numeric("ERR_NEEDMOREPARAMS", name);
  command.run(session, message.params, message);
}

function shortened(command: string): string {
  return command.length > 50 ? `${command.slice(0, 50)}…` : command;
}
