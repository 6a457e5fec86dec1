import { byteLength } from "../../text/bytes.ts";
import { fold } from "../../text/fold.ts";
import { localTimes } from "../../text/time.ts";
import { LINE } from "../../wire/limits.ts";
import { request, requestList } from "../model/requests.ts";
import { awaitRoom } from "../model/rooms.ts";
import { lastParam, type ServerMessage } from "../model/server-message.ts";
import {
  andThen,
  currentName,
  eachThen,
  type Model,
  note,
  type Step,
  step,
  trouble,
  withEntry,
} from "../model/state.ts";
import { type Feature, isAvailable, missingWords } from "./features.ts";

/**
 * Slash commands: the row of a command that the client runs itself, and the commands that a tcpchat server runs
 * (capability `tcpchat/commands`): `SLASH *` asks for the list, `SLASH where :/line` runs a line.
 */

/** The name, parameters and help of a slash command. */
export interface CommandInfo {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly usage: string;
  readonly help: string;
}

/** A command that the client runs itself. */
export interface ClientCommand extends CommandInfo {
  /** The fewest words that it needs. */
  readonly fewest: number;
  /** Whether it needs a connection. */
  readonly online: boolean;
  /** The feature that the command needs: a client without it refuses the command, and does not list it. */
  readonly needs?: Feature;
  /**
   * `words` is the trimmed text after the name; `raw` the text after the name and one blank, for passwords that contain
   * blanks.
   */
  run(model: Model, words: string, now: number, raw: string): Step;
}

type Row = [
  name: string,
  aliases: readonly string[],
  usage: string,
  help: string,
  fewest: number,
  run: ClientCommand["run"],
];

/** A command that needs a connection. */
export function online(...[name, aliases, usage, help, fewest, run]: Row): ClientCommand {
  return { name, aliases, usage, help, fewest, online: true, run };
}

/** A command that works without a connection too. */
export function anytime(...row: Row): ClientCommand {
  return { ...online(...row), online: false };
}

/** A command for clients that have something which others have not. */
export function needing(needs: Feature, command: ClientCommand): ClientCommand {
  return {
    ...command,
    needs,
    run: (model, words, now, raw) =>
      isAvailable(model.identity, { needs })
        ? command.run(model, words, now, raw)
        : trouble(model, now, missingWords(needs)),
  };
}

/** The first word of a text, and the rest after the blanks behind it. */
export function splitWord(text: string): readonly [first: string, rest: string] {
  const [, first = "", rest = ""] = /^(\S*)\s*(.*)$/s.exec(text) ?? [];
  return [first, rest];
}

/** The capability of servers that run slash commands. */
export const COMMANDS = "tcpchat/commands";

const MOST_COMMANDS = 200; // commands of one server that are kept
const MOST_IGNORED = 500; // ignored nicks that are kept
const NICKS_PER_LINE = 6; // of `/ignore`, so that the line stays short
const TEXT = 500; // characters of a command's aliases, and of its usage with its help

/**
 * Requests the server's slash commands. For a guest, the server is also told again whom to ignore: it forgets that with
 * the connection.
 */
export function requestCommands(model: Model): Step {
  if (!model.caps.has(COMMANDS)) return step(model);
  const list = requestList(model, ["SLASH", "*"]);
  if (model.account !== undefined) return step({ ...list.model, ignored: new Set() }, ...list.effects);
  const nicks = [...model.ignored];
  const lines: string[] = [];
  for (let at = 0; at < nicks.length; at += NICKS_PER_LINE) {
    lines.push(`/ignore ${nicks.slice(at, at + NICKS_PER_LINE).join(" ")}`);
  }
  const ignore = (next: Model, line: string) => request(next, ["SLASH", "*", line], { silent: true });
  return andThen(list, (next) => eachThen(next, lines, ignore));
}

/**
 * Has the server run a line; the answer is shown in the current room. `room` is the room that the line asks to join.
 */
export function runAtServer(model: Model, line: string, room: string | undefined, now: number): Step {
  const target = currentName(model) ?? "*";
  const limit = LINE - byteLength(`SLASH ${target} :\r\n`);
  const bytes = byteLength(line);
  if (bytes > limit) return trouble(model, now, `That is too long: ${bytes} bytes, and ${limit} is the most.`);
  if (room === undefined) return request(model, ["SLASH", target, line]);
  return request(awaitRoom(model, room), ["SLASH", target, line], { joins: fold(room) });
}

/** NOTE and FAIL SLASH: a row of the server's command list, a change of the ignore list, or a sentence of an answer. */
export function onSlash(model: Model, message: ServerMessage, now: number): Step {
  const [, code = ""] = message.params;
  const isRefused = message.command.toUpperCase() === "FAIL";
  if (code === "COMMAND" && !isRefused) return step(withCommand(model, message));
  if (code === "IGNORED" && !isRefused) return step(withIgnored(model, message));
  return step(model, note(isRefused ? "trouble" : "event", now, localTimes(lastParam(message))));
}

/** `NOTE SLASH IGNORED + nick`, or `-`. */
function withIgnored(model: Model, { params }: ServerMessage): Model {
  const [, , sign = "", nick = ""] = params;
  const ignored = new Set(model.ignored);
  if (sign === "-") ignored.delete(nick);
  else if (ignored.size < MOST_IGNORED && /^[^\s,/]{1,64}$/.test(nick)) ignored.add(nick);
  return { ...model, ignored };
}

/** The model that ignores a nick, or does not any more. */
export function toggleIgnored(model: Model, nick: string): Model {
  const ignored = new Set(model.ignored);
  if (!ignored.delete(fold(nick)) && ignored.size < MOST_IGNORED) ignored.add(fold(nick));
  return { ...model, ignored };
}

/** The model after a rename of somebody who may be ignored; a server with slash commands tells that itself. */
export function withRenamedIgnored(model: Model, from: string, to: string): Model {
  if (model.caps.has(COMMANDS) || !model.ignored.has(fold(from))) return model;
  return { ...model, ignored: new Set([...model.ignored].map((nick) => (nick === fold(from) ? fold(to) : nick))) };
}

/** `NOTE SLASH COMMAND name aliases where who :usage<tab>help`. */
function withCommand(model: Model, message: ServerMessage): Model {
  const [, , name = "", aliases = ""] = message.params;
  const text = lastParam(message);
  const isFull = model.serverCommands.size >= MOST_COMMANDS;
  if (isFull || !/^[a-z]{1,40}$/.test(name) || aliases.length > TEXT || text.length > TEXT) return model;
  const [usage = "", help = ""] = text.split("\t");
  const command = { name, aliases: aliases.split(","), usage, help };
  return { ...model, serverCommands: withEntry(model.serverCommands, name, command) };
}
