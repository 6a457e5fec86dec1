import { expect, test } from "bun:test";
import { every } from "../../../src/client/run/clock.ts";
import { TestClock } from "../../support/client/test-clock.ts";

test("something is done again and again until it is ended, by itself too", () => {
  const clock = new TestClock();
  const times: number[] = [];
  const end = every(clock, 10, () => {
    times.push(clock.now());
    if (times.length === 3) end();
  });
  clock.pass(100);
  expect(times).toEqual([10, 20, 30]);
});

test("what is ended before its time is not done", () => {
  const clock = new TestClock();
  let times = 0;
  const end = every(clock, 10, () => times++);
  clock.pass(9);
  end();
  clock.pass(100);
  expect(times).toBe(0);
});
