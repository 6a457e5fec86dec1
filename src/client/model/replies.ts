import { fold } from "../../text/fold.ts";
import type { Message } from "../../wire/message.ts";
import { onRegisterRefused } from "./accounts.ts";
import { batchOf, denied, heard, withLine } from "./history.ts";
import { confirmedBy, ID_TAG, refused, stored, withPartner } from "./outbox.ts";
import { sourceOf } from "./people.ts";
import { labelOf, onSlash } from "./requests.ts";
import { isService } from "./secrets.ts";
import {
  type Effect,
  type Model,
  naming,
  note,
  type OwnMessage,
  type Step,
  same,
  step,
  type Talk,
  withEntry,
  without,
} from "./state.ts";

const TOPIC = 2000; // characters of a topic that are remembered

/** Errors that no message gets: about nicks, modes, bans, and what only operators may do. */
const NOT_OF_MESSAGES = /^(?:43\d|44[1-3]|467|47[1-68]|482|696)$/;

/** TOPIC: someone set or took away a room's topic. */
export function onTopic(model: Model, message: Message, now: number): Step {
  const [name = "", topic = ""] = message.params;
  const { nick } = sourceOf(message);
  if (!model.rooms.has(fold(name))) return step(model);
  const words = topic === "" ? `${nick} took the topic of ${name} away` : `${nick} set the topic of ${name}: ${topic}`;
  return step(withTopic(model, name, topic), note("event", now, words, name));
}

/** RPL_TOPIC. */
export function onTopicReply(model: Model, message: Message, now: number): Step {
  const [, name = "", topic = ""] = message.params;
  const room = model.rooms.get(fold(name));
  if (room === undefined || (room.again && room.topic === topic)) return step(model);
  return step(withTopic(model, name, topic), note("event", now, `The topic of ${name}: ${topic}`, name));
}

/** RPL_NOTOPIC. */
export function onNoTopic(model: Model, message: Message, now: number): Step {
  const name = message.params[1] ?? "";
  if (!model.rooms.has(fold(name))) return step(model);
  return step(withTopic(model, name, ""), note("event", now, `${name} has no topic.`, name));
}

function withTopic(model: Model, name: string, topic: string): Model {
  const key = fold(name);
  const room = model.rooms.get(key);
  if (room === undefined) return model;
  return { ...model, rooms: withEntry(model.rooms, key, { ...room, topic: topic.slice(0, TOPIC) }) };
}

/** RPL_MOTD. */
export function onMotd(model: Model, message: Message, now: number): Step {
  return step(model, note("hint", now, (message.params.at(-1) ?? "").replace(/^- ?/, "")));
}

/** RPL_AWAY. */
export function onAway(model: Model, message: Message, now: number): Step {
  const [, nick = "", words = ""] = message.params;
  return step(model, note("hint", now, `${nick} is away: ${words}`));
}

/** RPL_NOWAWAY and RPL_UNAWAY: whether we are away ourselves. */
export function onOwnAway(model: Model, message: Message, now: number): Step {
  return step(model, note("event", now, `${message.params.at(-1) ?? ""}.`));
}

/** ERROR: the server's last words. */
export function onError(model: Model, message: Message): Step {
  return step(model, { type: "closing", why: message.params[0] ?? "" });
}

/** FAIL, WARN, NOTE (IRCv3 standard replies); a history that cannot be had is no trouble. */
export function onStandardReply(model: Model, message: Message, now: number): Step {
  const [command = "", , ...about] = message.params;
  const words = message.params.at(-1) ?? "";
  if (command.toUpperCase() === "SLASH") return onSlash(model, message, now);
  if (message.command.toUpperCase() !== "FAIL") return step(model, note("hint", now, words));
  switch (command.toUpperCase()) {
    case "CHATHISTORY":
      return denied(
        model,
        about.find((word) => model.streams.has(fold(word))),
        now,
      );
    case "REGISTER":
    case "VERIFY":
      return onRegisterRefused(model, message, now);
    case "PASSWD":
      return step({ ...model, login: undefined }, note("trouble", now, words));
    case "PRIVMSG":
    case "BATCH": {
      const after = refused(model, labelOf(model, message), undefined, words);
      return step(after.model, note("trouble", now, words), ...after.effects);
    }
    default:
      return step(model, note("trouble", now, words));
  }
}

/** A numeric for an error: in the server's words, with what it is about before them. */
export function onRefusal(model: Model, message: Message, now: number): Step {
  const words = message.params.at(-1) ?? "";
  const about = message.params.slice(1, -1);
  const target = about[0] ?? "";
  const key = fold(target);
  const trouble = note("trouble", now, naming(about, words));
  const label = labelOf(model, message);
  const isMessage = message.command === "404" || model.outbox.some((own) => own.id === label);
  if (NOT_OF_MESSAGES.test(message.command) && !model.awaited.has(key)) return step(model, trouble);
  if (isMessage || !model.awaited.has(key)) {
    const after = refused(model, label, target, words);
    return step(after.model, trouble, ...after.effects);
  }
  model.rooms.get(key)?.members.clear();
  const rooms = without(model.rooms, key);
  const current = model.current === key ? [...rooms.keys()].at(-1) : model.current;
  return step({ ...model, rooms, current, awaited: without(model.awaited, key) }, trouble);
}

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
