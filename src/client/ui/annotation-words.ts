import { fold } from "../../text/fold.ts";
import { clockOf } from "../../text/time.ts";
import { excerpt } from "../model/annotations.ts";
import type { Annotation, Line, Talk } from "../model/state.ts";

const KEPT = 500; // messages that a reply, a reaction or a redaction can be explained by

/** Explains replies, reactions and redactions in words, for output that only appends lines: it keeps the last messages. */
export class AnnotationWords {
  readonly #messages = new Map<string, Pick<Talk, "nick" | "text" | "time">>();

  /** Notes a message that is shown, and returns it with the words about what it answers or corrects. */
  noted(line: Line): Line {
    if (!("nick" in line)) return line;
    const shown = { ...line, text: `${this.#beginningOf(line)}${line.text}` };
    if (line.msgid !== undefined) {
      const [oldest] = this.#messages.keys();
      if (this.#messages.size >= KEPT && oldest !== undefined) this.#messages.delete(oldest);
      this.#messages.set(line.msgid, { nick: line.nick, text: line.text, time: line.time });
    }
    return shown;
  }

  /** Tells a reaction or a redaction, without a full stop. */
  of(annotation: Annotation): string {
    const message = this.#messages.get(annotation.of);
    if (annotation.kind === "redacted") {
      const { by, reason, place } = annotation;
      this.#messages.delete(annotation.of);
      return `${by} took back ${named(message, by, place)}${reason === "" ? "" : `: ${reason}`}`;
    }
    const { nick, text, kind } = annotation;
    const what = message === undefined ? "an earlier message" : `${message.nick}: “${excerpt(message.text)}”`;
    return kind === "reacted" ? `${nick} reacted with ${text} to ${what}` : `${nick} took back ${text} from ${what}`;
  }

  #beginningOf({ replyTo, corrects }: Talk): string {
    if (replyTo === undefined) return "";
    if (corrects) return "(corrected) ";
    const message = this.#messages.get(replyTo);
    return message === undefined ? "(to an earlier message) " : `(to ${message.nick}: “${excerpt(message.text)}”) `;
  }
}

/** A message that was taken back, by its author and its time: its text is not repeated. */
function named(message: Pick<Talk, "nick" | "time"> | undefined, by: string, place: string): string {
  if (message === undefined) return `a message in ${place}`;
  const whose = fold(message.nick) === fold(by) ? "a message" : `${message.nick}'s message`;
  return `${whose} of ${clockOf(message.time)}`;
}
