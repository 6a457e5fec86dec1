import type { Turn } from "./turn.ts";

const SHARE = 1; // ms of each turn that those who wait have, however full it is

/**
 * Those who wait because a turn has enough to do: they are served in the turns that follow, first come first served, as
 * long as these are not full. They have a share of each, one of them at least, however full it is: nobody waits for
 * ever.
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
    const until = this.#turn.clock() + SHARE;
    let served = 0;
    do {
      const item = waiting[served++];
      if (item !== undefined) this.#serve(item);
    } while (served < waiting.length && (this.#turn.clock() < until || !this.#turn.isFull));
    if (served < waiting.length) this.#waiting = [...waiting.slice(served), ...this.#waiting];
    if (this.#waiting.length > 0) this.#goOnLater();
  }
}
