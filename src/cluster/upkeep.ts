/**
 * The work that one node does for all: it trims the log, and finds what history is too old. It is the first of the living
 * nodes by name, so that another takes over when it dies.
 */

import type { Chat } from "../chat/chat.ts";
import type { Deletion } from "../chat/store.ts";
import type { NodeState } from "./membership.ts";

const KEPT_TIME = 3_600_000; // ms of the log that are kept for a node that was away
const KEPT_BYTES = 256 * 1024 * 1024; // at most
const MARK = 10_000; // ms between two marks, at least

/** Whether this incarnation is the first of the living nodes. */
export function isFirst(nodes: Iterable<Pick<NodeState, "node">>, own: string): boolean {
  for (const { node } of nodes) if (node < own) return false;
  return true;
}

/** A position in the log, when it was reached, and how many bytes had run until then. */
interface Mark {
  readonly position: number;
  readonly at: number;
  readonly bytes: number;
}

/** Knows how much of the log is still needed: the last hour, at most 256 MB, and what a living node has not stored. */
export class LogHorizon {
  /** Oldest first. */
  readonly #marks: Mark[] = [];
  readonly #clock: () => number;
  #bytes = 0;

  /** `clock` is monotonic. */
  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** Notes that a record has run. */
  ran(position: number, bytes: number): void {
    const at = this.#clock();
    this.#bytes += bytes;
    const last = this.#marks.at(-1);
    const isDue = !last || at - last.at >= MARK || this.#bytes - last.bytes >= KEPT_BYTES / 100;
    if (isDue) this.#marks.push({ position, at, bytes: this.#bytes });
  }

  /** The position before which nobody needs the log any more; `stored` is on the disks of all living nodes. */
  before(stored: number): number {
    const now = this.#clock();
    const isOld = ({ at, bytes }: Mark) => now - at >= KEPT_TIME || this.#bytes - bytes >= KEPT_BYTES;
    const old = this.#marks.findLastIndex(isOld);
    const mark = this.#marks[old];
    if (!mark) return 0;
    this.#marks.splice(0, old);
    return Math.min(mark.position, stored);
  }
}

/**
 * Has deletions made by all nodes. Answers whether a deletion is made here; otherwise it is on its way through the log,
 * and this is asked again with the same object.
 */
export function deletingIn(chat: Pick<Chat, "administer" | "observe">): (deletion: Deletion) => boolean {
  let asked: Deletion | undefined;
  let isMade = false;
  chat.observe((event) => {
    if (event.type === "forgotten" && event.deletion === asked) isMade = true;
  });
  return (deletion) => {
    if (deletion !== asked) {
      asked = deletion;
      isMade = false;
      chat.administer({ type: "forget", deletion });
    }
    return isMade;
  };
}
