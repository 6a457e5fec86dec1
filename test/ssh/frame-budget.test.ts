import { expect, test } from "bun:test";
import { every } from "../../src/client/run/clock.ts";
import { FrameBudget } from "../../src/ssh/frame-budget.ts";
import { TestClock } from "../support/client/test-clock.ts";

/** A budget whose frames take `cost` ms each, and its sessions' pacers. */
function setup(sessions: number, cost: number) {
  const clock = new TestClock();
  const budget = new FrameBudget(clock);
  const drawn: number[] = Array.from({ length: sessions }, () => 0);
  const pacers = drawn.map(() => budget.pacer());
  const draw = (i: number) =>
    pacers[i]?.draw(() => {
      clock.spend(cost);
      drawn[i] = (drawn[i] ?? 0) + 1;
    });
  const handle = (i: number, work: () => void) => pacers[i]?.handle(work);
  const hurry = (i: number) => pacers[i]?.hurry();
  return { clock, drawn, draw, handle, hurry };
}

test("a session's first frame is drawn at once, the next one after 30 ms, and then once", () => {
  const { clock, drawn, draw } = setup(1, 0.5);
  draw(0);
  expect(drawn).toEqual([1]);
  draw(0);
  expect(drawn).toEqual([1]);
  clock.pass(29);
  expect(drawn).toEqual([1]);
  clock.pass(2);
  expect(drawn).toEqual([2]);
  clock.pass(1000);
  expect(drawn).toEqual([2]);
});

test("a cancelled frame is not drawn", () => {
  const { clock, drawn, draw } = setup(1, 0.5);
  draw(0);
  draw(0)?.();
  clock.pass(1000);
  expect(drawn).toEqual([1]);
});

test("frames that are due together are drawn in turns of two milliseconds, and other timers run in between", () => {
  const { clock, drawn, draw } = setup(50, 0.4);
  const waits: number[] = [];
  let last = clock.now();
  every(clock, 0.1, () => {
    waits.push(clock.now() - last);
    last = clock.now();
  });
  for (let i = 0; i < drawn.length; i++) draw(i);
  clock.pass(25);
  expect(Math.max(...waits)).toBeLessThan(2.5);
  expect(drawn.every((count) => count === 1)).toBe(true);
});

test("a session handles the chat's lines 10 ms later, and at once while its user types", () => {
  const { clock, handle, hurry } = setup(2, 0);
  const handled: string[] = [];
  clock.pass(1000);
  hurry(1);
  handle(0, () => handled.push("reads"));
  handle(1, () => handled.push("types"));
  clock.pass(9);
  expect(handled).toEqual(["types"]);
  clock.pass(1);
  expect(handled).toEqual(["types", "reads"]);
});

test("a key's frame comes before those that wait", () => {
  const { clock, drawn, draw, hurry } = setup(100, 3);
  clock.pass(1000);
  for (let i = 0; i < drawn.length; i++) draw(i);
  clock.pass(100);
  const last = drawn.length - 1;
  expect(drawn[last]).toBe(0);
  hurry(last);
  clock.pass(15);
  expect(drawn[last]).toBe(1);
  expect(drawn.reduce((sum, count) => sum + count)).toBeLessThan(50);
});

test("people who type do not keep the others from their frames", () => {
  const { clock, drawn, draw, hurry } = setup(100, 1);
  const asked = drawn.map(() => 0);
  for (let i = 0; i < 1000; i++) {
    for (let session = 0; session < 100; session++) {
      if (session < 50) hurry(session);
      if (asked[session] !== drawn[session]) continue;
      asked[session] = (drawn[session] ?? 0) + 1;
      draw(session);
    }
    clock.pass(5);
  }
  expect(Math.min(...drawn)).toBeGreaterThan(5);
});

test("busy sessions share a fifth of the time equally", () => {
  const { clock, drawn, draw } = setup(100, 0.5);
  const asked = drawn.map(() => 0);
  const began = clock.now();
  for (let i = 0; i < 2000; i++) {
    for (let session = 0; session < 100; session++) {
      if (asked[session] !== drawn[session]) continue;
      asked[session] = (drawn[session] ?? 0) + 1;
      draw(session);
    }
    clock.pass(5);
  }
  const all = drawn.reduce((sum, count) => sum + count, 0);
  const share = (all * 0.5) / (clock.now() - began);
  expect(share).toBeGreaterThan(0.15);
  expect(share).toBeLessThan(0.21);
  expect(Math.max(...drawn) - Math.min(...drawn)).toBeLessThanOrEqual(2);
});

test("a user who types while many others are quiet sees each frame at once", () => {
  const { clock, drawn, draw } = setup(100, 0.5);
  for (let i = 0; i < 20; i++) {
    draw(7);
    expect(drawn[7]).toBe(i + 1);
    clock.pass(100);
  }
});
