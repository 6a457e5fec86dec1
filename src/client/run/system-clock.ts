import type { Clock } from "./clock.ts";

/** The clock and the timers of the machine. */
export const systemClock: Clock = {
  now: Date.now,
  after: (delay, act) => {
    const timer = setTimeout(act, delay);
    return () => clearTimeout(timer);
  },
};
