import { emojiForm } from "../../text/emoji.ts";
import { showLine } from "../../text/filter.ts";
import { fold } from "../../text/fold.ts";
import { isPast, MSGID, onTalk, withLine, withoutMessage, withUnshown } from "./history.ts";
import {
  CORRECTS_TAG,
  confirmedBy,
  ID_TAG,
  isReaction,
  lastSaid,
  type MessageReference,
  type OwnMessage,
  queue,
  REACT_TAG,
  REPLY_TAG,
  say,
  stored,
  UNREACT_TAG,
  withoutSaid,
} from "./outbox.ts";
import { request } from "./requests.ts";
import { IN_NO_ROOM, isRoomName, roomOf } from "./rooms.ts";
import { accountOf, type ServerMessage, type ServerTags, senderOf } from "./server-message.ts";
import {
  andThen,
  currentName,
  isOurAccount,
  type Model,
  note,
  type Reaction,
  type Step,
  same,
  step,
  type Talk,
  trouble,
} from "./state.ts";
import { mayTag, onTyping, TYPING_TAG } from "./typists.ts";

/**
 * Changes to messages that were already sent: reactions, by TAGMSG (IRCv3 draft/react and draft/reply); corrections,
 * `s/old/new/`, each sent as a reply that has the whole new text, so that other programs show it as a reply; and
 * deletions, by REDACT (IRCv3 draft/message-redaction) and `/undo`.
 */

/** The longest reaction, in characters. */
const REACTION = 64;

/** The msgid that a message replies to, from the draft tag or from `+reply`, its final name. */
function replyOf(tags: ServerTags): string | undefined {
  const msgid = tags.get(REPLY_TAG) ?? tags.get("+reply");
  return msgid === undefined || msgid === "" || msgid.length > MSGID ? undefined : msgid;
}

/** The message that a message replies to, or corrects. */
export function referenceIn(tags: ServerTags): MessageReference {
  const replyTo = replyOf(tags);
  if (replyTo === undefined) return {};
  return tags.has(CORRECTS_TAG) ? { replyTo, corrects: true } : { replyTo };
}

/** Reads a reaction from a message's tags; `undefined` if they have none. */
export function reactionIn(tags: ServerTags): Pick<Reaction, "kind" | "text" | "of"> | undefined {
  const of = replyOf(tags);
  const added = tags.get(REACT_TAG) ?? tags.get("+react");
  const text = shown(added ?? tags.get(UNREACT_TAG) ?? tags.get("+unreact") ?? "");
  if (of === undefined || text === "") return undefined;
  return { kind: added === undefined ? "unreacted" : "reacted", text, of };
}

/** TAGMSG: a reaction, or a typing notification. */
export function onTagmsg(model: Model, message: ServerMessage, at: number, now: number): Step {
  const typing = message.tags.get(TYPING_TAG);
  const isHistory = isPast(model, message);
  if (typing !== undefined && !isHistory) return step(onTyping(model, message, typing, now));
  const reaction = reactionOf(model, message, at, isHistory);
  if (reaction === undefined) return step(isHistory ? withUnshown(model, message, at) : model);
  const own = reaction.own ? ownReaction(model, message, reaction, isHistory) : undefined;
  const shown = isHistory ? step(withLine(model, message, reaction)) : onTalk(model, reaction);
  return own === undefined
    ? shown
    : andThen(shown, (next) => stored(next, own, reaction.msgid === undefined ? "echo" : "msgid"));
}

/** Our unconfirmed reaction that this message confirms; in history, only its id identifies it. */
function ownReaction(
  model: Model,
  message: ServerMessage,
  { text }: Reaction,
  isHistory: boolean,
): OwnMessage | undefined {
  if (!isHistory) return confirmedBy(model, message, message.params[0] ?? "", text);
  const id = message.tags.get(ID_TAG);
  return id === undefined ? undefined : model.outbox.find((own) => own.id === id);
}

