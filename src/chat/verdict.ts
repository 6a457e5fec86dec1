import type { Happening } from "./event.ts";
import type { Refusal } from "./refusal.ts";
import type { Remembered } from "./store.ts";

/** What checking an act comes to: an event, refusals, both, or nothing at all (one who joins twice). */
export interface Verdict {
  readonly event?: Happening;
  /** It was said before: the original is told once more, to the one who asked alone. */
  readonly again?: Remembered;
  readonly refusals?: readonly Refusal[];
}

/** The act is without effect, and that is no one's fault. */
export const NOTHING: Verdict = {};

export function happens(event: Happening): Verdict {
  return { event };
}

export function refused(refusal: Refusal): Verdict {
  return { refusals: [refusal] };
}
