import { expect, test } from "bun:test";
import { DURATIONS, Histogram } from "../../../src/server/ops/histogram.ts";

test("a value is counted under every bound that is not below it", () => {
  const histogram = new Histogram([1, 2, 5]);
  for (const value of [0, 1, 1.5, 5, 9]) histogram.add(value);
  expect(histogram.upTo()).toEqual([2, 3, 4]);
  expect([histogram.count, histogram.sum]).toEqual([5, 16.5]);
});

test("one without a value is all zeros", () => {
  const histogram = new Histogram();
  expect(histogram.upTo()).toEqual(DURATIONS.map(() => 0));
  expect([histogram.count, histogram.sum]).toEqual([0, 0]);
});

test("the bounds of durations rise", () => {
  expect([...DURATIONS].sort((a, b) => a - b)).toEqual([...DURATIONS]);
});