/** The reaction of a TAGMSG in a room of ours or a direct conversation; `undefined` if it is none. */
function reactionOf(model: Model, message: ServerMessage, time: number, isHistory: boolean): Reaction | undefined {
  const { tags, params } = message;
  const [target = ""] = params;
  const reaction = reactionIn(tags);
  if (!reaction || (isRoomName(target) && !model.rooms.has(fold(target)))) return undefined;
  const nick = senderOf(message);
  const account = accountOf(message);
  const isOurs = same(nick, model.nick);
  return {
    ...reaction,
    time,
    room: roomOf(model, target),
    nick,
    to: isOurs && !same(target, model.nick) ? target : undefined,
    msgid: tags.get("msgid"),
    account,
    replayed: isHistory,
    // In history, another person may have had our nick.
    own:
      isOurAccount(model, account) ||
      (isOurs && (!isHistory || (account === undefined && model.account === undefined))),
  };
}

function shown(text: string): string {
  return emojiForm(showLine(text).trim().slice(0, REACTION).toWellFormed());
}

/** Reacts to a message in a room or to a partner, or takes the reaction back. */
export function react(
  model: Model,
  target: string,
  { kind, of, text }: Pick<Reaction, "kind" | "of" | "text">,
  now: number,
): Step {
  if (!mayTag(model, REACT_TAG) && model.phase === "here")
    return trouble(model, now, "This server does not pass reactions on: write an answer instead.");
  const emoji = shown(text);
  if (emoji === "") return step(model);
  return queue(model, [{ target, kind, text: emoji, replyTo: of, time: now, state: "waiting", why: "" }], now);
}

/** A typed correction. */
interface Correction {
  readonly from: string;
  readonly to: string;
  /** With `g`: replaces every occurrence, not only the first. */
  readonly everywhere: boolean;
  /** The line ends with a slash, so it cannot be ordinary text. */
  readonly isComplete: boolean;
}

const CORRECTION = /^s\/((?:[^/\\]|\\.)+)\/((?:[^/\\]|\\.)*)(\/(g?))?$/s;

const AS_IT_IS = "Put a space before it to send it unchanged.";

/** `s/old/`, without its new text. */
const HALF = /^s\/((?:[^/\\]|\\.)+)\/$/s;

/** Parses a typed line as a correction; `undefined` if it is not one. `\/` stands for a slash. */
export function correctionIn(line: string): Correction | undefined {
  const [, from = "", to = "", end, flag] = CORRECTION.exec(line) ?? [];
  if (from === "" || HALF.test(line)) return undefined;
  return { from: unescaped(from), to: unescaped(to), everywhere: flag === "g", isComplete: end !== undefined };
}

function unescaped(text: string): string {
  return text.replace(/\\([/\\])/g, "$1");
}

/**
 * Corrects our last message in a room or to a partner. Returns `undefined` if the line is an ordinary message: it does
 * not end with a slash, and our last message does not contain the old text.
 */
export function correct(model: Model, place: string, line: string, now: number): Step | undefined {
  const half = HALF.exec(line)?.[1];
  if (half !== undefined)
    return trouble(
      model,
      now,
      `Not said: the new text is missing: s/${half}/new/ corrects, s/${half}// removes. ${AS_IT_IS}`,
    );
  const correction = correctionIn(line);
  if (correction === undefined) return undefined;
  const { from, to, everywhere, isComplete } = correction;
  const at = model.outbox.findLastIndex((own) => same(own.target, place) && !isReaction(own));
  const queued = model.outbox[at];
  const said = queued === undefined ? lastSaid(model, place) : undefined;
  const last = queued?.becomes === undefined ? (queued ?? said) : { ...queued, text: queued.becomes };
  if (!last?.text.includes(from)) {
    if (!isComplete) return undefined;
    const why =
      last === undefined
        ? "you have said nothing here that it could correct"
        : `“${excerpt(from)}” is not in your last message`;
    return trouble(model, now, `Not said: ${why}. ${AS_IT_IS}`);
  }
  const text = everywhere ? last.text.replaceAll(from, () => to) : last.text.replace(from, () => to);
  if (text.trim() === "")
    return trouble(model, now, "Not said: nothing would be left. /undo takes your last message back.");
  if (queued === undefined)
    return said && say(model, place, text, said.kind, now, { replyTo: said.msgid, corrects: true });
  // The server may have a message that was sent: its correction waits until that is known.
  const corrected = queued.wasSent ? { ...queued, becomes: text } : { ...queued, text };
  return step({ ...model, outbox: model.outbox.with(at, corrected) });
}

