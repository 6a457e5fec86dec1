import type { Clock } from "../client/run/clock.ts";

const SHARE = 0.2; // of the event loop's time, for all sessions together
const SAVED = 40; // ms of unused time that can be saved up at most
const TURN = 2; // ms of work, after which the event loop handles other events first
const GAP = 30; // ms between two frames of a session
const AFTER = 10; // ms that chat events wait, unless the user types: other clients are sent them first
const TYPING = 1000; // ms after a key, during which the user counts as typing
const AHEAD = 200; // ms by which the work of users who type is put before other work

/** A session's access to the budget. Work never throws; the returned function cancels it. */
export interface Pacer {
  /** Draws a frame, at once or later. */
  draw(frame: () => void): () => void;
  /** Handles events of the chat, at once or later. */
  handle(work: () => void): () => void;
  /** Called after the user's keys were handled: the session's work comes sooner for the next second. */
  hurry(): void;
}

/** A session, as the budget sees it. */
interface Paced {
  /** When its last frame was drawn. */
  drawn: number;
  /** When its user typed, or when it began. */
  typed: number;
}

/** Work that waits to be done. */
interface Waiting {
  readonly session: Paced;
  readonly isFrame: boolean;
  readonly since: number;
  readonly act: () => void;
}

/**
 * The time that all sessions together may take to handle what the chat sends them and to draw it: a fifth of the event
 * loop, measured.
 *
 * The work is done in turns of `TURN` ms, after other clients have been sent their messages: with 50 screens in a room,
 * no other input waits for all 50. When the budget is used up, work waits, and the work that has waited longest comes
 * first. A frame shows the newest state, so several events cost one frame. A session draws at most one frame in `GAP` ms.
 * So with n busy sessions each gets a frame every n × cost / `SHARE` ms; users who type come before the others.
 */
export class FrameBudget {
  readonly #clock: Clock;
  /** ms that work may take now; below 0 after expensive work. */
  #credit = SAVED;
  #at: number;
  readonly #waiting = new Set<Waiting>();
  /** A turn has begun, and the event loop has not handled other events since. */
  #isTurn = false;
  #timer: { readonly at: number; readonly cancel: () => void } | undefined;

  /** The clock's `now` has fractions of a millisecond. */
  constructor(clock: Clock) {
    this.#clock = clock;
    this.#at = clock.now();
  }

  /** The access of one more session. */
  pacer(): Pacer {
    const session = { drawn: Number.NEGATIVE_INFINITY, typed: this.#clock.now() };
    const add = (act: () => void, isFrame: boolean) => {
      const waiting = { session, isFrame, since: this.#clock.now(), act };
      this.#waiting.add(waiting);
      this.#serveAt(dueAt(waiting));
      return () => void this.#waiting.delete(waiting);
    };
    return {
      draw: (frame) => add(frame, true),
      handle: (work) => add(work, false),
      hurry: () => {
        session.typed = this.#clock.now();
        this.#goOn();
      },
    };
  }

  #goOn(): void {
    let due = Number.POSITIVE_INFINITY;
    for (const waiting of this.#waiting) due = Math.min(due, dueAt(waiting));
    if (this.#waiting.size > 0) this.#serveAt(due);
  }

  /** Takes a turn when work is due and there is time for it. */
  #serveAt(due: number): void {
    if (this.#isTurn) return;
    const now = this.#clock.now();
    this.#credit = Math.min(SAVED, this.#credit + (now - this.#at) * SHARE);
    this.#at = now;
    const at = this.#credit > 0 ? due : Math.max(due, now - this.#credit / SHARE);
    if (at <= now && this.#credit > 0) return this.#takeTurn(now);
    if (this.#timer && this.#timer.at <= at) return;
    this.#timer?.cancel();
    const cancel = this.#clock.after(Math.max(1, Math.ceil(at - now)), () => {
      this.#timer = undefined;
      this.#goOn();
    });
    this.#timer = { at, cancel };
  }

  #takeTurn(began: number): void {
    this.#isTurn = true;
    this.#work(began);
    this.#clock.after(0, () => {
      this.#isTurn = false;
      this.#goOn();
    });
  }

  #work(began: number): void {
    for (let now = began; now - began < TURN && this.#credit > 0; ) {
      const next = this.#next(now);
      if (!next) return;
      this.#waiting.delete(next);
      if (next.isFrame) next.session.drawn = now;
      next.act();
      const done = this.#clock.now();
      this.#credit -= done - now;
      now = done;
    }
  }

  /** The work that comes first, of all that is due. */
  #next(now: number): Waiting | undefined {
    let next: Waiting | undefined;
    for (const waiting of this.#waiting)
      if (dueAt(waiting) <= now && (!next || rank(waiting, now) < rank(next, now))) next = waiting;
    return next;
  }
}

function isTyping({ typed }: Paced, now: number): boolean {
  return now - typed < TYPING;
}

/** When work may be done. */
function dueAt({ session, isFrame, since }: Waiting): number {
  if (isFrame) return session.drawn + GAP;
  return isTyping(session, since) ? since : since + AFTER;
}

/** The order of work: the time when it began to wait, for users who type `AHEAD` ms earlier. */
function rank({ session, since }: Waiting, now: number): number {
  return isTyping(session, now) ? since - AHEAD : since;
}
