import { Histogram } from "./histogram.ts";

/** Numbers by a name. */
export class Counts {
  readonly #counts = new Map<string, number>();

  add(name: string, count = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + count);
  }

  get(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  [Symbol.iterator](): Iterator<readonly [name: string, count: number]> {
    return this.#counts[Symbol.iterator]();
  }
}

/**
 * What a server has counted since its start. Whoever does the work adds to it; nothing is counted by looking at each
 * recipient: a message for a thousand peers is one addition.
 */
export class Tally {
  /** Connections that were accepted, and those that were closed, by the face they had in the end. */
  connections = 0;
  readonly closed = new Counts();
  bytesIn = 0;
  bytesOut = 0;
  /** What was laid down for a peer: an event or a reply, once for each that gets it. */
  deliveries = 0;
  /** What happened in the chat, by type. */
  readonly events = new Counts();
  /** What was refused, by reason. */
  readonly refusals = new Counts();
  readonly logins = new Counts();
  /** Exceptions that nobody expected. */
  bugs = 0;
  /** From a turn's first input to its last write, in seconds. */
  readonly turns = new Histogram();
  /** What the store took at the end of turns in which something happened, in seconds. */
  readonly commits = new Histogram();
}
