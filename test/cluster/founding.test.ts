import { expect, test } from "bun:test";
import { RULES } from "../../src/chat/model/limits.ts";
import { decodeFounding, encodeFounding, startingPoint } from "../../src/cluster/founding.ts";

const FOUNDING = {
  id: "c1",
  server: "chat.test",
  msgids: "ab12",
  keys: { "cloak.key": "AAEC" },
  rules: RULES,
  start: startingPoint(7, 1_700_000_000_000, 2),
  hasHistory: true,
};

test("a claim is read as it was written", () => {
  expect(decodeFounding({ position: 0, bytes: encodeFounding(FOUNDING) })).toEqual({ v: 1, ...FOUNDING });
});

test("a claim in another form is not read", () => {
  const text = Buffer.from(encodeFounding(FOUNDING)).toString().replace('"v":1', '"v":2');
  expect(decodeFounding({ position: 0, bytes: Buffer.from(text) })).toBeUndefined();
});

test("a cluster runs no record before its claim", () => {
  expect(decodeFounding({ position: 88, bytes: encodeFounding(FOUNDING) })?.start.position).toBe(88);
});

test("a cluster begins before all records, with the next seq of its founder, and what it knows", () => {
  expect(FOUNDING.start).toMatchObject({ seq: 7, position: 0, nodes: { incarnations: 0, agreed: 2, nodes: [] } });
});
