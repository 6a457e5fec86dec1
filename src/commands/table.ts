import type { Member } from "../chat/model/member.ts";
import { nearest } from "../text/nearest.ts";
import { splitLine } from "../text/split.ts";
import { ACCOUNTS } from "./accounts.ts";
import {
  type Command,
  type CommandContext,
  type CommandServer,
  firstWord,
  type Invocation,
  refuseNoRoom,
  roomHere,
} from "./context.ts";
import { HISTORY } from "./history.ts";
import { MODERATION, SERVER_OPERATORS } from "./moderation.ts";
import { ROOMS } from "./rooms.ts";
import { TALK } from "./talk.ts";
import { HOOKS, TOKENS } from "./tokens.ts";

const COLUMN = 24; // characters: width of a command and its usage in `/help`

const QUIT_REASON = 390; // bytes of a quit's reason

/** All slash commands. `/help` and the client's completion are made from this table. */
export const COMMANDS: readonly Command[] = [
  {
    name: "help",
    aliases: ["h", "?", "commands"],
    usage: "[COMMAND|all]",
    minWords: 0,
    help: "lists the commands that you need first, or all of them, or explains one",
    needsRoom: false,
    run: help,
  },
  {
    name: "nick",
    aliases: ["name"],
    usage: "NAME",
    minWords: 1,
    help: "changes your name",
    isBasic: true,
    needsRoom: false,
    run: ({ context, words }) => context.rename(words),
  },
  ...ACCOUNTS,
  ...TOKENS,
  ...TALK,
  ...HISTORY,
  ...ROOMS,
  ...MODERATION,
  ...HOOKS,
  ...SERVER_OPERATORS,
  {
    name: "quit",
    aliases: ["q", "exit", "bye"],
    usage: "[TEXT]",
    minWords: 0,
    help: "ends the connection",
    isBasic: true,
    ircCommand: "QUIT",
    needsRoom: false,
    run: ({ context, words }) => context.quit(splitLine(words, QUIT_REASON)[0] ?? ""),
  },
];

const BY_NAME: ReadonlyMap<string, Command> = new Map(
  COMMANDS.flatMap((command) => [command.name, ...command.aliases].map((name) => [name, command])),
);

/** Whether a line is a command, with or without blanks before it. `//x` is not: it says `/x`. */
export function isCommand(line: string): boolean {
  return /^\s*\/(?!\/)/.test(line);
}

/** Whether a line begins with `//`, and is said with one slash less. */
export function isEscaped(line: string): boolean {
  return /^\s*\/\//.test(line);
}

/** The text that such a line says. */
export function unescapeLine(line: string): string {
  return line.replace(/^(\s*)\/\//, "$1/");
}

/** Lines that are said like any other, and that a newcomer may have meant as these commands. */
const MEANT: ReadonlyMap<string, string> = new Map([
  ...["help", "?"].map((line) => [line, "/help lists the commands"] as const),
  ...["quit", "exit", "bye", "logout"].map((line) => [line, "/quit ends the connection"] as const),
]);

/** The hint after a line that was said and may have been meant as a command; `undefined` after any other. */
export function hintAfter(line: string, room: string): string | undefined {
  const hint = MEANT.get(line.trim().toLowerCase());
  return hint && `That was said in ${room}; ${hint}.`;
}

/** Runs a line that is a command. `raw` is the unfiltered line: a password keeps all its characters. */
export function runCommand(context: CommandContext, member: Member, line: string, raw = line): void {
  const [, name = "", given = ""] = /^\s*\/(\S*)\s*(.*)$/s.exec(line) ?? [];
  const words = given.trimEnd();
  const [, secret = words] = /^\s*\/\S*\s?(.*)$/s.exec(raw) ?? [];
  const command = BY_NAME.get(name.toLowerCase());
  if (!command) return context.deny("unknown-command", unknown(name));
  const isRun = command.slashForm === "bare" && words === "";
  if (command.ircCommand !== undefined && !context.commands.includes(command) && !isRun)
    return context.deny("not-by-slash", `/${command.name} is not run by SLASH: send ${command.ircCommand}.`);
  const count = words === "" ? 0 : words.split(/\s+/).length;
  if (count < command.minWords)
    return context.deny("needs-more", `That needs more: ${synopsis({ ...command, name: name.toLowerCase() })}`);
  if (!command.needsRoom) return command.run({ context, member, words, secret });
  const room = roomHere(context, member);
  if (!room) return refuseNoRoom(context, member);
  command.run({ context, member, words, secret, room });
}

function unknown(name: string): string {
  if (name === "") return "A line that begins with / is a command; /help lists them, and // says a /.";
  const written = name.toLowerCase();
  for (const [known, command] of BY_NAME)
    if (command.takesPassword && written.startsWith(known))
      return `A blank stands behind /${known}: ${synopsis({ ...command, name: known })}`;
  const near = nearest(written, BY_NAME.keys());
  const hint = near === undefined ? "/help lists what there is." : `did you mean /${near}?`;
  return `There is no /${name}: ${hint} (//${name} says /${name}.)`;
}

function synopsis({ name, usage }: Command): string {
  return usage === "" ? `/${name}` : `/${name} ${usage}`;
}

function help({ context, words }: Invocation): void {
  const [name] = firstWord(words);
  if (name === "") return context.stream(firstSteps(context));
  if (name.toLowerCase() === "all") return context.stream(overview(context));
  const command = BY_NAME.get(name.replace(/^\/+/, "").toLowerCase());
  if (!command) return context.deny("unknown-command", unknown(name.replace(/^\/+/, "")));
  context.say(`${synopsis(command)} ${command.help}.`);
  if (command.aliases.length > 0) context.say(`Also: ${command.aliases.map((alias) => `/${alias}`).join(", ")}`);
}

/** The commands that a newcomer needs, in ten lines. */
function* firstSteps({ server, commands }: CommandContext): Generator<string> {
  yield introduction(server);
  for (const command of commands) if (command.isBasic) yield row(command);
  yield "/help all lists the other commands, and /help COMMAND explains one.";
}

function introduction({ config }: CommandServer): string {
  return `This is ${config.network}. What you type is said in your current room, and kept in its history.`;
}

function row(command: Command): string {
  return `${synopsis(command).padEnd(COLUMN)} ${command.help}`;
}

function* overview({ server, commands }: CommandContext): Generator<string> {
  yield introduction(server);
  for (const command of commands) yield row(command);
  yield "A line that begins with // is said with one /.";
}
