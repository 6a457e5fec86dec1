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
