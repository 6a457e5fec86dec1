import type { Member } from "../chat/member.ts";
import { nearest } from "../text/nearest.ts";
import { splitLine } from "../text/split.ts";
import { ACCOUNTS } from "./accounts.ts";
import { type Ask, type Command, cut, type Desk, NOWHERE } from "./desk.ts";
import { GOVERN } from "./govern.ts";
import { OPERATE } from "./operate.ts";
import { note } from "./render.ts";
import { ROOMS } from "./rooms.ts";
import { SEARCH } from "./search.ts";
import { TALK } from "./talk.ts";

const COLUMN = 24; // characters that a command and its usage have in the list of all

const LAST_WORDS = 390; // bytes of what someone says in going

/** All commands there are; `/help` is made from it. */
export const COMMANDS: readonly Command[] = [
  {
    name: "help",
    aliases: ["h", "?", "commands"],
    usage: "[COMMAND]",
    least: 0,
    help: "tells what there is, or more about one command",
    here: false,
    run: help,
  },
  {
    name: "nick",
    aliases: ["name"],
    usage: "NAME",
    least: 1,
    help: "changes your name",
    here: false,
    run: ({ desk, words }) => desk.rename(cut(words)[0]),
  },
  ...ACCOUNTS,
  ...TALK,
  ...SEARCH,
  ...ROOMS,
  ...GOVERN,
  ...OPERATE,
  {
    name: "quit",
    aliases: ["q", "exit", "bye"],
    usage: "[TEXT]",
    least: 0,
    help: "ends the connection",
    here: false,
    run: ({ desk, words }) => desk.quit(splitLine(words, LAST_WORDS)[0] ?? ""),
  },
];

const BY_NAME: ReadonlyMap<string, Command> = new Map(
  COMMANDS.flatMap((command) => [command.name, ...command.aliases].map((name) => [name, command])),
);

/** Whether a line is a command, blanks before it or not: then it is never said. `//x` is not: it says `/x`. */
export function isCommand(line: string): boolean {
  return /^\s*\/(?!\/)/.test(line);
}

/** What a line that is no command says. */
export function saidBy(line: string): string {
  return line.replace(/^(\s*)\/\//, "$1/");
}

/** Carries out a line that is a command; `raw` is the line as it came, with what is never shown. */
export function perform(desk: Desk, member: Member, line: string, raw = line): void {
  const [, name = "", given = ""] = /^\s*\/(\S*)\s*(.*)$/s.exec(line) ?? [];
  const words = given.trimEnd();
  const [, secret = words] = /^\s*\/\S*\s?(.*)$/s.exec(raw) ?? [];
  const command = BY_NAME.get(name.toLowerCase());
  if (!command) return desk.note(unknown(name));
  const count = words === "" ? 0 : words.split(/\s+/).length;
  if (count < command.least) return desk.note(`That needs more: ${synopsis(command)}`);
  if (!command.here) return command.run({ desk, member, words, secret });
  const room = desk.current;
  if (!room) return desk.note(NOWHERE);
  command.run({ desk, member, words, secret, room });
}

function unknown(name: string): string {
  if (name === "") return "A line that begins with / is a command; /help lists them, and // says a /.";
  const near = nearest(name.toLowerCase(), BY_NAME.keys());
  const hint = near === undefined ? "/help lists the commands" : `did you mean /${near}?`;
  return `There is no command /${name}: ${hint}${near ? " To" : "; to"} say a line with a / before it, write //`;
}

function synopsis({ name, usage }: Command): string {
  return usage === "" ? `/${name}` : `/${name} ${usage}`;
}

function help({ desk, words }: Ask): void {
  const [name] = cut(words);
  if (name === "") return desk.draw(overview(desk.server.network));
  const command = BY_NAME.get(name.replace(/^\/+/, "").toLowerCase());
  if (!command) return desk.note(unknown(name.replace(/^\/+/, "")));
  desk.note(`${synopsis(command)} ${command.help}.`);
  if (command.aliases.length > 0) desk.note(`Also: ${command.aliases.map((alias) => `/${alias}`).join(", ")}`);
}

function* overview(network: string): Generator<string> {
  yield note(`This is ${network}. What you type is said in your current room, and kept in its history.`);
  for (const command of COMMANDS) yield note(`${synopsis(command).padEnd(COLUMN)} ${command.help}`);
  yield note("A line that begins with // is said with one /.");
}
