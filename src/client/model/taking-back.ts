import type { Message } from "../../wire/message.ts";
import { withoutMessage } from "./history.ts";
import { isReaction, type OwnMessage } from "./outbox.ts";
import { request } from "./requests.ts";
import { IN_NO_ROOM, isRoomName } from "./rooms.ts";
import { lastSaid, withoutSaid } from "./said.ts";
import { COMMANDS, runAtServer } from "./slash.ts";
import { currentName, type Model, note, type Step, same, senderOf, step, trouble } from "./state.ts";

/** Messages that are taken back: REDACT (IRCv3 draft/message-redaction), and `/undo`. */

const REDACTION = "draft/message-redaction";

/** REDACT: someone or we took a message or a reaction back. */
export function onRedact(model: Model, message: Message, at: number): Step {
  const [target = "", of = "", reason = ""] = message.params;
  const by = senderOf(message);
  const place = isRoomName(target) || !same(target, model.nick) ? target : by;
  const next = withoutSaid(withoutMessage(model, place, of), place, of);
  return step(next, { type: "annotate", annotation: { kind: "redacted", time: at, place, by, reason, of } });
}

/** Asks the server to delete a message in a room or a direct conversation. */
export function redact(model: Model, target: string, msgid: string, now = 0): Step {
  if (!model.caps.has(REDACTION)) return trouble(model, now, "On this server nothing can be taken back.");
  return request(model, ["REDACT", target, msgid]);
}

/** `/undo`: takes back our last message here. One that was never sent is only dropped. */
export function undo(model: Model, _words: string, now: number): Step {
  const place = currentName(model);
  if (place === undefined) return trouble(model, now, IN_NO_ROOM);
  const unconfirmed = model.outbox.findLast((own) => same(own.target, place) && !isReaction(own) && !own.isUndone);
  if (unconfirmed !== undefined) return undoUnconfirmed(model, unconfirmed, place, now);
  if (model.phase !== "here") return trouble(model, now, "Not connected: taking a message back needs a connection.");
  if (model.caps.has(COMMANDS) && model.serverCommands.has("undo")) return runAtServer(model, "/undo", undefined, now);
  const last = lastSaid(model, place);
  if (last === undefined) return trouble(model, now, "There is no message of yours here that could be taken back.");
  return redact(model, place, last.msgid, now);
}

function undoUnconfirmed(model: Model, own: OwnMessage, place: string, now: number): Step {
  const words = `“${excerpt(own.text)}”`;
  if (own.wasSent) {
    const outbox = model.outbox.map((each) => (each === own ? { ...own, isUndone: true as const } : each));
    const later = `The server may have ${words} already: it is taken back as soon as it is confirmed.`;
    return step({ ...model, outbox }, note("event", now, later, place));
  }
  const outbox = model.outbox.filter((each) => each !== own);
  return step({ ...model, outbox }, note("event", now, `Dropped, and nobody has seen it: ${words}`, place));
}

const EXCERPT = 60; // characters of a message in a sentence about it

/** The beginning of a message, for a sentence about it. */
export function excerpt(text: string): string {
  const line = text.replaceAll("\n", " ");
  return line.length <= EXCERPT ? line : `${line.slice(0, EXCERPT - 1).toWellFormed()}…`;
}
