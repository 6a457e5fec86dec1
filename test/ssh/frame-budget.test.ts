import { expect, test } from "bun:test";
import { FrameBudget } from "../../src/ssh/frame-budget.ts";
import { TestClock } from "../support/client/test-clock.ts";

/** A budget whose frames take `cost` ms each, and its sessions' pacers. */
function setup(sessions: number, cost: number) {
  const clock = new TestClock();
  const budget = new FrameBudget(clock);
  const drawn: number[] = Array.from({ length: sessions }, () => 0);
  const paced = drawn.map(() => budget.pacer());
  const draw = (i: number) =>
    paced[i]?.(() => {
      clock.spend(cost);
      drawn[i] = (drawn[i] ?? 0) + 1;
    });
  return { clock, drawn, draw };
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

test("busy sessions share a fifth of the time equally", () => {
  const { clock, drawn, draw } = setup(100, 0.5);
  const pending = new Set<number>();
  const began = clock.now();
  for (let i = 0; i < 2000; i++) {
    for (let session = 0; session < 100; session++) {
      const before = drawn[session] ?? 0;
      if (pending.has(session)) continue;
      draw(session);
      if (drawn[session] === before) pending.add(session);
    }
    const before = [...drawn];
    clock.pass(5);
    for (const session of pending) if (drawn[session] !== before[session]) pending.delete(session);
  }
  const all = drawn.reduce((sum, count) => sum + count, 0);
  const share = (all * 0.5) / (clock.now() - began);
  expect(share).toBeGreaterThan(0.15);
  expect(share).toBeLessThan(0.21);
  expect(Math.max(...drawn) - Math.min(...drawn)).toBeLessThanOrEqual(2);
});

test("whoever types while many others are quiet sees each frame at once", () => {
  const { clock, drawn, draw } = setup(100, 0.5);
  for (let i = 0; i < 20; i++) {
    draw(7);
    expect(drawn[7]).toBe(i + 1);
    clock.pass(100);
  }
});
