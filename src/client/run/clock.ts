/** Time as a client has it. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `act` once, in so many milliseconds; answers a function that prevents it. */
  after(delay: number, act: () => void): () => void;
}

/** Calls `act` again and again, every so many milliseconds; answers a function that ends it. */
export function every(clock: Clock, delay: number, act: () => void): () => void {
  const again = (): void => {
    cancel = clock.after(delay, again);
    act();
  };
  let cancel = clock.after(delay, again);
  return () => cancel();
}

/** How long a conversation waits for what, in milliseconds. */
export const WAIT = {
  /** For a server to let us in. */
  letIn: 30_000,
  /** For a server in plain text to say what it offers, TLS perhaps. */
  capabilities: 5000,
  /** Until the wanted nick is tried again. */
  nickAgain: 60_000,
  /** For an echo that comes behind the pong that should have followed it. */
  confirm: 5000,
  /** For a piece of history, before all that waits for it is shown. */
  history: 10_000,
  /** For a server to do something, of those who only want to finish. */
  patience: 60_000,
} as const;

/** Timers by name: setting one again replaces it. */
export class Timers {
  readonly #clock: Clock;
  readonly #cancels = new Map<string, () => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `act` in so many milliseconds. */
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
