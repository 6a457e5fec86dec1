import type { Turn } from "./turn.ts";

const SHARE = 16; // of so many who wait, one at least is served in a turn

/**
 * Those who wait because a turn has enough to do: they are served in the turns that follow, first come first served, as
 * long as these are not full. A share of them is served in each, however full it is, so that nobody waits for ever, and
 * they do not become more and more where every turn is full; and with them those behind who have nothing to tell but to
 * the same peers, as who leave one room do: that makes no write more.
 */
export class Backlog<T> {
  readonly #turn: Turn;
  readonly #serve: (item: T) => void;
  #waiting: T[] = [];
  #isDue = false;

  constructor(turn: Turn, serve: (item: T) => void) {
    this.#turn = turn;
    this.#serve = serve;
  }

  add(item: T): void {
    this.#waiting.push(item);
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
    const due = Math.ceil(waiting.length / SHARE);
    let served = 0;
    let breadth = 0;
    do {
      const item = waiting[served++];
      if (item !== undefined) this.#serve(item);
      if (served === due) breadth = this.#turn.breadth;
    } while (served < waiting.length && (served < due || !this.#turn.isFullOf(breadth)));
    if (served < waiting.length) this.#waiting = [...waiting.slice(served), ...this.#waiting];
    if (this.#waiting.length > 0) this.#goOnLater();
  }
}
