import type { EventOf } from "../chat/model/event.ts";
import { type AnswerLine, recall, type View } from "../commands/history.ts";

/** What was said to an account while nobody heard it, as lines for the one who has come back. */
export function* missedLines(
  { missed, isMore }: EventOf<"caught-up">,
  view: View,
  now: number,
): Generator<AnswerLine, void, undefined> {
  const lines = [...recall(missed, view, now)];
  if (lines.length === 0) return;
  yield "While you were not here:";
  yield* lines;
  yield isMore ? "That was the latest of what you missed; /search finds the rest." : "That was all you missed.";
}
