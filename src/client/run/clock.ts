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
