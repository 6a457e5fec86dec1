import { invitationIn } from "../../text/address.ts";
import { withoutEscapes } from "../../text/filter.ts";
import { fold } from "../../text/fold.ts";
import { nearest } from "../../text/nearest.ts";
import { parse } from "../../wire/message.ts";
import { keyHelp } from "../input/keymap.ts";
import { ACCOUNT_COMMANDS, rowFor } from "../model/accounts.ts";
import { correct, undoUnconfirmed } from "../model/annotations.ts";
import { linkedRoom, placeElsewhere } from "../model/links.ts";
import { forget, retry, say, withPartner } from "../model/outbox.ts";
import { request } from "../model/requests.ts";
import { awaitRoom, closeTalk, goTo, isRoomName, nowhereWords, roomIn } from "../model/rooms.ts";
import { exposedRefusal, isService, runOnCommand, takesSecret } from "../model/secrets.ts";
import {
  currentName,
  type Effect,
  type HelpRow,
  isSettled,
  LINKED,
  type Model,
  type Note,
  note,
  type Step,
  step,
  trouble,
  withCurrent,
} from "../model/state.ts";
import { isAvailable } from "./features.ts";
import { PLAIN_IRC } from "./plain-irc.ts";
import { SCREEN_COMMANDS, SERVER_COMMANDS } from "./screen.ts";
import { anytime, type ClientCommand, COMMANDS, type CommandInfo, online, runAtServer } from "./slash.ts";

/**
 * Input of the user: `perform` gives the next model and the effects of a line. A command is the client's own, or one
 * that the server runs (slash.ts), or on other servers plain IRC (plain-irc.ts).
 */

/**
 * The commands that the client runs itself on every server: about the screen, messages with their ids, and passwords.
 */
const OWN: readonly ClientCommand[] = [
  anytime("help", ["h", "?", "commands"], "[COMMAND]", "tells what there is", 0, help),
  anytime(
    "msg",
    ["m", "tell", "dm"],
    "NICK [TEXT]",
    "sends a direct message to one person; without TEXT all you type goes there",
    1,
    msg,
  ),
  anytime(
    "query",
    [],
    "NICK [TEXT]",
    "talks to one person alone: all you type goes there",
    1,
    (model, words, now, raw) => {
      const first = msg(model, words, now, raw);
      return /\s/.test(words) ? open(first, targetOf(words)) : first;
    },
  ),
  online(
    "ns",
    ["nickserv"],
    "TEXT",
    "tells NickServ something: it keeps the accounts",
    1,
    (model, words, now, secret) => msg(model, `NickServ ${words}`, now, `NickServ ${secret}`),
  ),
  online("me", ["action"], "TEXT", "says what you do: * ann waves", 1, me),
  anytime("retry", [], "", "sends failed messages again", 0, retry),
  anytime("forget", [], "", "drops failed messages", 0, (model) => step(forget(model))),
  ...ACCOUNT_COMMANDS,
  online("quote", ["raw"], "LINE", "sends a line of IRC as it is", 1, quote),
  anytime(
    "echo",
    [],
    "",
    "is for nc: here your own messages are always shown, once they are stored",
    0,
    (model, _words, now) => step(model, note("event", now, ECHOED)),
  ),
  anytime("keys", [], "", "explains the keys", 0, keys),
  anytime("quit", ["q", "exit", "bye"], "[TEXT]", "ends the client", 0, quit),
];

/** The answer to `/echo`, which nc needs. */
const ECHOED = "What you say is always shown here, once, when the server has it; /echo is for nc.";

const OWN_BY_NAME = byName(OWN);
const OWN_ON_SCREEN_BY_NAME = byName([...OWN, ...SCREEN_COMMANDS, ...SERVER_COMMANDS]);
const SCREEN_NAMES = byName([...SCREEN_COMMANDS, ...SERVER_COMMANDS]);
const PLAIN_BY_NAME = byName(PLAIN_IRC);

