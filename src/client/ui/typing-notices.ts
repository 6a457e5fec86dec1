import type { TypingState } from "../model/typists.ts";
import type { Clock } from "../run/clock.ts";

const GAP = 3000; // ms between two notifications for a target (IRCv3 typing)
const PAUSE = 4000; // ms without a key after which typing has paused

/**
 * Tells the room or the partner that a line is typed for whether the user is typing (IRCv3 typing). A target hears of a
 * line at most once in `GAP`; what changes meanwhile is told afterwards, if it still is so. Lines that begin with `/`
 * are told to nobody.
 */
export class TypingNotices {
  readonly #clock: Clock;
  readonly #send: (target: string, state: TypingState) => void;
  /** When each target was last told something. */
  readonly #told = new Map<string, number>();
  #target = "";
  /** The state that the target knows. */
  #state: TypingState = "done";
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, send: (target: string, state: TypingState) => void) {
    this.#clock = clock;
    this.#send = send;
  }

  /** The text of the input line changed. */
  changed(target: string, text: string): void {
    if (target !== this.#target) this.stop();
    this.#target = target;
    this.#cancel?.();
    if (text.trim() === "" || text.trimStart().startsWith("/")) return this.#soon("done");
    this.#soon("active");
    this.#cancel = this.#clock.after(PAUSE, () => this.#soon("paused"));
  }

  /** The line was sent, which ends typing by itself, or the user went to another room. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#state = "done";
  }

  /** Tells the target a state, now or when `GAP` is over; "active" again and again, others once. */
  #soon(state: TypingState): void {
    if (state === this.#state && state !== "active") return;
    const last = this.#told.get(this.#target) ?? Number.NEGATIVE_INFINITY;
    const left = last + GAP - this.#clock.now();
    if (left <= 0) return this.#tell(state);
    if (state !== "active") this.#cancel = this.#clock.after(left, () => this.#tell(state));
  }

  #tell(state: TypingState): void {
    this.#state = state;
    this.#told.set(this.#target, this.#clock.now());
    this.#send(this.#target, state);
  }
}
