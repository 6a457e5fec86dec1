import { type Folded, fold } from "../../text/fold.ts";
import { batchOf } from "./history.ts";
import type { ServerMessage } from "./server-message.ts";
import {
  currentName,
  type Effect,
  eachThen,
  LISTING,
  type Model,
  note,
  type Step,
  send,
  step,
  without,
} from "./state.ts";

/**
 * The user's commands without an answer, and where each answer is shown: in the room where the command was typed. With
 * labeled-response, a label names the command. Other servers answer in order, so a PING after each command marks the
 * end of its answer.
 */

/** A command of the user without an answer. */
export interface Request {
  /** Its label, or the token of the PING sent after it. */
  readonly id: string;
  /** The room or nick where it was typed, also a room that has removed us; "*" is neither. Its answer is shown there. */
  readonly origin: string;
  /** A line of its answer has been shown. */
  readonly hasOutput: boolean;
  /** The words that it searches for. */
  readonly search?: string;
  /** The room that it asks to join. */
  readonly joins?: Folded;
  /** The client sent it on its own: its answer is not shown. */
  readonly silent?: true;
  /** It asks for a token that logs in to this account. */
  readonly tokenFor?: string;
  /** It ends the token of the present login. */
  readonly endsLogin?: boolean;
  /** A line of IRC that the user typed: if the server answers nothing, the user is told so. */
  readonly isRaw?: true;
}

const MOST = 50; // requests that are kept; the oldest is dropped first
/** Shown after a line of IRC that the server does not answer. */
const NO_ANSWER = "Sent; the server answers nothing.";
const NOWHERE = "*"; // the origin of commands typed in no room: the log of the server

/** A command and its parameters. */
export type Sent = readonly [command: string, ...params: string[]];

/** Sends a command for the user; its answer is shown in the current room. */
export function request(
  model: Model,
  [command, ...params]: Sent,
  more: Pick<Request, "joins" | "search" | "silent" | "isRaw" | "tokenFor" | "endsLogin"> = {},
): Step {
  const id = `c${model.requestCount}`;
  const made: Request = { id, origin: currentName(model) ?? model.current ?? NOWHERE, hasOutput: false, ...more };
  return sendRequest({ ...model, requestCount: model.requestCount + 1 }, made, command, params);
}

/** Requests the list of the server's commands; until the answer ends, the client is not settled. */
export function requestList(model: Model, [command, ...params]: Sent): Step {
  return sendRequest(model, { id: LISTING, origin: NOWHERE, hasOutput: false, silent: true }, command, params);
}

function sendRequest(model: Model, request: Request, command: string, params: readonly string[]): Step {
  const { id } = request;
  const next = { ...model, requests: [...model.requests, request].slice(-MOST) };
  if (!hasLabels(model)) return step(next, send(command, ...params), send("PING", id));
  return step(next, { type: "send", command, params, tags: new Map([["label", id]]) });
}

/** Sends several commands for the user. */
export function requestAll(model: Model, lines: readonly Sent[]): Step {
  return eachThen(model, lines, (next, line) => request(next, line));
}

function hasLabels({ caps }: Model): boolean {
  return caps.has("labeled-response") && caps.has("batch");
}

/** The label that a message carries, itself or by its batch: that of the command it answers. */
export function labelOf(model: Model, message: ServerMessage): string | undefined {
  return message.tags.get("label") ?? batchOf(model, message)?.opening.tags.get("label");
}

/** The request that a message answers, if it answers one. */
export function requestFor(model: Model, message: ServerMessage): Request | undefined {
  if (model.requests.length === 0) return undefined;
  const label = labelOf(model, message);
  if (label !== undefined) return model.requests.find(({ id }) => id === label);
  return !hasLabels(model) && isReply(message) ? model.requests[0] : undefined;
}

/** Whether a message is of a kind that answers commands: a numeric, a standard reply, or a notice from the server. */
function isReply({ command, source }: ServerMessage): boolean {
  if (/^NOTICE$/i.test(command)) return source?.includes("!") !== true;
  return /^(?:\d\d\d|FAIL|WARN|NOTE)$/i.test(command);
}

/**
 * Completes the step of a message that may answer a request: its notes go to the room where the command was typed, and
 * the request is removed if its answer ends here.
 */
export function answered(before: Model, message: ServerMessage, next: Step, now: number): Step {
  const request = requestFor(before, message);
  const ended = endedBy(before, message);
  const model = withoutRequest(next.model, ended);
  const unanswered = before.requests.find(({ id, isRaw, hasOutput }) => id === ended && isRaw && !hasOutput);
  if (unanswered !== undefined && !next.effects.some(({ type }) => type === "show"))
    return step(model, ...placed(step(model, ...next.effects, note("event", now, NO_ANSWER)), unanswered));
  if (request === undefined) return step(model, ...next.effects);
  const effects = placed(next, request);
  if (request.hasOutput || !effects.some(({ type }) => type === "show")) return step(model, ...effects);
  const requests = model.requests.map((each) => (each === request ? { ...each, hasOutput: true } : each));
  return step({ ...model, requests }, ...effects);
}

/**
 * The effects, with notes about no room put where the command was typed, or in the current room if we left that place.
 */
function placed({ model, effects }: Step, { origin, silent }: Request): readonly Effect[] {
  const key = fold(origin);
  const isThere = origin === NOWHERE || model.current === key || model.rooms.has(key) || model.partners.has(key);
  const place = isThere ? origin : (currentName(model) ?? NOWHERE);
  return effects.flatMap((effect) => {
    if (effect.type !== "show" || "nick" in effect.line || effect.line.rooms.length > 0) return effect;
    return silent ? [] : { ...effect, line: { ...effect.line, rooms: [place] } };
  });
}

/** The id of the request whose answer ends with a message. */
function endedBy({ batches }: Model, { command, params, tags }: ServerMessage): string | undefined {
  const [word = ""] = params;
  if (/^PONG$/i.test(command)) return params.at(-1);
  if (!/^BATCH$/i.test(command)) return tags.get("label");
  return word.startsWith("-") ? batches.get(word.slice(1))?.opening.tags.get("label") : undefined;
}

/**
 * The model without a request. If the request asked to join a room and we are not in it by now, we stop waiting for the
 * room.
 */
function withoutRequest(model: Model, id: string | undefined): Model {
  const request = id === undefined ? undefined : model.requests.find((each) => each.id === id);
  if (request === undefined) return model;
  const requests = model.requests.filter((each) => each !== request);
  const { joins } = request;
  return joins === undefined ? { ...model, requests } : { ...model, requests, joining: without(model.joining, joins) };
}
