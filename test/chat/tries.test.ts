import { expect, test } from "bun:test";
import fc from "fast-check";
import { Tries } from "../../src/chat/tries.ts";

/** Three tries in a second. */
function tries() {
  const clock = { now: 0 };
  return { clock, tries: new Tries(3, 1000, () => clock.now) };
}

test("so many tries may be, and the next has to wait until the first is long enough ago", () => {
  const { clock, tries: counted } = tries();
  const waits = [0, 100, 200, 300, 999, 1000, 1001, 1100].map((now) => {
    clock.now = now;
    return counted.count("ann");
  });
  expect(waits).toEqual([0, 0, 0, 700, 1, 0, 99, 0]);
});

test("tries of one are no tries of another", () => {
  const { tries: counted } = tries();
  for (let i = 0; i < 5; i++) counted.count("ann");
  expect(counted.count("bob")).toBe(0);
});

test("one whose tries are forgotten begins anew", () => {
  const { tries: counted } = tries();
  for (let i = 0; i < 3; i++) counted.count("ann");
  counted.forget("ann");
  expect(counted.count("ann")).toBe(0);
});

test("in no second there are more than three, however they come", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(600), { maxLength: 60 }), (pauses) => {
      const { clock, tries: counted } = tries();
      const allowed: number[] = [];
      for (const pause of pauses) {
        clock.now += pause;
        if (counted.count("ann") === 0) allowed.push(clock.now);
      }
      return allowed.every((time) => allowed.filter((other) => other >= time && other < time + 1000).length <= 3);
    }),
  );
});
