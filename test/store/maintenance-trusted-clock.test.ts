import { expect, test } from "bun:test";
import { TrustedClock } from "../../src/store/maintenance.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** A clock whose newest message is of this time, and what it says after each of some passages of time. */
function clocked(newest: number, now: number) {
  const clocks = { clock: now, steady: 0 };
  const doubts: number[] = [];
  const trusted = new TrustedClock({
    clock: () => clocks.clock,
    steady: () => clocks.steady,
    newest,
    doubted: (ahead) => doubts.push(ahead),
  });
  const after = (passed: number, set = 0) => {
    clocks.clock += passed + set;
    clocks.steady += passed;
    return trusted.read() !== undefined;
  };
  return { after, doubts };
}

test("a clock that goes on as time does is trusted, however long nothing is said", () => {
  const { after, doubts } = clocked(1e12, 1e12 + HOUR);
  expect([after(0), after(DAY), after(400 * DAY), doubts]).toEqual([true, true, true, []]);
});

test("one that is far ahead of the newest message is doubted, told once, and trusted after a day", () => {
  const { after, doubts } = clocked(1e12, 1e12 + 30 * DAY);
  expect([after(0), after(HOUR), after(22 * HOUR), after(HOUR), after(HOUR)]).toEqual([
    false,
    false,
    false,
    true,
    true,
  ]);
  expect(doubts).toEqual([30 * DAY]);
});

test("one that is set ahead while it is looked at is doubted, and no more once it is set right", () => {
  const { after, doubts } = clocked(1e12, 1e12);
  expect([after(HOUR), after(HOUR, 365 * DAY), after(HOUR), after(HOUR, -365 * DAY)]).toEqual([
    true,
    false,
    false,
    true,
  ]);
  expect(doubts.length).toBe(1);
});

test("one that is set again while it is doubted is waited for anew", () => {
  const { after, doubts } = clocked(1e12, 1e12);
  expect([after(0, 10 * DAY), after(23 * HOUR), after(HOUR, 10 * DAY), after(23 * HOUR), after(HOUR)]).toEqual([
    false,
    false,
    false,
    false,
    true,
  ]);
  expect(doubts.length).toBe(2);
});

test("one that is set back is trusted: then less is deleted", () => {
  const { after, doubts } = clocked(1e12, 1e12);
  expect([after(0), after(HOUR, -900 * DAY), after(HOUR), doubts]).toEqual([true, true, true, []]);
});
