import { showLine } from "../text/filter.ts";
import { fold } from "../text/fold.ts";
import { splitLine } from "../text/split.ts";
import { LINE } from "../wire/limits.ts";
import type { Message } from "../wire/message.ts";
import { sourceOf } from "./people.ts";
import {
  type Effect,
  type Model,
  note,
  type Pending,
  type Step,
  same,
  send,
  step,
  type Talk,
  withEntry,
} from "./state.ts";

const RECENT = 100; // msgids that are remembered of a room
const MSGID = 200; // characters of a msgid; a longer one is not remembered

/** The longest `nick!user@host` that we reckon with until we have seen our own: nick + 10 + 63 (RFC 1459, 2.3.1). */
const MASK_REST = 75;

const ACTION = "\x01ACTION ";

/** PRIVMSG: someone spoke, in a room or to us; with echo-message, perhaps we did. */
export function onPrivmsg(model: Model, message: Message, now: number): Step {
  const text = message.params[1] ?? "";
  if (text.startsWith(ACTION))
    return heard(model, message, "acted", text.slice(ACTION.length).replace(/\x01$/, ""), now);
  // Other CTCP is a question of one program to another (Modern IRC, "CTCP"); ours has nothing to tell.
  if (text.startsWith("\x01")) return step(model);
  return heard(model, message, "said", text, now);
}

/** NOTICE: what a program says. From a server, and before we are let in, it is a hint. */
export function onNotice(model: Model, message: Message, now: number): Step {
  const [target = "", text = ""] = message.params;
  if (text.startsWith("\x01")) return step(model);
  const { nick } = sourceOf(message);
  const fromServer = nick === "" || nick.includes(".") || model.phase !== "here";
  if (fromServer && !model.rooms.has(fold(target))) return step(model, note("hint", now, text));
  return heard(model, message, "noticed", text, now);
}

function heard(model: Model, message: Message, kind: Talk["kind"], text: string, now: number): Step {
  const target = message.params[0] ?? "";
  const { nick } = sourceOf(message);
  const own = same(nick, model.nick);
  const confirmed = own && model.caps.has("echo-message") ? confirm(model, target, text) : model;
  const key = fold(target);
  const room = confirmed.rooms.get(key);
  const msgid = message.tags.get("msgid");
  if (room !== undefined && msgid !== undefined && room.recent.includes(msgid)) return step(confirmed);
  const line: Talk = {
    kind,
    time: now,
    room: room?.name ?? (/^[#&]/.test(target) ? target : undefined),
    nick,
    to: own && (confirmed !== model || !same(target, model.nick)) ? target : undefined,
    text,
    msgid,
    mention: !own && mentions(text, model.nick),
  };
  const show: Effect = { type: "show", line };
  if (room === undefined || msgid === undefined || msgid.length > MSGID) return step(confirmed, show);
  const next = { ...room, recent: [...room.recent.slice(1 - RECENT), msgid] };
  return step({ ...confirmed, rooms: withEntry(confirmed.rooms, key, next) }, show);
}

function mentions(text: string, nick: string): boolean {
  const at = text.toLowerCase().indexOf(nick.toLowerCase());
  if (at < 0) return false;
  return !/[\w-]/.test(text.charAt(at - 1)) && !/[\w-]/.test(text.charAt(at + nick.length));
}

/** A message of ours has come back: the server has it. A line of ours from the past has another text. */
function confirm(model: Model, target: string, text: string): Model {
  return drop(model, (pending) => same(pending.target, target) && pending.text === text);
}

/** The oldest message of ours to this target was refused. */
export function unsaid(model: Model, target: string): Model {
  return drop(model, (pending) => same(pending.target, target));
}

function drop(model: Model, which: (pending: Pending) => boolean): Model {
  const first = model.pending.findIndex(which);
  return first < 0 ? model : { ...model, pending: model.pending.toSpliced(first, 1) };
}

/** PONG: answers the ping behind a message, where there is no echo; another is passed on. */
export function onPong(model: Model, message: Message): Step {
  const token = message.params.at(-1) ?? "";
  const sent = /^said-(\d{1,9})$/.exec(token)?.[1];
  if (sent === undefined) return step(model, { type: "pong", token });
  return step({ ...model, pending: model.pending.filter((pending) => pending.id > Number(sent)) });
}

/** Says a line to a room or a nick, in as many messages as it takes. */
export function say(model: Model, target: string, text: string, kind: "said" | "acted", now: number): Step {
  const clean = showLine(text);
  if (clean === "") return step(model);
  let next = model;
  const effects: Effect[] = [];
  for (const piece of splitLine(clean, limitOf(model, target) - (kind === "acted" ? ACTION.length + 1 : 0))) {
    const one = sayPiece(next, target, piece, kind, now);
    next = one.model;
    effects.push(...one.effects);
  }
  return step(next, ...effects);
}

function sayPiece(model: Model, target: string, text: string, kind: "said" | "acted", now: number): Step {
  const id = model.sent + 1;
  const pending: Pending = { id, target, text };
  const next = { ...model, sent: id, pending: [...model.pending, pending] };
  const command = send("PRIVMSG", target, kind === "acted" ? `${ACTION}${text}\x01` : text);
  if (model.caps.has("echo-message")) return step(next, command);
  const room = model.rooms.get(fold(target))?.name;
  const line: Talk = { kind, time: now, room, nick: model.nick, to: target, text, msgid: undefined, mention: false };
  return step(next, command, send("PING", `said-${id}`), { type: "show", line });
}

/** Bytes of text that fit one message as it is passed on, with our mask before it. */
function limitOf(model: Model, target: string): number {
  const mask = model.mask === undefined ? model.nick.length + MASK_REST : Buffer.byteLength(model.mask);
  return Math.max(100, LINE - 2 - 1 - mask - " PRIVMSG ".length - Buffer.byteLength(target) - " :".length);
}
