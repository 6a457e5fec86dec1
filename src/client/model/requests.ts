import { byteLength } from "../../text/bytes.ts";
import { fold } from "../../text/fold.ts";
import { LINE } from "../../wire/limits.ts";
import type { Message } from "../../wire/message.ts";
import { batchOf } from "./history.ts";
import { awaiting } from "./rooms.ts";
import {
  currentName,
  type Effect,
  type Model,
  note,
  type Request,
  type Step,
  send,
  step,
  withEntry,
  without,
} from "./state.ts";

/**
 * The user's commands that the server has yet to answer, and where each answer is shown. With labeled-response a label
 * says which command is answered. Other servers answer in order, and a PING behind each command marks the end of its
 * answer.
 */

const MOST = 50; // requests that are remembered; the oldest is forgotten first
const NOWHERE = "*"; // the server's own log

/** A command as it is sent. */
export type Sent = readonly [command: string, ...params: string[]];

/** Sends a command for the user; its answer is shown where the user is now. */
export function request(model: Model, [command, ...params]: Sent, more: Pick<Request, "joins" | "quiet"> = {}): Step {
  const id = `c${model.requested}`;
  const made: Request = { id, where: currentName(model) ?? NOWHERE, told: false, ...more };
  const next = { ...model, requests: [...model.requests, made].slice(-MOST), requested: model.requested + 1 };
  if (!hasLabels(model)) return step(next, send(command, ...params), send("PING", id));
  return step(next, { type: "send", command, params, tags: new Map([["label", id]]) });
}

/** Sends several commands for the user. */
export function requestAll(model: Model, lines: readonly Sent[]): Step {
  let next = step(model);
  for (const line of lines) {
    const one = request(next.model, line);
    next = step(one.model, ...next.effects, ...one.effects);
  }
  return next;
}

function hasLabels({ caps }: Model): boolean {
  return caps.has("labeled-response") && caps.has("batch");
}

/** The label of the command that a message answers: its own, or that of its batch. */
export function labelOf(model: Model, message: Message): string | undefined {
  return message.tags.get("label") ?? batchOf(model, message)?.opening.tags.get("label");
}

/** The request that a message answers, if it answers one. */
export function requestFor(model: Model, message: Message): Request | undefined {
  if (model.requests.length === 0) return undefined;
  const label = labelOf(model, message);
  if (label !== undefined) return model.requests.find(({ id }) => id === label);
  return !hasLabels(model) && isReply(message) ? model.requests[0] : undefined;
}

/** Whether a message is one that servers answer commands with: a numeric, a standard reply, a notice of the server's. */
function isReply({ command, source }: Message): boolean {
  if (/^NOTICE$/i.test(command)) return source?.includes("!") !== true;
  return /^(?:\d\d\d|FAIL|WARN|NOTE)$/i.test(command);
}

/** The step of a message that may answer a request: its notes are shown where the command was typed. */
export function answered(before: Model, message: Message, next: Step): Step {
  const request = requestFor(before, message);
  const model = ended(next.model, endedBy(before, message));
  if (request === undefined) return step(model, ...next.effects);
  const effects = placed(next, request);
  if (request.told || !effects.some(({ type }) => type === "show")) return step(model, ...effects);
  const requests = model.requests.map((each) => (each === request ? { ...each, told: true } : each));
  return step({ ...model, requests }, ...effects);
}

/** Notes that are about no room go where the command was typed, or where the user is now if that place has been left. */
function placed({ model, effects }: Step, { where, quiet }: Request): readonly Effect[] {
  const key = fold(where);
  const isThere = where === NOWHERE || model.rooms.has(key) || model.partners.has(key);
  const place = isThere ? where : (currentName(model) ?? NOWHERE);
  return effects.flatMap((effect) => {
    if (effect.type !== "show" || "nick" in effect.line || effect.line.rooms.length > 0) return effect;
    return quiet ? [] : { ...effect, line: { ...effect.line, rooms: [place] } };
  });
}

/** The id of the request whose answer ends with a message. */
function endedBy({ batches }: Model, { command, params, tags }: Message): string | undefined {
  const [word = ""] = params;
  if (/^PONG$/i.test(command)) return params.at(-1);
  if (!/^BATCH$/i.test(command)) return tags.get("label");
  return word.startsWith("-") ? batches.get(word.slice(1))?.opening.tags.get("label") : undefined;
}

/** The model without a request; a room that was asked for by it and has not let us in is not waited for any more. */
function ended(model: Model, id: string | undefined): Model {
  const request = id === undefined ? undefined : model.requests.find((each) => each.id === id);
  if (request === undefined) return model;
  const requests = model.requests.filter((each) => each !== request);
  const { joins } = request;
  return joins === undefined ? { ...model, requests } : { ...model, requests, awaited: without(model.awaited, joins) };
}

/** The capability of servers that run slash commands. */
export const COMMANDS = "tcpchat/commands";

const MOST_COMMANDS = 200; // commands that are remembered of a server
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
  if (model.served.size >= MOST_COMMANDS || !/^[a-z]{1,40}$/.test(name) || aliases.length > TEXT || text.length > TEXT)
    return model;
  const [usage = "", help = ""] = text.split("\t");
  return { ...model, served: withEntry(model.served, name, { name, aliases: aliases.split(","), usage, help }) };
}
