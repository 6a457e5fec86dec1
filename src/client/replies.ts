import { fold } from "../text/fold.ts";
import type { Message } from "../wire/message.ts";
import { sourceOf } from "./people.ts";
import { type Model, note, type Step, step, withEntry, without } from "./state.ts";
import { unsaid } from "./talk.ts";

const TOPIC = 2000; // characters of a topic that are remembered

/** TOPIC: someone set or took away a room's topic. */
export function onTopic(model: Model, message: Message, now: number): Step {
  const [name = "", topic = ""] = message.params;
  const { nick } = sourceOf(message);
  const words = topic === "" ? `${nick} took the topic of ${name} away` : `${nick} set the topic of ${name}: ${topic}`;
  return step(withTopic(model, name, topic), note("event", now, words));
}

/** RPL_TOPIC. */
export function onTopicReply(model: Model, message: Message, now: number): Step {
  const [, name = "", topic = ""] = message.params;
  return step(withTopic(model, name, topic), note("event", now, `The topic of ${name}: ${topic}`));
}

/** RPL_NOTOPIC. */
export function onNoTopic(model: Model, message: Message, now: number): Step {
  const name = message.params[1] ?? "";
  return step(withTopic(model, name, ""), note("event", now, `${name} has no topic.`));
}

function withTopic(model: Model, name: string, topic: string): Model {
  const key = fold(name);
  const room = model.rooms.get(key);
  if (room === undefined) return model;
  return { ...model, rooms: withEntry(model.rooms, key, { ...room, topic: topic.slice(0, TOPIC) }) };
}

/** RPL_LIST: a room of the list that /rooms asked for. */
export function onList(model: Model, message: Message, now: number): Step {
  const [, name = "", count = "", topic = ""] = message.params;
  const people = count === "1" ? "1 person" : `${count} people`;
  return step(model, note("event", now, `${name}, ${people}${topic === "" ? "" : `: ${topic}`}`));
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

/** ERROR: the server's last words. */
export function onError(model: Model, message: Message): Step {
  return step(model, { type: "closing", why: message.params[0] ?? "" });
}

/** FAIL, WARN, NOTE (IRCv3 standard replies); a history that cannot be had is no trouble. */
export function onStandardReply(model: Model, message: Message, now: number): Step {
  const words = message.params.at(-1) ?? "";
  const trouble = message.command.toUpperCase() === "FAIL" && message.params[0] !== "CHATHISTORY";
  return step(model, note(trouble ? "trouble" : "hint", now, words));
}

/** A numeric for an error: in the server's words, with what it is about before them. */
export function onRefusal(model: Model, message: Message, now: number): Step {
  const words = message.params.at(-1) ?? "";
  const about = message.params.slice(1, -1);
  const target = about[0] ?? "";
  const key = fold(target);
  const refused = note("trouble", now, about.length === 0 ? words : `${about.join(" ")}: ${words}`);
  if (!model.awaited.has(key)) return step(unsaid(model, target), refused);
  const rooms = without(model.rooms, key);
  const current = model.current === key ? [...rooms.keys()].at(-1) : model.current;
  return step({ ...model, rooms, current, awaited: without(model.awaited, key) }, refused);
}
