import type { Turn } from "./tick.ts";

const SHARE = 1; // ms of each turn that those who wait have, however full it is

interface Waiting<T> {
  readonly item: T;
  /** In milliseconds. */
  readonly since: number;
}

/**
 * Those who wait because a turn has enough to do: they are served in the turns that follow, first come first served, as
 * long as these are not full. They have a share of each, one of them at least, however full it is: nobody waits for
 * ever. Where there must not be ever more of them, the share grows with the time that the first has waited.
 */
export class Backlog<T> {
  readonly #turn: Turn;
  readonly #serve: (item: T) => void;
  readonly #urgency: number;
  #waiting: Waiting<T>[] = [];
  #isDue = false;

  /** `urgency`: ms of a turn for each ms that the first has waited, once that is more than their share. */
  constructor(turn: Turn, serve: (item: T) => void, urgency = 0) {
    this.#turn = turn;
    this.#serve = serve;
    this.#urgency = urgency;
  }

  /** How many wait. */
  get size(): number {
    return this.#waiting.length;
  }

  add(item: T): void {
    this.#waiting.push({ item, since: this.#turn.clock() });
    this.#goOnLater();
  }

  #goOnLater(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    // Behind what the network brings next: those who need not wait come first.
    setImmediate(() => this.#goOn());
  }

  #goOn(): void {
    this.#isDue = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#turn.begin();
    const now = this.#turn.clock();
    const until = now + Math.max(SHARE, (now - (waiting[0]?.since ?? now)) * this.#urgency);
    let served = 0;
    do {
      const next = waiting[served++];
      if (next) this.#serve(next.item);
    } while (served < waiting.length && (this.#turn.clock() < until || !this.#turn.isFull));
    if (served < waiting.length) this.#waiting = [...waiting.slice(served), ...this.#waiting];
    if (this.#waiting.length > 0) this.#goOnLater();
  }
}
