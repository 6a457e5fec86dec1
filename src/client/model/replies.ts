import { fold } from "../../text/fold.ts";
import type { Message } from "../../wire/message.ts";
import { onRegisterRefused } from "./accounts.ts";
import { denied } from "./history.ts";
import { refused } from "./outbox.ts";
import { sourceOf } from "./people.ts";
import { labelOf } from "./requests.ts";
import { onSlash } from "./served.ts";
import { type Model, naming, note, type Step, step, withEntry, without } from "./state.ts";

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
