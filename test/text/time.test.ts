import { expect, test } from "bun:test";
import {
  clockOf,
  dateOf,
  dayOf,
  durationOf,
  lengthOf,
  localTimes,
  longDayOf,
  pastTimeOf,
} from "../../src/text/time.ts";

test.each([
  [0, 0, "00:00"],
  [9, 5, "09:05"],
  [12, 3, "12:03"],
  [23, 59, "23:59"],
])("%i hours and %i minutes local time are shown as %s", (hours, minutes, shown) => {
  expect(clockOf(new Date(2026, 6, 1, hours, minutes, 59, 999).getTime())).toBe(shown);
});

test("a day in words is that of Intl in en-GB, on every day of a leap year", () => {
  const days = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", year: "numeric" });
  for (let day = 1; day <= 366; day++) {
    const time = new Date(2024, 0, day, 12).getTime();
    expect(longDayOf(time)).toBe(days.format(time));
  }
  expect(longDayOf(new Date(2026, 0, 5, 0, 0).getTime())).toBe("Monday, 5 January 2026");
});

test("a date is written in UTC", () => {
  expect(dateOf(Date.UTC(2026, 0, 5, 12, 3, 59))).toBe("2026-01-05 12:03 UTC");
});

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

test.each([
  [10_000, "10s"],
  [600_000, "10m"],
  [7_200_000, "2h"],
  [90_000, "1m 30s"],
  [26 * 3_600_000, "1d 2h"],
  [86_400_000 + 5000, "1d"], // seconds are nothing to days
  [7 * 86_400_000, "7d"],
  [1, "1s"],
  [-5, "1s"],
])("%i ms are written %s", (length, text) => {
  expect(lengthOf(length)).toBe(text);
});

test("the times of a server's sentence become local", () => {
  const time = Date.parse("2026-11-27T08:18Z");
  expect(localTimes(`banned until ${dateOf(time)}: too loud`)).toBe(
    `banned until ${dayOf(time)} ${clockOf(time)}: too loud`,
  );
  expect(localTimes("until 2026-99-99 08:18 UTC, or 08:18 UTC")).toBe("until 2026-99-99 08:18 UTC, or 08:18 UTC");
});

const NOON = new Date(2026, 0, 5, 12, 0).getTime();

test.each([
  ["yesterday", "2026-01-04 00:00"],
  ["today", "2026-01-05 00:00"],
  ["yesterday 23:15", "2026-01-04 23:15"],
  ["09:30", "2026-01-05 09:30"],
  ["9:30", "2026-01-05 09:30"],
  ["13:00", "2026-01-04 13:00"],
  ["2025-12-31", "2025-12-31 00:00"],
  ["2025-12-31 8:05", "2025-12-31 08:05"],
  ["2026-02-31", undefined],
  ["25:00", undefined],
  ["noon", undefined],
  ["today09:30", undefined],
  ["", undefined],
])("at noon on 2026-01-05, %p is %p", (text, local) => {
  const time = pastTimeOf(text, NOON);
  expect(time === undefined ? undefined : `${dayOf(time)} ${clockOf(time)}`).toBe(local);
});