function byName<T extends CommandInfo>(commands: Iterable<T>): ReadonlyMap<string, T> {
  return new Map([...commands].flatMap((row) => [row.name, ...row.aliases].map((name): [string, T] => [name, row])));
}

/** The commands that the client runs itself. */
function ownCommands({ identity }: Model): ReadonlyMap<string, ClientCommand> {
  return identity.fullScreen ? OWN_ON_SCREEN_BY_NAME : OWN_BY_NAME;
}

/** Whether a typed line is a command, with or without blanks before it: such a line is never said. `//x` is none. */
export function isCommand(line: string): boolean {
  return /^\s*\/(?!\/)/.test(line);
}

/** All commands on this server. */
export function commandsOf(model: Model): readonly CommandInfo[] {
  const others: Iterable<CommandInfo> = serverRunsCommands(model) ? model.serverCommands.values() : PLAIN_IRC;
  const own = ownCommands(model);
  const offered = own.values().filter((row) => isAvailable(model.identity, row));
  const rows = [...new Set(offered), ...[...others].filter(({ name }) => !own.has(name))];
  return rows.map((row) => rowFor(model, row));
}

/** The command that a line begins with; `undefined` if this server has none of that name. */
export function commandIn(model: Model, line: string): CommandInfo | undefined {
  const name = nameOf(line);
  const own = ownCommands(model).get(name);
  if (own) return rowFor(model, own);
  if (!serverRunsCommands(model)) return PLAIN_BY_NAME.get(name);
  // A name takes precedence over another command's alias.
  return model.serverCommands.get(name) ?? model.serverCommands.values().find(({ aliases }) => aliases.includes(name));
}

function serverRunsCommands({ caps }: Model): boolean {
  return caps.has(COMMANDS);
}

/** Whether a line says something in the current place by a command: `/me waves`. */
export function isAction(line: string): boolean {
  return /^\s*\/(?:me|action)\s+\S/i.test(line);
}

/**
 * Whether a command works without a connection. Until we are in our rooms, the server has not told all its commands: an
 * unknown one may be one of them, so it does not.
 */
export function worksOffline(model: Model, line: string): boolean {
  if (!isCommand(line)) return false;
  const own = ownCommands(model).get(nameOf(line));
  if (own) return !own.online;
  if (!model.wasWelcomed) return false;
  const command = commandIn(model, line);
  if (command === undefined) return model.phase === "offline" || isSettled(model);
  return withoutServer(model, command, wordsOf(line), 0) !== undefined;
}

/**
 * The step of a typed line: runs a command, or says the line in the current room, in reply to the message with a msgid;
 * `//x` says `/x`, and `s/old/new/` corrects the last message.
 */
export function perform(model: Model, typed: string, now: number, replyTo?: string): Step {
  const line = withoutEscapes(typed);
  if (!isCommand(line)) return sayTyped(model, line, now, replyTo);
  const name = nameOf(line);
  if (takesSecret(line) && model.secrecy === "exposed") return trouble(model, now, exposedRefusal(model));
  const command = commandIn(model, line);
  if (command === undefined) return trouble(model, now, unknown(model, name));
  const words = wordsOf(line);
  const joined = command.name === "join" ? joinReference(model, words, now) : undefined;
  const local = joined ?? withoutServer(model, command, words, now);
  if (local) return local;
  const room = command.name === "join" && words !== "" ? roomIn(words) : undefined;
  if (!isLocal(command)) return runAtServer(model, line.trim(), room, now);
  const count = words === "" ? 0 : words.split(/\s+/).length;
  if (count < command.fewest) return trouble(model, now, `That needs more: ${synopsis(command)}`);
  const next = room === undefined ? model : awaitRoom(model, room);
  return command.run(next, words, now, line.replace(/^\s*\/\S*\s?/, ""));
}

/**
 * `/join` of something else than a room of this server by its name: alone, of the room that we are not in any more; of a
 * room of another server, of a link, of an invitation; `undefined` for everything else.
 */
