import { withoutEscapes } from "../text/escapes.ts";
import { type Folded, fold } from "../text/fold.ts";
import { nearest } from "../text/nearest.ts";
import { KEY_HELP } from "./keymap.ts";
import { ACCOUNT_COMMANDS } from "./model/account-commands.ts";
import { EXPOSED, isService, runOn, takesSecret } from "./model/secrets.ts";
import { runAtServer, servedCommand } from "./model/served.ts";
import { MODERATION } from "./moderation.ts";
import { askNick } from "./nicks.ts";
import { forget, retry, say, withPartner } from "./outbox.ts";
import { askNames, peopleOf } from "./people.ts";
import { askRoom } from "./registration.ts";
import { currentName, type Effect, type Model, note, type Room, type Step, send, step, without } from "./state.ts";

/** A command that a user can type, all of it in one row. */
export interface Command {
  readonly name: string;
  readonly usage: string;
  readonly help: string;
  /** Words that it needs. */
  readonly least: number;
  /** Whether it only works while we are connected. */
  readonly online: boolean;
  /** `words` have no blanks around them; in `secret`, all that came behind the name and one blank, a password's are kept. */
  run(model: Model, words: string, now: number, secret: string): Step;
}

const COMMANDS: readonly Command[] = [
  { name: "help", usage: "[COMMAND]", help: "tells what there is", least: 0, online: false, run: help },
  { name: "nick", usage: "NAME", help: "changes your name", least: 1, online: true, run: nick },
  {
    name: "join",
    usage: "ROOM",
    help: "goes into a room; what you type goes there",
    least: 1,
    online: true,
    run: join,
  },
  {
    name: "leave",
    usage: "[ROOM]",
    help: "leaves a room, this one if you name none",
    least: 0,
    online: true,
    run: leave,
  },
  {
    name: "msg",
    usage: "NICK [TEXT]",
    help: "talks to one person alone; without TEXT all you type goes there",
    least: 1,
    online: false,
    run: msg,
  },
  { name: "me", usage: "TEXT", help: "says what you do: * ann waves", least: 1, online: true, run: me },
  { name: "rooms", usage: "", help: "lists the rooms", least: 0, online: true, run: rooms },
  { name: "who", usage: "[ROOM]", help: "tells who is in a room", least: 0, online: true, run: who },
  { name: "topic", usage: "[TEXT]", help: "shows or sets what the room is about", least: 0, online: true, run: topic },
  { name: "retry", usage: "", help: "sends again what was not sent", least: 0, online: false, run: retry },
  {
    name: "forget",
    usage: "",
    help: "gives up what was not sent",
    least: 0,
    online: false,
    run: (model) => step(forget(model)),
  },
  ...ACCOUNT_COMMANDS,
  ...MODERATION,
  { name: "keys", usage: "", help: "tells what the keys do", least: 0, online: false, run: keys },
  { name: "quit", usage: "[TEXT]", help: "ends the client", least: 0, online: false, run: quit },
];

const BY_NAME: ReadonlyMap<string, Command> = new Map(COMMANDS.map((command) => [command.name, command]));

/** The names of all commands, without their slash. */
export const COMMAND_NAMES: readonly string[] = COMMANDS.map((command) => command.name);

/** Whether a line as it was typed is a command, blanks before it or not: such a line is never said. */
export function isCommand(line: string): boolean {
  return /^\s*\/(?!\/)/.test(line);
}

/** The names that a command can be completed to: ours, and those that the server runs. */
export function commandNames({ served }: Model): readonly string[] {
  return [...new Set([...COMMAND_NAMES, ...served.keys()])];
}

/** Whether a command can be done while there is no connection. Until we were let in, another may be the server's. */
export function worksOffline(model: Model, line: string): boolean {
  if (!isCommand(line)) return false;
  const command = BY_NAME.get(nameOf(line));
  if (command) return !command.online;
  const served = servedCommand(model, nameOf(line));
  return model.known && (served === undefined || BY_NAME.get(served.name)?.online === false);
}