/** Sends the correction of a message that the user corrected before the server confirmed it. */
export function sayCorrection(
  model: Model,
  { target, kind, becomes }: OwnMessage,
  msgid: string | undefined,
  now: number,
): Step {
  if (becomes === undefined || kind === "reacted" || kind === "unreacted") return step(model);
  if (msgid !== undefined) return say(model, target, becomes, kind, now, { replyTo: msgid, corrects: true });
  return trouble(model, now, "Not corrected: this server gives its messages no ids.");
}

const REDACTION = "draft/message-redaction";

/** REDACT: a message or a reaction was deleted, by us or by someone else. */
export function onRedact(model: Model, message: ServerMessage, at: number): Step {
  const [target = "", of = "", reason = ""] = message.params;
  const by = senderOf(message);
  const place = isRoomName(target) || !same(target, model.nick) ? target : by;
  const next = withoutSaid(withoutMessage(model, place, of), place, of);
  return step(next, { type: "annotate", annotation: { kind: "redacted", time: at, place, by, reason, of } });
}

const VOICE = "+";

/** Whether we may delete a message: our own, and in rooms that we moderate, anyone's. */
export function mayTakeBack(model: Model, place: string, { own }: Pick<Talk, "own">): boolean {
  if (!model.caps.has(REDACTION)) return false;
  if (own) return true;
  const room = model.rooms.get(fold(place));
  const marks = room?.members.marksOf(fold(model.nick)) ?? "";
  return room !== undefined && (model.isServerOperator || marks.replaceAll(VOICE, "") !== "");
}

/** Asks the server to delete a message in a room or a direct conversation. */
export function redact(model: Model, target: string, msgid: string, now: number): Step {
  if (!model.caps.has(REDACTION)) return trouble(model, now, "On this server nothing can be taken back.");
  return request(model, ["REDACT", target, msgid]);
}

/** `/undo` on servers without slash commands: takes back our last message here, or to a nick. */
export function undo(model: Model, words: string, now: number): Step {
  const place = placeOf(model, words);
  if (place === undefined) return trouble(model, now, IN_NO_ROOM);
  const last = lastSaid(model, place);
  if (last !== undefined) return redact(model, place, last.msgid, now);
  return trouble(model, now, "There is no message of yours here that could be taken back.");
}

/**
 * Takes back our last message that the server has not confirmed, here or to a nick; `undefined` if there is none. One
 * that was never sent is only dropped; another is redacted as soon as it is confirmed.
 */
export function undoUnconfirmed(model: Model, words: string, now: number): Step | undefined {
  const place = placeOf(model, words);
  const own = model.outbox.findLast(
    (each) => place !== undefined && same(each.target, place) && !isReaction(each) && !each.isUndone,
  );
  if (own === undefined || place === undefined) return undefined;
  if (own.wasSent) {
    const outbox = model.outbox.map((each) => (each === own ? { ...own, isUndone: true as const } : each));
    const later = "The server may have your last message already: it is taken back as soon as it is confirmed.";
    return step({ ...model, outbox }, note("event", now, later, place));
  }
  const outbox = model.outbox.filter((each) => each !== own);
  return step({ ...model, outbox }, note("event", now, "Your last message is dropped; nobody has seen it.", place));
}

/** The nick of the first word, or the room or partner on the screen. */
function placeOf(model: Model, words: string): string | undefined {
  const [nick = ""] = words.split(/\s/);
  return nick === "" ? currentName(model) : nick;
}

const EXCERPT = 60; // characters of a message in a sentence about it

/** The beginning of a message, for a sentence about it. */
export function excerpt(text: string): string {
  const line = text.replaceAll("\n", " ");
  return line.length <= EXCERPT ? line : `${line.slice(0, EXCERPT - 1).toWellFormed()}…`;
}
