import { isReaction, type OwnMessage, say } from "./outbox.ts";
import { lastSaid } from "./said.ts";
import { type Model, type Step, same, step, trouble } from "./state.ts";
import { excerpt } from "./taking-back.ts";

/**
 * `s/old/new/`: corrects our last message. The correction is a message of its own, with the whole text, that replies to
 * the old one: other programs show it as a reply.
 */

/** A typed correction. */
interface Correction {
  readonly from: string;
  readonly to: string;
  /** With `g`: everywhere in the message, and not just once. */
  readonly everywhere: boolean;
  /** It ends with a slash, so it can be nothing else. */
  readonly isComplete: boolean;
}

const CORRECTION = /^s\/((?:[^/\\]|\\.)+)\/((?:[^/\\]|\\.)*)(\/(g?))?$/s;

const AS_IT_IS = "With a blank before it, it is said as it is.";

/** `s/old/`, without its new text. */
const HALF = /^s\/((?:[^/\\]|\\.)+)\/$/s;

/** The correction that a line is; `undefined` if it is none. `\/` stands for a slash. */
export function correctionIn(line: string): Correction | undefined {
  const [, from = "", to = "", end, flag] = CORRECTION.exec(line) ?? [];
  if (from === "" || HALF.test(line)) return undefined;
  return { from: unescaped(from), to: unescaped(to), everywhere: flag === "g", isComplete: end !== undefined };
}

function unescaped(text: string): string {
  return text.replace(/\\([/\\])/g, "$1");
}

/**
 * Corrects our last message in a room or to a partner; `undefined` if the line is to be said as it is: one without a
 * slash at its end whose old text is not in that message.
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

/** The server has a message of ours that was corrected meanwhile: says the correction. */
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
