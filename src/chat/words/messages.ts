import { lengthOf } from "../../text/time.ts";
import type { EventOf, QuotedReaction } from "../model/event.ts";

// The sentences about messages, the same in every face; without a full stop.

/** Tells a newcomer that history is kept; `undefined` if it is not. `kept` is as `Chat.keptIn` answers it. */
export function keptWords(room: string, kept: number | undefined): string | undefined {
  if (kept === 0) return undefined;
  return `What is said in ${room} is kept${kept === undefined ? "" : ` for ${lengthOf(kept)}`}: whoever joins can read it`;
}

/**
 * Tells of a redaction, after a nick: `took back: hello wor…`; `undefined` if people were not shown the message. `where` is the room
 * with a preposition and a blank before it, or "".
 */
export function redactedWords(event: EventOf<"redacted">, where = ""): string | undefined {
  const { from, isOwn, excerpt, reason } = event;
  if (!excerpt) return undefined;
  const whose = isOwn ? "" : ` of ${from.nick}`;
  const why = reason === "" ? "" : ` (${reason})`;
  if ("emoji" in excerpt) return `took back ${excerpt.emoji}${whose}${where}${why}`;
  if (excerpt.text === "") return `took back a message${whose}${where}${why}`;
  return `took back${isOwn ? "" : " a message"}${whose}${where}: ${excerpt.text}${why}`;
}

/** Tells of a reaction, after a nick: `reacted 👍 to ann: hello wor…`. */
export function reactionWords({ emoji, isOn, to, text }: QuotedReaction, where = ""): string {
  const reacted = isOn ? `reacted ${emoji}` : `took back ${emoji}`;
  return text === "" ? `${reacted} to a message of ${to.nick}${where}` : `${reacted} to ${to.nick}${where}: ${text}`;
}
