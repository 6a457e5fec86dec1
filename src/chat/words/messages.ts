import { clockOf, dayOf, lengthOf } from "../../text/time.ts";
import type { EventOf, HookSet, QuotedReaction } from "../model/event.ts";
import type { TokenRecord } from "../model/token.ts";

// The sentences about messages, the same in every face; without a full stop.

/** Tells a newcomer that history is kept; `undefined` if it is not. `kept` is as `Chat.keptIn` answers it. */
export function keptWords(room: string, kept: number | undefined): string | undefined {
  if (kept === 0) return undefined;
  return `What is said in ${room} is kept${kept === undefined ? "" : ` for ${lengthOf(kept)}`}: whoever joins can read it`;
}

/**
 * Tells of a redaction, after a nick: `took back a message of 08:46`; `undefined` if people were not shown the message. It never
 * repeats the text: terminals and log files keep what they are told. `where` is the room with a preposition and a blank before it,
 * or "".
 */
export function redactedWords(event: EventOf<"redacted">, where = ""): string | undefined {
  const { from, isOwn, subject, reason, time } = event;
  if (!subject) return undefined;
  const { what, at } = subject;
  const whose = isOwn ? `a ${what}` : `${from.nick}'s ${what}`;
  const day = dayOf(at) === dayOf(time) ? "" : `${dayOf(at)} `;
  return `took back ${whose} of ${day}${clockOf(at)}${where}${reason === "" ? "" : ` (${reason})`}`;
}

/** Tells of a reaction, after a nick: `reacted 👍 to ann: hello wor…`. */
export function reactionWords({ emoji, isOn, to, text }: QuotedReaction, where = ""): string {
  const reacted = isOn ? `reacted ${emoji}` : `took back ${emoji}`;
  return text === "" ? `${reacted} to a message of ${to.nick}${where}` : `${reacted} to ${to.nick}${where}: ${text}`;
}

/** Tells a room that what is said there is posted elsewhere from now on, or no more. */
export function hookSetWords({ by, room, host, word, on }: HookSet): string {
  const what = word === undefined ? `all that is said in ${room}` : `what is said in ${room} after ${word}`;
  return on
    ? `${by.nick} made an outgoing webhook: ${what} goes to ${host} from now on`
    : `${by.nick} ended the outgoing webhook to ${host}`;
}

/** Tells a newcomer where what is said in a room is posted to. */
export function hooksWords(room: string, hooks: readonly TokenRecord[]): string {
  const targets = hooks.map(({ name, out }) => (out?.word === undefined ? `all to ${name}` : `${out.word} to ${name}`));
  return `What is said in ${room} goes out by webhooks: ${targets.join(", ")}`;
}
