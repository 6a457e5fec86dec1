import { expect, test } from "bun:test";
import { Unread } from "../../../src/server/peer/unread.ts";

test("what peers leave unread is added up, and those who leave no less than the average leave much", () => {
  const unread = new Unread();
  expect([unread.bytes, unread.isMuch(0), unread.isMuch(1)]).toEqual([0, false, true]);
  for (const bytes of [100, 200, 600]) unread.change(0, bytes);
  expect(unread.bytes).toBe(900);
  expect([100, 200, 300, 600].map((bytes) => unread.isMuch(bytes))).toEqual([false, false, true, true]);
});

test("a peer that has read is not counted any more", () => {
  const unread = new Unread();
  for (const bytes of [100, 300, 500]) unread.change(0, bytes);
  unread.change(500, 200);
  unread.change(100, 0);
  expect(unread.bytes).toBe(500);
  expect([200, 300].map((bytes) => unread.isMuch(bytes))).toEqual([false, true]);
});
