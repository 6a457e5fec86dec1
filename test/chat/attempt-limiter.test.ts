import { expect, test } from "bun:test";
import fc from "fast-check";
import { AttemptLimiter } from "../../src/chat/attempt-limiter.ts";

const LAW = 60_000; // ms: a law takes under a second alone, and must pass on a busy machine

/** Three attempts in a second, of at most so many keys. */
function setup({ keys, most = 3 }: { keys?: number; most?: number } = {}) {
  const clock = { now: 0 };
  return {
    clock,
    attempts: new AttemptLimiter(
      () => most,
      1000,
      () => clock.now,
      keys,
    ),
  };
}

/** Makes an attempt if there may be one; answers how long to wait otherwise. */
function attempt(attempts: AttemptLimiter, key: string): number {
  const wait = attempts.wait(key);
  if (wait === 0) attempts.add(key);
  return wait;
}

test("an attempt beyond the limit waits until the oldest leaves the window", () => {
  const { clock, attempts } = setup();
  const waits = [0, 100, 200, 300, 999, 1000, 1001, 1100].map((now) => {
    clock.now = now;
    return attempt(attempts, "ann");
  });
  expect(waits).toEqual([0, 0, 0, 700, 1, 0, 99, 0]);
});

test("keys are counted separately", () => {
  const { attempts } = setup();
  for (let i = 0; i < 5; i++) attempts.add("ann");
  expect([attempts.wait("ann"), attempts.wait("bob")]).toEqual([1000, 0]);
});

test("a forgotten key starts from zero, and an uncounted attempt does not count", () => {
  const { attempts } = setup();
  for (let i = 0; i < 3; i++) attempts.add("ann");
  attempts.takeBack("ann");
  expect(attempt(attempts, "ann")).toBe(0);
  expect(attempts.wait("ann")).toBe(1000);
  attempts.forget("ann");
  expect(attempts.wait("ann")).toBe(0);
});

test("a limit of 0 is none, and remembers nothing", () => {
  const { attempts } = setup({ most: 0 });
  for (let i = 0; i < 100; i++) expect(attempt(attempts, "ann")).toBe(0);
  expect(attempts.size).toBe(0);
});

test("memory is bounded: the least recently used key is forgotten, and expired ones too", () => {
  const { clock, attempts } = setup({ keys: 10 });
  for (let i = 0; i < 3; i++) attempts.add("ann");
  for (let i = 0; i < 9; i++) attempts.add(`nick${i}`);
  attempts.add("ann");
  for (let i = 0; i < 1000; i++) {
    if (i % 5 === 0) attempts.add("ann");
    attempts.add(`stranger${i}`);
  }
  expect([attempts.size, attempts.wait("ann")]).toEqual([10, 1000]);
  clock.now = 1000;
  attempts.add("bob");
  expect(attempts.size).toBe(1);
});

test(
  "the window never exceeds its limit",
  () => {
    fc.assert(
      fc.property(fc.array(fc.nat(600), { maxLength: 60 }), (pauses) => {
        const { clock, attempts } = setup();
        const allowed: number[] = [];
        for (const pause of pauses) {
          clock.now += pause;
          if (attempt(attempts, "ann") === 0) allowed.push(clock.now);
        }
        return allowed.every((time) => allowed.filter((other) => other >= time && other < time + 1000).length <= 3);
      }),
    );
  },
  LAW,
);
