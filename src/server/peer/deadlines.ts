import type { Connection } from "./connection.ts";
import type { ConnectionRegistry } from "./connection-registry.ts";

const GRAIN = 4; // ms between two looks, at the least

/** Something that is to happen to an item unless it is called off before. */
export class Ticket<T> {
  readonly at: number;
  /** Nothing, once it was called off: what is over is not kept until its time has come. */
  #item: T | undefined;

  constructor(item: T, at: number) {
    this.#item = item;
    this.at = at;
  }

  get item(): T | undefined {
    return this.#item;
  }

  callOff(): void {
    this.#item = undefined;
  }
}

/**
 * Things that are all due the same time after they are set: so the first set is the first due, and one timer serves
 * however many there are. Setting one costs an object and no timer.
 */
export class Deadlines<T> {
  /** Milliseconds. They may change: existing deadlines keep their time; later ones queue behind them, even if shorter. */
  readonly #delay: () => number;
  readonly #due: (item: T) => void;
  #queue: Ticket<T>[] = [];
  /** Where in the queue that begins which is not over. */
  #head = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(delay: number | (() => number), due: (item: T) => void) {
    this.#delay = typeof delay === "number" ? () => delay : delay;
    this.#due = due;
  }

  set(item: T): Ticket<T> {
    const delay = this.#delay();
    const ticket = new Ticket(item, performance.now() + delay);
    this.#queue.push(ticket);
    this.#timer ??= setTimeout(() => this.#ring(), delay);
    return ticket;
  }

  /** Calls everything off. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#queue = [];
    this.#head = 0;
  }

  #ring(): void {
    this.#timer = undefined;
    const now = performance.now();
    const due: Ticket<T>[] = [];
    for (; this.#head < this.#queue.length; this.#head++) {
      const ticket = this.#queue[this.#head];
      if (ticket?.item === undefined) continue;
      if (ticket.at > now) break;
      due.push(ticket);
    }
    this.#dropPast();
    const next = this.#queue[this.#head];
    if (next) this.#timer = setTimeout(() => this.#ring(), Math.max(GRAIN, next.at - now));
    for (const { item } of due) if (item !== undefined) this.#due(item);
  }

  /** Forgets what is before the head, once that is worth a copy of the rest. */
  #dropPast(): void {
    if (this.#head < this.#queue.length && this.#head * 2 < this.#queue.length) return;
    this.#queue = this.#queue.slice(this.#head);
    this.#head = 0;
  }
}

/** What a connection waits for while it is not known how its peer speaks: a first line, or the rest of one. */
export class HandshakeTimers {
  readonly #registry: ConnectionRegistry;
  readonly #connection: Connection;
  #silence: Ticket<Connection> | undefined;
  #fragment: Ticket<Connection> | undefined;

  constructor(registry: ConnectionRegistry, connection: Connection) {
    this.#registry = registry;
    this.#connection = connection;
    this.begin();
  }

  /** Waits, from now on, for the peer to break its silence. */
  begin(): void {
    this.end();
    this.#silence = this.#registry.silences.set(this.#connection);
    this.#registry.undecided.add(this.#connection);
  }

  /** Something has come that more may belong to. */
  begun(): void {
    this.#fragment?.callOff();
    this.#fragment = this.#registry.fragments.set(this.#connection);
  }

  /** Nothing is waited for any more. */
  end(): void {
    this.#registry.undecided.delete(this.#connection);
    this.#silence?.callOff();
    this.#fragment?.callOff();
    this.#silence = undefined;
    this.#fragment = undefined;
  }
}