function joinReference(model: Model, words: string, now: number): Step | undefined {
  const lost = words === "" ? lostRoom(model) : undefined;
  if (lost !== undefined) return perform(model, `/join ${lost}`, now);
  const elsewhere = model.identity.severalServers ? placeElsewhere(words) : undefined;
  if (elsewhere !== undefined) return step(model, { type: "screen", request: { type: "connect", ...elsewhere } });
  const link = linkedRoom(model, words);
  if (link !== undefined)
    return "why" in link ? trouble(model, now, link.why) : perform(model, `/join ${link.room}`, now);
  const invitation = model.deduplicates ? invitationIn(words) : undefined;
  if (invitation === undefined) return undefined;
  return request(awaitRoom(model, LINKED), ["JOIN", LINKED, invitation], { joins: fold(LINKED) });
}

/** The current room if we are not in it any more. */
function lostRoom({ current, rooms, streams }: Model): string | undefined {
  if (current === undefined || rooms.has(current)) return undefined;
  const name = streams.get(current)?.name ?? current;
  return isRoomName(name) ? name : undefined;
}

function isLocal(command: CommandInfo): command is ClientCommand {
  return "run" in command;
}

/**
 * `/join`, `/leave` and `/undo` where they need no server: going to a room that we are in, closing a direct
 * conversation, taking back what the server has not confirmed.
 */
function withoutServer(model: Model, { name }: CommandInfo, words: string, now: number): Step | undefined {
  switch (name) {
    case "join":
      return goTo(model, roomIn(words), now);
    case "leave":
      return closeTalk(model, words);
    case "undo":
      return undoUnconfirmed(model, words, now);
    default:
      return undefined;
  }
}

/** The words after a command's name. */
function wordsOf(line: string): string {
  return line.replace(/^\s*\/\S*/, "").trim();
}

