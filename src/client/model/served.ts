import { byteLength } from "../../text/bytes.ts";
import { fold } from "../../text/fold.ts";
import { LINE } from "../../wire/limits.ts";
import type { Message } from "../../wire/message.ts";
import { currentName, type Model, note, type Step, send, step, withEntry } from "../state.ts";
import { request } from "./requests.ts";
import { awaiting } from "./rooms.ts";

/** The capability of servers that run slash commands. */
export const COMMANDS = "tcpchat/commands";

const MOST = 200; // commands that are remembered of a server
const TEXT = 500; // characters of each

/** Asks the server for its slash commands. */
export function askCommands(model: Model): Step {
  return model.caps.has(COMMANDS) ? step(model, send("SLASH", "*")) : step(model);
}

/** Has the server run a line that is one of its commands, where it was typed; `room` is the one that it asks to join. */
export function runAtServer(model: Model, line: string, room: string | undefined, now: number): Step {
  const target = currentName(model) ?? "*";
  const most = LINE - byteLength(`SLASH ${target} :\r\n`);
  const bytes = byteLength(line);
  if (bytes > most)
    return step(model, note("trouble", now, `That is too long: ${bytes} bytes, and ${most} is the most.`));
  if (room === undefined) return request(model, ["SLASH", target, line]);
  return request(awaiting(model, room), ["SLASH", target, line], { joins: fold(room) });
}

/** NOTE and FAIL SLASH: a command of the server's list, or a sentence of an answer. */
export function onSlash(model: Model, message: Message, now: number): Step {
  const [, code = ""] = message.params;
  const isRefused = message.command.toUpperCase() === "FAIL";
  if (code === "COMMAND" && !isRefused) return step(withCommand(model, message));
  return step(model, note(isRefused ? "trouble" : "event", now, message.params.at(-1) ?? ""));
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
