import { expect, test } from "bun:test";
import fc from "fast-check";
import { Timestamps } from "../../src/chat/timestamps.ts";

const LAW = 60_000; // ms: a law takes under a second alone, and must pass on a busy machine

/** The times of events at which the clock says these, and by how much time went back. */
function stamped(clock: readonly number[], last = 0): { readonly times: number[]; readonly steps: number[] } {
  const steps: number[] = [];
  const stamps = new Timestamps({ last, steppedBack: (by) => steps.push(by) });
  return { times: clock.map((now) => stamps.next(now)), steps };
}

test.each([
  ["the clock is followed", [9000, 9500, 9501], [9000, 9500, 9501]],
  ["each event is a millisecond later than the one before", [9000, 9000, 9001, 9003], [9000, 9001, 9002, 9003]],
  ["a small step back is waited for", [9000, 8900, 8950, 9200], [9000, 9001, 9002, 9200]],
  ["beyond a second ahead, events share a millisecond", [9000, 7500, 7600, 8100, 8200], [9000, 9000, 9000, 9001, 9002]],
  ["a step back of five seconds is no step yet", [9000, 4000, 8500], [9000, 9000, 9001]],
] as const)("%s", (_, clock, times) => {
  expect(stamped(clock)).toEqual({ times: [...times], steps: [] });
});

test("after a step back of more than five seconds, times follow the clock, and it is reported once", () => {
  expect(stamped([9000, 3999, 4000, 4500])).toEqual({ times: [9000, 3999, 4000, 4500], steps: [5001] });
});

test("several small steps that make a large one count as one", () => {
  const { times, steps } = stamped([20_000, 17_000, 14_001, 13_999, 14_500]);
  expect([times, steps]).toEqual([[20_000, 20_000, 20_000, 13_999, 14_500], [6001]]);
});

test("a stored time ahead of the clock does not stop time", () => {
  expect(stamped([9000, 9001], 1e12)).toEqual({ times: [9000, 9001], steps: [1e12 - 9000] });
});

test("in a flood, time is at most a second ahead of the clock", () => {
  const { times } = stamped(Array.from({ length: 3000 }, () => 9000));
  expect([times[0], times[1000], times.at(-1)]).toEqual([9000, 10_000, 10_000]);
});

test(
  "however the clock is set, times go back only when reported, and stay near the clock",
  () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 50_000 }), { minLength: 1, maxLength: 50 }), (clock) => {
        const { times, steps } = stamped(clock);
        const back = times.filter((time, i) => time < (times[i - 1] ?? 0));
        expect(back.length).toBe(steps.length);
        for (const [i, time] of times.entries()) {
          expect(time).toBeGreaterThanOrEqual(clock[i] ?? 0);
          expect(time).toBeLessThanOrEqual((clock[i] ?? 0) + 6000);
        }
      }),
    );
  },
  LAW,
);
