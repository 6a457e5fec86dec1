import { expect, test } from "bun:test";
import { TrustedClock } from "../../src/store/maintenance.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** A trusted clock whose newest message has this time, and its readings after each step of time. */
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

test("a steady clock is trusted, however long nothing is said", () => {
  const { after, doubts } = clocked(1e12, 1e12 + HOUR);
  expect([after(0), after(DAY), after(400 * DAY), doubts]).toEqual([true, true, true, []]);
});

test("a clock far ahead of the newest message is doubted, reported once, and trusted after a day", () => {
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

test("a clock that jumps ahead is doubted until it is set right", () => {
  const { after, doubts } = clocked(1e12, 1e12);
  expect([after(HOUR), after(HOUR, 365 * DAY), after(HOUR), after(HOUR, -365 * DAY)]).toEqual([
    true,
    false,
    false,
    true,
  ]);
  expect(doubts.length).toBe(1);
});

test("a doubted clock that jumps again starts its day of probation over", () => {
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

test("a clock that is set back is trusted, since less is deleted then", () => {
  const { after, doubts } = clocked(1e12, 1e12);
  expect([after(0), after(HOUR, -900 * DAY), after(HOUR), doubts]).toEqual([true, true, true, []]);
});
