import type { Connection } from "./connection.ts";
import type { ConnectionRegistry } from "./connection-registry.ts";

const GRAIN = 4; // ms between two timer calls at least

/** A deadline of an item, which can be cancelled. */
export class Ticket<T> {
  readonly at: number;
  /** `undefined` once cancelled, so that the item can be freed before its time. */
  #item: T | undefined;

  constructor(item: T, at: number) {
    this.#item = item;
    this.at = at;
  }

  get item(): T | undefined {
    return this.#item;
  }

  cancel(): void {
    this.#item = undefined;
  }
}

/**
 * Deadlines that all have the same delay: the first one set is the first one due, so one timer serves any number of
 * them. Setting one costs an object and no timer.
 */
export class Deadlines<T> {
  /**
   * Milliseconds. They may change: existing deadlines keep their time; later ones queue behind them, even if shorter.
   */
  readonly #delay: () => number;
  readonly #due: (item: T) => void;
  #queue: Ticket<T>[] = [];
  /** The index of the first pending deadline in the queue. */
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
    this.#timer ??= setTimeout(() => this.#fire(), delay);
    return ticket;
  }

  /** Cancels every deadline. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#queue = [];
    this.#head = 0;
  }

  #fire(): void {
    this.#timer = undefined;
    const now = performance.now();
    const due: Ticket<T>[] = [];
    for (; this.#head < this.#queue.length; this.#head++) {
      const ticket = this.#queue[this.#head];
      if (ticket?.item === undefined) continue;
      if (ticket.at > now) break;
      due.push(ticket);
    }
    this.#dropOver();
    const next = this.#queue[this.#head];
    if (next) this.#timer = setTimeout(() => this.#fire(), Math.max(GRAIN, next.at - now));
    for (const { item } of due) if (item !== undefined) this.#due(item);
  }

  /** Drops the entries before the head, once they outnumber the rest. */
  #dropOver(): void {
    if (this.#head < this.#queue.length && this.#head * 2 < this.#queue.length) return;
    this.#queue = this.#queue.slice(this.#head);
    this.#head = 0;
  }
}

/** The timers of a connection whose protocol is unknown: for a first line, and for the rest of a fragment. */
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

  /** Starts the silence timer. */
  begin(): void {
    this.end();
    this.#silence = this.#registry.silences.set(this.#connection);
    this.#registry.undecided.add(this.#connection);
  }

  /** A fragment has come: restarts the fragment timer. */
  begun(): void {
    this.#fragment?.cancel();
    this.#fragment = this.#registry.fragments.set(this.#connection);
  }

  /** Stops both timers. */
  end(): void {
    this.#registry.undecided.delete(this.#connection);
    this.#silence?.cancel();
    this.#fragment?.cancel();
    this.#silence = undefined;
    this.#fragment = undefined;
  }
}
