import { describe, expect, test } from "bun:test";
import type { ChatEvent } from "../../src/chat/model/event.ts";
import type { Deletion } from "../../src/chat/store.ts";
import { deletingIn, isFirst, LogHorizon } from "../../src/cluster/upkeep.ts";
import { fold } from "../../src/text/fold.ts";
import { join, say } from "../support/chat-fixture.ts";
import { TestCluster } from "../support/cluster-fixture.ts";

const MINUTE = 60_000;
const MEGABYTE = 1024 * 1024;

test.each([
  ["a.1", ["a.1", "b.2"], true],
  ["b.2", ["a.1", "b.2"], false],
  ["b.2", ["b.2", "c.3"], true],
  ["b.2", [], true],
])("%s among %p is the first: %p", (own, names, isIt) => {
  const nodes = names.map((node) => ({ node }));
  expect(isFirst(nodes, own)).toBe(isIt);
});

describe("of the log", () => {
  test("the last hour is kept", () => {
    let now = 0;
    const horizon = new LogHorizon(() => now);
    for (let minute = 0; minute <= 90; minute++) {
      now = minute * MINUTE;
      horizon.ran(minute + 1, 100);
      if (minute < 60) expect(horizon.before(1000)).toBe(0);
    }
    expect(horizon.before(1000)).toBe(31);
    now += 10 * MINUTE;
    expect(horizon.before(1000)).toBe(41);
  });

  test("at most 256 MB are kept", () => {
    const horizon = new LogHorizon(() => 0);
    for (let position = 1; position <= 300; position++) horizon.ran(position, MEGABYTE);
    expect(horizon.before(1000)).toBeWithin(40, 45);
  });

  test("records that a living node has not stored are kept", () => {
    let now = 0;
    const horizon = new LogHorizon(() => now);
    horizon.ran(1, 100);
    now = 20 * MINUTE;
    horizon.ran(20, 100);
    now = 90 * MINUTE;
    horizon.ran(90, 100);
    expect(horizon.before(5)).toBe(5);
    expect(horizon.before(50)).toBe(20);
  });
});

test("all nodes delete the messages that one of them has found, once each", async () => {
  using cluster = new TestCluster();
  const [a, b] = [await cluster.starts("a"), await cluster.starts("b")];
  const ann = a.connects();
  ann.does({ type: "enter", nick: "ann", user: "~ann", realname: "Ann", host: "home", yielding: false }, join("#dev"));
  for (const text of ["one", "two", "three"]) ann.does(say("#dev", text));
  await cluster.settles();
  const past = (node: typeof a) => node.store.history(fold("#dev"), { from: 0, limit: 9 }).map(({ text }) => text);
  const [, two] = a.store.history(fold("#dev"), { from: 0, limit: 9 });
  const forgotten: ChatEvent[] = [];
  b.chat.observe((event) => void (event.type === "forgotten" && forgotten.push(event)));
  const deleting = deletingIn(a.chat);
  const deletion: Deletion = { of: "messages", upTo: two?.seq ?? 0 };
  expect([deleting(deletion), deleting(deletion)]).toEqual([false, false]);
  await cluster.settles();
  expect(deleting(deletion)).toBe(true);
  expect([past(a), past(b)]).toEqual([["three"], ["three"]]);
  expect(forgotten).toHaveLength(1);
});
