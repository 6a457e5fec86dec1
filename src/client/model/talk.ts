import { fold } from "../../text/fold.ts";
import type { Message } from "../../wire/message.ts";
import { batchOf, withLine } from "./batches.ts";
import { heard } from "./history.ts";
import type { Talk } from "./line.ts";
import { confirmedBy, ID_TAG, stored, withPartner } from "./outbox.ts";
import { sourceOf } from "./people.ts";
import { isService } from "./secrets.ts";
import { type Effect, type Model, note, type OwnMessage, type Step, same, step } from "./state.ts";

const ACTION = "\x01ACTION ";
const BACKLOG = 60_000; // ms of age at which a line by itself is from the past

/** PRIVMSG: someone spoke, in a room or to us; with echo-message, perhaps we did. */
export function onPrivmsg(model: Model, message: Message, at: number, now: number): Step {
  const text = message.params[1] ?? "";
  if (text.startsWith(ACTION))
    return spoken(model, message, "acted", text.slice(ACTION.length).replace(/\x01$/, ""), at, now);
  // Other CTCP is a question of one program to another (Modern IRC, "CTCP"); ours has nothing to tell.
  if (text.startsWith("\x01")) return step(model);
  return spoken(model, message, "said", text, at, now);
}

/** NOTICE: what a program says. From a server, and before we are let in, it is a hint. */
export function onNotice(model: Model, message: Message, at: number, now: number): Step {
  const [target = "", text = ""] = message.params;
  if (text.startsWith("\x01")) return step(model);
  const { nick } = sourceOf(message);
  const fromServer = nick === "" || nick.includes(".") || model.phase !== "here";
  if (isService(nick) && same(target, model.nick)) return step(model, note("event", at, `${nick}: ${text}`));
  if (fromServer && !model.rooms.has(fold(target))) return step(model, note("hint", at, text));
  return spoken(model, message, "noticed", text, at, now);
}

function spoken(model: Model, message: Message, kind: Talk["kind"], text: string, at: number, now: number): Step {
  const target = message.params[0] ?? "";
  const { nick } = sourceOf(message);
  const isOwn = same(nick, model.nick);
  const inHistory = batchOf(model, message)?.type === "chathistory";
  const own = isOwn ? ownOf(model, message, target, text, inHistory) : undefined;
  if (isOwn && isService(target)) return step(model);
  // A message in a room that we are not in is ignored, unless it is the echo of our own.
  if (own === undefined && /^[#&]/.test(target) && !model.rooms.has(fold(target))) return step(model);
  const line: Talk = {
    kind,
    time: at,
    room: model.rooms.get(fold(target))?.name ?? (/^[#&]/.test(target) ? target : undefined),
    nick,
    to: isOwn && (own !== undefined || !same(target, model.nick)) ? target : undefined,
    text,
    msgid: message.tags.get("msgid"),
    account: message.tags.get("account"),
    mention: !isOwn && mentions(text, model.nick),
    past: inHistory || now - at > BACKLOG,
  };
  const known = line.room === undefined ? withPartner(model, line.to ?? line.nick) : model;
  const after = inHistory ? step(withLine(known, message, line)) : heard(known, line);
  if (own === undefined) return after;
  const done = stored(after.model, own, line.msgid !== undefined);
  return step(done.model, ...after.effects, ...done.effects);
}

/** The message of ours that has come back: the server has it. In history only those without an answer are looked for. */
function ownOf(
  model: Model,
  message: Message,
  target: string,
  text: string,
  inHistory: boolean,
): OwnMessage | undefined {
  if (!inHistory) return model.caps.has("echo-message") ? confirmedBy(model, message, target, text) : undefined;
  const id = message.tags.get(ID_TAG);
  if (id !== undefined) return model.outbox.find((own) => own.id === id);
  if (model.exact) return undefined;
  return model.outbox.find((own) => own.state !== "waiting" && same(own.target, target) && own.text === text);
}

function mentions(text: string, nick: string): boolean {
  const at = text.toLowerCase().indexOf(nick.toLowerCase());
  if (at < 0) return false;
  return !/[\w-]/.test(text.charAt(at - 1)) && !/[\w-]/.test(text.charAt(at + nick.length));
}

/** PONG: answers the ping behind a message, where there is no echo; another is passed on. */
export function onPong(model: Model, message: Message, now: number): Step {
  const token = message.params.at(-1) ?? "";
  if (!token.startsWith("said-")) return step(model, { type: "pong", token });
  const own = model.outbox.find((each) => each.id === token.slice(5));
  if (own === undefined || own.state !== "sending") return step(model);
  const shown: Effect = { type: "show", line: lineOf(model, own, now) };
  const done = stored(model, own, false);
  return step(done.model, shown, ...done.effects);
}

/** A message of ours as it is shown. */
export function lineOf(model: Model, own: OwnMessage, time: number): Talk {
  const room = model.rooms.get(fold(own.target))?.name ?? (/^[#&]/.test(own.target) ? own.target : undefined);
  const { kind, target, text } = own;
  const nothing = { msgid: undefined, account: undefined, mention: false, past: false };
  return { kind, time, room, nick: model.nick, to: room === undefined ? target : undefined, text, ...nothing };
}
