import { fold, mentions } from "../../text/fold.ts";
import { localTimes } from "../../text/time.ts";
import { redact, referenceIn, sayCorrection } from "./annotations.ts";
import { batchOf, isPast, onTalk, placeOf, SEARCH, withLine } from "./history.ts";
import { ACTION, confirmedBy, ID_TAG, type OwnMessage, stored, withPartner } from "./outbox.ts";
import { isRoomName, roomOf } from "./rooms.ts";
import { isService } from "./secrets.ts";
import { accountOf, type ServerMessage, senderOf } from "./server-message.ts";
import {
  andThen,
  type Effect,
  isOurAccount,
  type Model,
  note,
  type Step,
  same,
  send,
  step,
  type Talk,
} from "./state.ts";
import { withoutTypist } from "./typists.ts";

/** PRIVMSG and NOTICE: what others say, and the echoes that confirm our own messages. */

const REPLAY_AGE = 60_000; // ms of age from which a message outside of a batch counts as replayed

/** PRIVMSG: someone spoke in a room or to us; with echo-message, perhaps we did. */
export function onPrivmsg(model: Model, message: ServerMessage, at: number, now: number): Step {
  const text = message.params[1] ?? "";
  if (text.startsWith(ACTION))
    return onSpoken(model, message, "acted", text.slice(ACTION.length).replace(/\x01$/, ""), at, now);
  if (text.startsWith("\x01")) return onCtcp(model, message, text, now);
  return onSpoken(model, message, "said", text, at, now);
}

const CTCP_GAP = 2000; // ms between two answers, so that nobody can make the client flood the server
const PING = 100; // characters of a CTCP PING that are sent back

/**
 * A CTCP request (Modern IRC, "CTCP"): answers VERSION and PING by NOTICE. Requests to a room are not answered: every
 * device of ours would answer, which would reveal how many we have.
 */
function onCtcp(model: Model, message: ServerMessage, text: string, now: number): Step {
  const nick = senderOf(message);
  const { program, interactive } = model.identity;
  const isToRoom = isRoomName(message.params[0] ?? "");
  const isOurs = same(nick, model.nick) || isPast(model, message) || model.ignored.has(fold(nick));
  if (!interactive || isOurs || isToRoom || now - model.ctcpAnswered < CTCP_GAP) return step(model);
  const [, question = "", words = ""] = /^\x01(\w+)(?: ([^\x01]*))?/.exec(text) ?? [];
  const answer = (line: string): Step => step({ ...model, ctcpAnswered: now }, send("NOTICE", nick, `\x01${line}\x01`));
  switch (question.toUpperCase()) {
    case "VERSION":
      return program === undefined ? step(model) : answer(`VERSION ${program}`);
    case "PING":
      return answer(`PING ${words.slice(0, PING)}`.trimEnd());
    default:
      return step(model);
  }
}

/**
 * NOTICE: a message of a program. A notice from a server is shown as a note, in its room or else in the current one.
 * Before registration is complete, every notice is shown as a hint.
 */
export function onNotice(model: Model, message: ServerMessage, at: number, now: number): Step {
  const [target = "", text = ""] = message.params;
  if (text.startsWith("\x01")) return step(model);
  const nick = senderOf(message);
  const fromServer = nick === "" || nick.includes(".") || model.phase !== "here";
  if (isService(nick) && same(target, model.nick)) return step(model, note("event", at, `${nick}: ${text}`));
  const room = model.rooms.get(fold(target))?.name;
  if (fromServer && room !== undefined) return step(model, note("event", at, localTimes(text), room));
  if (fromServer) return step(model, note(model.phase === "here" ? "event" : "hint", at, localTimes(text)));
  return onSpoken(model, message, "noticed", text, at, now);
}

