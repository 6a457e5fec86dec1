import { byteLength } from "../../text/bytes.ts";
import { fold } from "../../text/fold.ts";
import { LINE } from "../../wire/limits.ts";
import type { Message } from "../../wire/message.ts";
import { request } from "./requests.ts";
import { awaiting } from "./rooms.ts";
import { currentName, type Model, note, type Step, send, step, withEntry } from "./state.ts";

/** The capability of servers that run slash commands. */
export const COMMANDS = "tcpchat/commands";

const MOST = 200; // commands that are remembered of a server
const IGNORED = 500; // nicks that are remembered
const AT_ONCE = 6; // of them in one line, so that it stays short
const TEXT = 500; // characters of each

/** Asks the server for its slash commands, and has it ignore for a guest who was ignored before. */
export function askCommands(model: Model): Step {
  if (!model.caps.has(COMMANDS)) return step(model);
  let next = step(model, send("SLASH", "*"));
  const nicks = [...model.ignored];
  if (model.account !== undefined) return step({ ...model, ignored: new Set() }, ...next.effects);
  for (let at = 0; at < nicks.length; at += AT_ONCE) {
    const line = `/ignore ${nicks.slice(at, at + AT_ONCE).join(" ")}`;
    const one = request(next.model, ["SLASH", "*", line], { quiet: true });
    next = step(one.model, ...next.effects, ...one.effects);
  }
  return next;
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
  if (code === "IGNORED" && !isRefused) return step(withIgnored(model, message));
  return step(model, note(isRefused ? "trouble" : "event", now, message.params.at(-1) ?? ""));
}

/** `NOTE SLASH IGNORED + nick`, or `-`. */
function withIgnored(model: Model, { params }: Message): Model {
  const [, , sign = "", nick = ""] = params;
  const ignored = new Set(model.ignored);
  if (sign === "-") ignored.delete(nick);
  else if (ignored.size < IGNORED && /^[^\s,/]{1,64}$/.test(nick)) ignored.add(nick);
  return { ...model, ignored };
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
