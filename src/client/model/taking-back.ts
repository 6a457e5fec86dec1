import { fold } from "../../text/fold.ts";
import { withoutMessage } from "./history.ts";
import { isReaction } from "./outbox.ts";
import { request } from "./requests.ts";
import { IN_NO_ROOM, isRoomName } from "./rooms.ts";
import { lastSaid, withoutSaid } from "./said.ts";
import type { ServerMessage } from "./server-message.ts";
import { currentName, type Model, note, type Step, same, senderOf, step, type Talk, trouble } from "./state.ts";

/** Messages that are taken back: REDACT (IRCv3 draft/message-redaction), and `/undo`. */

const REDACTION = "draft/message-redaction";

/** REDACT: someone or we took a message or a reaction back. */
export function onRedact(model: Model, message: ServerMessage, at: number): Step {
  const [target = "", of = "", reason = ""] = message.params;
  const by = senderOf(message);
  const place = isRoomName(target) || !same(target, model.nick) ? target : by;
  const next = withoutSaid(withoutMessage(model, place, of), place, of);
  return step(next, { type: "annotate", annotation: { kind: "redacted", time: at, place, by, reason, of } });
}

const VOICE = "+";

/** Whether we may take a message of a room or conversation back: our own, and others' where we moderate. */
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