function sayTyped(model: Model, line: string, now: number, replyTo: string | undefined): Step {
  const name = currentName(model);
  const isLiteral = name === undefined || model.identity.isPiped;
  const corrected = isLiteral ? undefined : correct(model, name, line, now);
  return corrected ?? sayHere(model, line.replace(/^(\s*)\/\//, "$1/"), now, replyTo);
}

/** Says a line in the current room, even one that begins with `/`, in reply to the message with a msgid. */
export function sayHere(model: Model, text: string, now: number, replyTo?: string): Step {
  const name = currentName(model);
  if (name === undefined) return trouble(model, now, nowhereWords(model));
  return say(model, name, text, "said", now, replyTo === undefined ? {} : { replyTo });
}

/** Shows a note in the current room or conversation. */
export function noteHere(model: Model, kind: Note["kind"], words: string, now: number): Step {
  const here = currentName(model);
  return step(model, note(kind, now, words, ...(here === undefined ? [] : [here])));
}

function nameOf(line: string): string {
  return /^\s*\/(\S*)/.exec(line)?.[1]?.toLowerCase() ?? "";
}

const ROOMS_GO = "Ctrl-K and Alt-1 to Alt-0 go to a room, /move orders the list, /hide and /leave shorten it.";

/** Commands of other clients, each with the command that does the same here. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ...["window", "win", "buffer"].map((name) => [name, ROOMS_GO] as const),
  ["lastlog", "/search here WORDS finds what was said in this room."],
]);

/** The refusal of an unknown command. */
function unknown(model: Model, name: string): string {
  if (name === "") return "A command's name stands right behind the /: /help lists what there is.";
  const command = runOnCommand(name);
  if (command) return `A blank stands behind /${command}.`;
  if (SCREEN_NAMES.has(name)) return `/${name} is for the full screen; here the client prints line by line.`;
  const elsewhere = ELSEWHERE.get(name);
  if (elsewhere !== undefined) return `There is no /${name} here: ${elsewhere}`;
  const names = commandsOf(model).flatMap((each) => [each.name, ...each.aliases]);
  const near = nearest(name, names);
  const hint = near === undefined ? "/help lists what there is." : `did you mean /${near}?`;
  return `There is no /${name}: ${hint} (//${name} says /${name}.)`;
}

/** The commands that are used every day: they stand first in the help. */
const FIRST: readonly string[] =
  "help join leave msg query me nick rooms who whois topic search catchup undo away ignore notify register login keys quit".split(
    " ",
  );

function help(model: Model, words: string, now: number): Step {
  const rowOf = (command: CommandInfo): HelpRow => ({
    label: synopsis(command),
    help: command.help,
    typed: `/${command.name} `,
  });
  if (words === "") {
    const place = ({ name }: CommandInfo) => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);
    const rows = commandsOf(model)
      .toSorted((one, other) => place(one) - place(other))
      .map(rowOf);
    if (!model.identity.fullScreen) return step(model, ...rows.map((row) => helpNote(row, now)));
    return step(model, { type: "help", title: "Help", rows: [...rows, ...keyHelp(model.identity)] });
  }
  const name = words.replace(/^\//, "").toLowerCase();
  const command = commandIn(model, `/${name}`);
  if (command === undefined) return trouble(model, now, unknown(model, name));
  const { aliases } = command;
  const also = `Also: ${aliases.map((alias) => `/${alias}`).join(", ")}`;
  return step(model, helpNote(rowOf(command), now), ...(aliases.length > 0 ? [note("event", now, also)] : []));
}

/** A command with its parameters: `/join ROOM [KEY]`. */
export function synopsis({ name, usage }: CommandInfo): string {
  return usage === "" ? `/${name}` : `/${name} ${usage}`;
}

const LINE_KEYS =
  "The client prints line by line here: Enter sends, Ctrl-C or Ctrl-D ends it. Its other keys are those of the full screen.";

function keys(model: Model, _words: string, now: number): Step {
  if (!model.identity.fullScreen) return step(model, note("event", now, LINE_KEYS));
  return step(model, { type: "help", title: "Keys", rows: keyHelp(model.identity) });
}

function helpNote({ label, help }: HelpRow, now: number): Effect {
  return note("event", now, `${label.padEnd(16)} ${help}`);
}

function msg(model: Model, words: string, now: number, raw: string): Step {
  const target = targetOf(words);
  const text = words.replace(/^\S+\s*/, "");
  if (target.includes(",") || target === "") return trouble(model, now, "One person at a time: /msg NICK TEXT");
  // A message to a service may contain a password, whose blanks count.
  if (text !== "" && isService(target)) return say(model, target, raw.replace(/^\s*\S+\s/, ""), "said", now);
  if (text !== "") return say(model, target, text, "said", now);
  if (isRoomName(target)) return perform(model, `/join ${target}`, now);
  return open(step(model, note("event", now, `Now with ${target}.`)), target);
}

/** The nick or the room of the first word, without `@` or `:` before it. */
function targetOf(words: string): string {
  return (words.split(/\s/)[0] ?? "").replace(/^[:@]+/, "");
}

/** The step, with the conversation with `target` as the current one. */
function open({ model, effects }: Step, target: string): Step {
  const known = withPartner(model, target);
  const isOpen = known.partners.has(fold(target)) || known.rooms.has(fold(target));
  return step(isOpen ? withCurrent(known, fold(target)) : known, ...effects);
}

function me(model: Model, words: string, now: number): Step {
  const name = currentName(model);
  if (name === undefined) return trouble(model, now, nowhereWords(model));
  return say(model, name, words, "acted", now);
}

/** `/quote`: sends a line of IRC as it is; the answer is shown. */
function quote(model: Model, _words: string, now: number, raw: string): Step {
  const { command, params } = parse(raw) ?? {};
  if (command === undefined || params === undefined) return trouble(model, now, "That is no line of IRC.");
  const [rooms = ""] = params;
  const names = command.toUpperCase() === "JOIN" ? rooms.split(",").filter((name) => name !== "") : [];
  return request(names.reduce(awaitRoom, model), [command, ...params], { isRaw: true });
}

function quit(model: Model, words: string): Step {
  return step(model, { type: "quit", why: words });
}