function onSpoken(
  model: Model,
  message: ServerMessage,
  kind: Talk["kind"],
  text: string,
  at: number,
  now: number,
): Step {
  const target = message.params[0] ?? "";
  const nick = senderOf(message);
  const isOwn = same(nick, model.nick);
  const inHistory = isPast(model, message);
  const own = isOwn ? ownMessage(model, message, target, text, inHistory) : undefined;
  if (isOwn && isService(target)) return step(model);
  // A message in a room that we are not in is ignored, unless it is the echo of our own.
  if (own === undefined && isRoomName(target) && !model.rooms.has(fold(target))) return step(model);
  const account = accountOf(message);
  const isOwnAccount = isOurAccount(model, account);
  const line: Talk = {
    kind,
    time: at,
    room: roomOf(model, target),
    nick,
    // In history, another person may have had our nick.
    displayName: isOwn || inHistory ? undefined : model.profiles.nameOf(nick),
    colour: inHistory ? undefined : model.profiles.colourOf(nick),
    to: isOwn && (own !== undefined || !same(target, model.nick)) ? target : undefined,
    text,
    msgid: message.tags.get("msgid"),
    account,
    mention: !isOwn && mentions(text, model.nick),
    replayed: inHistory || now - at > REPLAY_AGE,
    ...(own === undefined ? {} : { sentHere: true as const }),
    ...(message.tags.has("bot") ? { isBot: true as const } : {}),
    ...(own !== undefined || isOwnAccount || (isOwn && !inHistory) ? { own: true } : {}),
    ...(isOwn || isOwnAccount ? { byUs: true } : {}),
    ...referenceIn(message.tags),
  };
  const isFound = batchOf(model, message)?.type === SEARCH;
  const known = line.room === undefined && !isFound ? withPartner(model, line.to ?? line.nick) : model;
  const next = inHistory ? known : withoutTypist(known, placeOf(line, model.nick), nick);
  const shown = inHistory ? step(withLine(next, message, line)) : onTalk(next, line);
  return own === undefined ? shown : andThen(shown, (model) => confirmed(model, own, line.msgid, now));
}

/** The server has a message of ours: sends the deletion or correction that the user has asked for meanwhile. */
function confirmed(model: Model, own: OwnMessage, msgid: string | undefined, now: number): Step {
  return andThen(stored(model, own, msgid === undefined ? "echo" : "msgid"), (next) => {
    if (!own.isUndone) return sayCorrection(next, own, msgid, now);
    return msgid === undefined ? step(next) : redact(next, own.target, msgid, now);
  });
}

/**
 * The unconfirmed message of ours that this message is; in history, by its id, or by its text where ids are unknown.
 */
function ownMessage(
  model: Model,
  message: ServerMessage,
  target: string,
  text: string,
  inHistory: boolean,
): OwnMessage | undefined {
  if (!inHistory) return model.caps.has("echo-message") ? confirmedBy(model, message, target, text) : undefined;
  const id = message.tags.get(ID_TAG);
  if (id !== undefined) return model.outbox.find((own) => own.id === id);
  if (model.deduplicates) return undefined;
  return model.outbox.find((own) => own.state !== "waiting" && same(own.target, target) && own.text === text);
}

/** PONG: without echo-message, the PING after a message confirms it; any other token is passed on. */
export function onPong(model: Model, message: ServerMessage, now: number): Step {
  const token = message.params.at(-1) ?? "";
  if (!token.startsWith("said-")) return step(model, { type: "pong", token });
  const own = model.outbox.find((each) => each.id === token.slice(5));
  if (own === undefined || own.state !== "sending") return step(model);
  return andThen(step(model, shownOf(model, own, now)), (next) =>
    andThen(stored(next, own, "pong"), (last) => sayCorrection(last, own, undefined, now)),
  );
}

/** The effect that shows a message or a reaction of ours which the server does not echo. */
function shownOf(model: Model, own: OwnMessage, time: number): Effect {
  const room = roomOf(model, own.target);
  const { kind, target, text, replyTo } = own;
  const nobody = {
    msgid: undefined,
    account: undefined,
    replayed: false,
    own: true,
    byUs: true,
    sentHere: true,
  } as const;
  const line = { time, room, nick: model.nick, to: room === undefined ? target : undefined, text, ...nobody };
  if (kind === "reacted" || kind === "unreacted")
    return { type: "annotate", annotation: { ...line, kind, of: replyTo ?? "" } };
  return { type: "show", line: { ...line, kind, mention: false, ...(replyTo === undefined ? {} : { replyTo }) } };
}
