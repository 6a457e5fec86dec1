import { expect, test } from "bun:test";
import { every } from "../../../src/client/run/clock.ts";
import { TestClock } from "../../support/client/test-clock.ts";

test("a repeated call runs until it is stopped, also by itself", () => {
  const clock = new TestClock();
  const times: number[] = [];
  const end = every(clock, 10, () => {
    times.push(clock.now());
    if (times.length === 3) end();
  });
  clock.pass(100);
  expect(times).toEqual([10, 20, 30]);
});

test("a cancelled timer does not run", () => {
  const clock = new TestClock();
  let times = 0;
  const end = every(clock, 10, () => times++);
  clock.pass(9);
  end();
  clock.pass(100);
  expect(times).toBe(0);
});
