import { expect, test } from "bun:test";
import { durationOf } from "../../src/text/duration.ts";

test.each([
  ["30d", 30 * 24 * 60 * 60 * 1000],
  ["12h", 12 * 60 * 60 * 1000],
  ["45m", 45 * 60 * 1000],
  ["10s", 10_000],
  ["0d", undefined],
  ["d", undefined],
  ["-1d", undefined],
  ["1.5h", undefined],
  ["30 d", undefined],
  ["30days", undefined],
  ["1d2h", undefined],
  ["", undefined],
])("%p is %p ms", (text, length) => {
  expect(durationOf(text)).toBe(length);
});