/** Does what a line as it was typed asks for: a command, or to be said in the current room; `//x` says `/x`. */
export function perform(model: Model, given: string, now: number): Step {
  const line = withoutEscapes(given);
  if (!isCommand(line)) return sayHere(model, line.replace(/^(\s*)\/\//, "$1/"), now);
  const name = nameOf(line);
  if (takesSecret(name) && model.secrecy === "exposed") return trouble(model, now, EXPOSED);
  const served = servedCommand(model, name);
  // An alias that the server has for one of our own commands means ours.
  const command = BY_NAME.get(name) ?? BY_NAME.get(served?.name ?? "");
  if (command === undefined) {
    return served ? runAtServer(model, line.trim(), now) : trouble(model, now, unknown(model, name));
  }
  const words = line
    .trimStart()
    .slice(1 + name.length)
    .trim();
  const count = words === "" ? 0 : words.split(/\s+/).length;
  if (count < command.least) return trouble(model, now, `That needs more: /${name} ${command.usage}`);
  return command.run(model, words, now, line.replace(/^\s*\/\S*\s?/, ""));
}

/** Says a line in the current room, whatever it begins with. */
export function sayHere(model: Model, text: string, now: number): Step {
  const name = currentName(model);
  if (name === undefined) return trouble(model, now, notIn(""));
  return say(model, name, text, "said", now);
}

/** A room as its name is typed: `build` means `#build`. */
export function roomName(word: string): string {
  return /^[#&]/.test(word) ? word : `#${word}`;
}

/** Shows what is good to know in the room that is looked at. */
export function tellHere(model: Model, words: string, now: number): Step {
  const room = currentRoom(model);
  return step(model, note("hint", now, words, ...(room === undefined ? [] : [room.name])));
}

/** The room to which a line without a command goes. */
export function currentRoom(model: Model): Room | undefined {
  return model.current === undefined ? undefined : model.rooms.get(model.current);
}

function nameOf(line: string): string {
  return /^\s*\/(\S*)/.exec(line)?.[1]?.toLowerCase() ?? "";
}

function unknown(model: Model, name: string): string {
  const command = runOn(name);
  if (command) return `A blank stands behind /${command}.`;
  const near = nearest(name, commandNames(model));
  const hint = near === undefined ? "/help lists what there is." : `did you mean /${near}?`;
  return `There is no /${name}: ${hint} (//${name} says /${name}.)`;
}

function trouble(model: Model, now: number, words: string): Step {
  return step(model, note("trouble", now, words));
}

function help(model: Model, words: string, now: number): Step {
  const tell = (command: Pick<Command, "name" | "usage" | "help">) => note("event", now, helpOf(command));
  const others = model.served.values().filter(({ name }) => !BY_NAME.has(name));
  if (words === "") return step(model, ...COMMANDS.map(tell), ...others.map(tell));
  const name = words.replace(/^\//, "").toLowerCase();
  const command = BY_NAME.get(name) ?? servedCommand(model, name);
  return command === undefined ? trouble(model, now, unknown(model, name)) : step(model, tell(command));
}

function keys(model: Model, _words: string, now: number): Step {
  return step(model, ...KEY_HELP.map((line) => note("event", now, line)));
}

function helpOf(command: Pick<Command, "name" | "usage" | "help">): string {
  return `${`/${command.name} ${command.usage}`.padEnd(16)} ${command.help}`;
}

function nick(model: Model, words: string, now: number): Step {
  const [name = ""] = words.split(/\s+/);
  if (name !== model.nick) return askNick(model, name);
  return step({ ...model, wanted: name }, note("event", now, `You are ${name} already.`));
}

function join(model: Model, words: string, now: number): Step {
  const name = roomName(words.split(/[\s,]+/)[0] ?? "");
  const room = model.rooms.get(fold(name));
  if (room === undefined) return askRoom(model, name);
  return step({ ...model, current: fold(name) }, note("event", now, `Now in ${room.name}.`));
}

function leave(model: Model, words: string, now: number): Step {
  const partner = words === "" ? model.current : fold(words.replace(/^@/, ""));
  if (partner !== undefined && model.partners.has(partner) && !model.rooms.has(partner)) {
    const current = model.current === partner ? [...model.rooms.keys()].at(-1) : model.current;
    return step({ ...model, current, partners: without(model.partners, partner) });
  }
  const room = roomAt(model, words);
  if (room === undefined) return trouble(model, now, notIn(words));
  return step(model, send("PART", room.name));
}

function msg(model: Model, words: string, now: number, secret: string): Step {
  const [, word = "", text = ""] = /^(\S+)\s*(.*)$/s.exec(words) ?? [];
  const target = word.replace(/^[:@]+/, "");
  if (target.includes(",") || target === "") return trouble(model, now, "One person at a time: /msg NICK TEXT");
  // A password that a service is told has blanks of its own.
  if (text !== "" && isService(target)) return say(model, target, secret.replace(/^\s*\S+\s/, ""), "said", now);
  if (text !== "") return say(model, target, text, "said", now);
  if (/^[#&]/.test(target)) return join(model, target, now);
  const known = withPartner(model, target);
  return step({ ...known, current: fold(target) }, note("event", now, `Now with ${target}.`));
}

function me(model: Model, words: string, now: number): Step {
  const name = currentName(model);
  if (name === undefined) return trouble(model, now, notIn(""));
  return say(model, name, words, "acted", now);
}

function rooms(model: Model): Step {
  return step(model, send("LIST"));
}

function who(model: Model, words: string, now: number): Step {
  const room = roomAt(model, words);
  if (room !== undefined) return step(model, note("event", now, peopleOf(room.name, room.members.values())));
  if (words === "") return trouble(model, now, notIn(""));
  return askNames(model, roomName(words.split(/[\s,]+/)[0] ?? ""));
}

function topic(model: Model, words: string, now: number): Step {
  const room = currentRoom(model);
  if (room === undefined) return trouble(model, now, notIn(""));
  return step(model, words === "" ? send("TOPIC", room.name) : send("TOPIC", room.name, words));
}

function quit(model: Model, words: string): Step {
  const effect: Effect = { type: "quit", why: words };
  return step(model, effect);
}

function roomAt(model: Model, words: string): Room | undefined {
  if (words === "") return currentRoom(model);
  const key: Folded = fold(roomName(words.split(/\s+/)[0] ?? ""));
  return model.rooms.get(key);
}

function notIn(words: string): string {
  return words === "" ? "You are in no room; /join ROOM goes into one." : `You are not in ${roomName(words)}.`;
}
