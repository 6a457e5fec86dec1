/** The time and timers of a client. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `act` once after a delay in milliseconds; returns a function that cancels it. */
  after(delay: number, act: () => void): () => void;
}

/** Calls `act` repeatedly, with a delay in milliseconds between calls; returns a function that stops it. */
export function every(clock: Clock, delay: number, act: () => void): () => void {
  const again = (): void => {
    cancel = clock.after(delay, again);
    act();
  };
  let cancel = clock.after(delay, again);
  return () => cancel();
}

/** The timeouts of a conversation, in milliseconds. */
export const WAIT = {
  /** For a connection at the start, before the client begins without one. */
  unreached: 1000,
  /** For the welcome of a server. */
  welcome: 30_000,
  /** For the capabilities of a server in plain text, which may announce TLS. */
  capabilities: 5000,
  /** Before the wanted nick is requested again. */
  nickAgain: 60_000,
  /** For echoes that arrive after the PONG of the last PING. */
  confirm: 5000,
  /** For the answer to a history request, before the held lines are shown. */
  history: 10_000,
  /** Before a read marker is sent; and the shortest and longest time between two markers of the same room. */
  read: 200,
  shortestRead: 500,
  longestRead: 8000,
  /** Before what has changed is saved for the next run. */
  memory: 500,
  /** For progress of a server, in a task with an end. */
  patience: 60_000,
} as const;

/** Named timers: setting one again replaces it. */
export class Timers {
  readonly #clock: Clock;
  readonly #cancels = new Map<string, () => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `act` after a delay in milliseconds. */
  set(name: string, delay: number, act: () => void): void {
    this.cancel(name);
    const cancel = this.#clock.after(delay, () => {
      this.#cancels.delete(name);
      act();
    });
    this.#cancels.set(name, cancel);
  }

  has(name: string): boolean {
    return this.#cancels.has(name);
  }

  cancel(...names: readonly string[]): void {
    for (const name of names) {
      this.#cancels.get(name)?.();
      this.#cancels.delete(name);
    }
  }

  clear(): void {
    this.cancel(...this.#cancels.keys());
  }
}
