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
  readonly #timers = new Map<string, Timer>();

  /** Calls `act` in so many milliseconds. */
  set(name: string, delay: number, act: () => void): void {
    this.cancel(name);
    this.#timers.set(
      name,
      setTimeout(() => {
        this.#timers.delete(name);
        act();
      }, delay),
    );
  }

  has(name: string): boolean {
    return this.#timers.has(name);
  }

  cancel(...names: readonly string[]): void {
    for (const name of names) {
      clearTimeout(this.#timers.get(name));
      this.#timers.delete(name);
    }
  }

  clear(): void {
    this.cancel(...this.#timers.keys());
  }
}
