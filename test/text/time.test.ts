import { expect, test } from "bun:test";
import { clockOf, dateOf } from "../../src/text/time.ts";

test.each([
  [0, 0, "00:00"],
  [9, 5, "09:05"],
  [12, 3, "12:03"],
  [23, 59, "23:59"],
])("%i hours and %i minutes of the local day are shown as %s", (hours, minutes, shown) => {
  expect(clockOf(new Date(2026, 6, 1, hours, minutes, 59, 999).getTime())).toBe(shown);
});

test("a moment is written for everyone, wherever they are", () => {
  expect(dateOf(Date.UTC(2026, 0, 5, 12, 3, 59))).toBe("2026-01-05 12:03 UTC");
});
