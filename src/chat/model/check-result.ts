import type { Remembered } from "../store.ts";
import type { NewEvent } from "./event.ts";
import type { Refusal } from "./refusal.ts";

/**
 * The result of checking an act: events, refusals, both, or nothing (a second JOIN of a room). All consequences of
 * the act are among the events.
 */
export interface CheckResult {
  /** In their order. Each is applied before the next is drawn, so a consequence sees what the event before has changed. */
  readonly events?: Iterable<NewEvent>;
  /** It was said before: the original is told once more, to the one who asked alone. */
  readonly again?: Remembered;
  /** Read once all events are drawn. */
  readonly refusals?: readonly Refusal[];
}

/** The act is without effect, and that is no one's fault. */
export const NOTHING: CheckResult = {};

export function happens(...events: readonly NewEvent[]): CheckResult {
  return { events };
}

export function refused(refusal: Refusal): CheckResult {
  return { refusals: [refusal] };
}
