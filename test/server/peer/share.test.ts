import { expect, test } from "bun:test";
import { Share } from "../../../src/server/peer/share.ts";

test("a newcomer is not light at first, and is after a second or two in which it used nothing", () => {
  const share = new Share(0);
  expect([0, 500, 2000].map((now) => share.isLight(now))).toEqual([false, false, true]);
});

test("one that says a line now and then stays light", () => {
  const share = new Share(0);
  for (let now = 2000; now < 60_000; now += 100) share.spend(0.2, now);
  expect(share.isLight(60_000)).toBe(true);
});

test("each round grants the same; what was used beyond it is owed, up to a bound", () => {
  const share = new Share(0);
  expect([share.grant(), share.grant()]).toEqual([0.25, 0.5]);
  share.spend(1, 0);
  expect([share.grant(), share.grant(), share.grant()]).toEqual([-0.25, 0, 0.25]);
  share.spend(10_000, 0);
  let rounds = 0;
  while (share.grant() <= 0) rounds++;
  expect(rounds).toBe(200);
});

test("what was granted and not used is not saved up, and what is owed stays", () => {
  const share = new Share(0);
  share.grant();
  share.rest();
  expect(share.grant()).toBe(0.25);
  share.spend(1, 0);
  share.rest();
  expect(share.grant()).toBe(-0.5);
});
