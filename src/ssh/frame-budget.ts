import type { Clock } from "../client/run/clock.ts";

const SHARE = 0.2; // of the event loop's time, for the frames of all sessions together
const GAP = 30; // ms between two frames of a session
const SAVED = 40; // ms of drawing that a quiet time saves up at most

/** A frame that is due. */
interface Waiting {
  readonly pacer: Pacer;
  readonly draw: () => void;
}

/** A session's access to the budget. */
interface Pacer {
  /** When its last frame was drawn. */
  drawn: number;
}

/**
 * The time that all screens drawn in this process may take together: a fifth of the event loop, measured.
 *
 * Every session draws at most one frame in `GAP` ms. When the budget is used up, frames that are due wait and are drawn in
 * the order they came, each with the screen as it is then: what happens meanwhile costs no frame of its own. So with n
 * busy sessions each gets a frame every n × cost / `SHARE` ms, and input is never held up.
 */
export class FrameBudget {
  readonly #clock: Clock;
  /** ms that frames may take now; below 0 after an expensive one. */
  #credit = SAVED;
  #at: number;
  readonly #waiting = new Set<Waiting>();
  #cancelTimer: (() => void) | undefined;

  /** The clock's `now` has fractions of a millisecond. */
  constructor(clock: Clock) {
    this.#clock = clock;
    this.#at = clock.now();
  }

  /** A function for one session that draws a frame, at once or later, and returns how to cancel it. `draw` never throws. */
  pacer(): (draw: () => void) => () => void {
    const pacer: Pacer = { drawn: Number.NEGATIVE_INFINITY };
    return (draw) => {
      const waiting = { pacer, draw };
      this.#waiting.add(waiting);
      this.#serve();
      return () => void this.#waiting.delete(waiting);
    };
  }

  #serve(): void {
    this.#stopTimer();
    const now = this.#clock.now();
    this.#credit = Math.min(SAVED, this.#credit + (now - this.#at) * SHARE);
    this.#at = now;
    for (const next of this.#waiting) {
      if (this.#credit <= 0) break;
      if (now - next.pacer.drawn >= GAP) this.#draw(next);
    }
    if (this.#waiting.size === 0) return;
    this.#stopTimer();
    this.#cancelTimer = this.#clock.after(this.#wait(), () => this.#serve());
  }

  #stopTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #draw(next: Waiting): void {
    this.#waiting.delete(next);
    const began = this.#clock.now();
    next.pacer.drawn = began;
    next.draw();
    this.#credit -= this.#clock.now() - began;
  }

  /** Milliseconds until a frame can be drawn. */
  #wait(): number {
    const dues = Array.from(this.#waiting, ({ pacer }) => pacer.drawn + GAP - this.#at);
    return Math.max(1, Math.ceil(Math.max(-this.#credit / SHARE, Math.min(...dues))));
  }
}
