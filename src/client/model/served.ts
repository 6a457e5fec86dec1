import { byteLength } from "../../text/bytes.ts";
import { fold } from "../../text/fold.ts";
import { LINE } from "../../wire/limits.ts";
import type { Message } from "../../wire/message.ts";
import { currentName, type Model, note, type ServedCommand, type Step, send, step, withEntry } from "../state.ts";

/** The capability of servers that run slash commands. */
export const COMMANDS = "tcpchat/commands";

const MOST = 200; // commands that are remembered of a server
const TEXT = 500; // characters of each

/** Asks the server for its slash commands. */
export function askCommands(model: Model): Step {
  return model.caps.has(COMMANDS) ? step(model, send("SLASH", "*")) : step(model);
}

/** The command of the server that has this name or alias, in small letters. */
export function servedCommand({ served }: Model, name: string): ServedCommand | undefined {
  return served.get(name) ?? served.values().find(({ aliases }) => aliases.includes(name));
}

/** Has the server run a line that is one of its commands, where it was typed. */
export function runAtServer(model: Model, line: string, now: number): Step {
  const target = currentName(model) ?? "*";
  const room = LINE - byteLength(`SLASH ${target} :\r\n`);
  const bytes = byteLength(line);
  if (bytes > room)
    return step(model, note("trouble", now, `That is too long: ${bytes} bytes, and ${room} is the most.`));
  return step(model, send("SLASH", target, line));
}

/** NOTE and FAIL SLASH: a command of the server's list, or a sentence for the room where a command was typed. */
export function onSlash(model: Model, message: Message, now: number): Step {
  const [, code = "", target = ""] = message.params;
  const words = message.params.at(-1) ?? "";
  const isRefused = message.command.toUpperCase() === "FAIL";
  if (code === "COMMAND" && !isRefused) return step(withCommand(model, message));
  const room = model.rooms.get(fold(target));
  const rooms = room === undefined ? [] : [room.name];
  return step(model, note(isRefused ? "trouble" : "event", now, words, ...rooms));
}

/** `NOTE SLASH COMMAND name aliases where who :usage<tab>help`. */
function withCommand(model: Model, { params }: Message): Model {
  const [, , name = "", aliases = ""] = params;
  const text = params.at(-1) ?? "";
  if (model.served.size >= MOST || !/^[a-z]{1,40}$/.test(name) || aliases.length > TEXT || text.length > TEXT)
    return model;
  const [usage = "", help = ""] = text.split("\t");
  return { ...model, served: withEntry(model.served, name, { name, aliases: aliases.split(","), usage, help }) };
}
