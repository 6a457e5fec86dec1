import { expect, test } from "bun:test";
import { Recent } from "../../../src/server/limits/recent.ts";

test("what happened counts in full while its window lasts, in part in the next one, and then no more", () => {
  let now = 5000;
  const recent = new Recent(1000, () => now);
  for (let n = 0; n < 10; n++) recent.add("a");
  recent.add("b");
  const rows: readonly [at: number, a: number, b: number][] = [
    [5000, 10, 1],
    [5999, 10, 1],
    [6000, 10, 1],
    [6001, 9, 0],
    [6500, 5, 0],
    [6999, 0, 0],
    [7000, 0, 0],
  ];
  for (const [at, a, b] of rows) {
    now = at;
    expect([recent.count("a"), recent.count("b"), recent.count("c")], String(at)).toEqual([a, b, 0]);
  }
});

test("what happens in one window is added to what is left of the one before", () => {
  let now = 0;
  const recent = new Recent(1000, () => now);
  for (let n = 0; n < 4; n++) recent.add("a");
  now = 1500;
  recent.add("a");
  expect(recent.count("a")).toBe(3);
  now = 2500;
  expect(recent.count("a")).toBe(0);
});

test("after a long silence nothing counts, and windows go on from where they would be", () => {
  let now = 0;
  const recent = new Recent(1000, () => now);
  recent.add("a");
  now = 10_400;
  expect(recent.count("a")).toBe(0);
  for (let n = 0; n < 10; n++) recent.add("a");
  now = 11_200;
  expect(recent.count("a")).toBe(8);
});

test("a clock that is set back makes nothing happen twice", () => {
  let now = 1000;
  const recent = new Recent(1000, () => now);
  recent.add("a");
  now = 0;
  expect(recent.count("a")).toBe(1);
});

test("each of many is counted for itself", () => {
  const recent = new Recent(1000, () => 0);
  const keys = Array.from({ length: 20_000 }, (_, n) => `127.${n >> 8}.${n & 255}.1`);
  for (const [n, key] of keys.entries()) for (let times = 0; times <= n % 3; times++) recent.add(key);
  expect(keys.map((key) => recent.count(key))).toEqual(keys.map((_, n) => 1 + (n % 3)));
});
