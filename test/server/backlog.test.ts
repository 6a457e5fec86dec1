import { expect, test } from "bun:test";
import { Backlog } from "../../src/server/backlog.ts";
import { Outbox } from "../../src/server/outbox.ts";
import { Turn } from "../../src/server/turn.ts";
import { FakeTransport } from "./fakes.ts";

/** Whoever is served lays down so many bytes; answers who was served in which turn, once all have been. */
async function served(all: readonly string[], bytes: number): Promise<readonly string[][]> {
  const turns: string[][] = [];
  let now: string[] = [];
  const turn = new Turn(() => {
    if (now.length > 0) turns.push(now);
    now = [];
    return true;
  });
  const done = Promise.withResolvers<void>();
  const backlog = new Backlog<string>(turn, (item) => {
    now.push(item);
    turn.laid += bytes;
    if (item === all.at(-1)) setImmediate(() => setImmediate(done.resolve));
  });
  for (const item of all) backlog.add(item);
  await done.promise;
  return turns;
}

test("those who wait are served in the order in which they came, as many in a turn as it has room for", async () => {
  const all = Array.from({ length: 10 }, (_, i) => `${i}`);
  const turns = await served(all, 30_000);
  expect(turns.flat()).toEqual(all);
  expect(Math.max(...turns.map((turn) => turn.length))).toBe(5);
});

test("one at least is served in each turn, however much that is", async () => {
  expect(await served(["a", "b", "c"], 1e9)).toEqual([["a"], ["b"], ["c"]]);
});

test("the more wait, the more are served in a turn, however full it is", async () => {
  const all = Array.from({ length: 1000 }, (_, i) => `${i}`);
  const turns = await served(all, 1e9);
  expect(turns.flat()).toEqual(all);
  expect(turns[0]?.length).toBeGreaterThan(50);
});

test("one who has to wait once more is behind the others", async () => {
  const turn = new Turn(() => true);
  const seen: string[] = [];
  const done = Promise.withResolvers<void>();
  const backlog = new Backlog<string>(turn, (item) => {
    seen.push(item);
    turn.laid += 1e9;
    if (seen.length === 1) backlog.add(item);
    if (seen.length === 3) done.resolve();
  });
  backlog.add("a");
  backlog.add("b");
  await done.promise;
  expect(seen).toEqual(["a", "b", "a"]);
});

test("those who tell the same peers something are served together, as that makes no write more", async () => {
  let commits = 0;
  const turn = new Turn(() => {
    commits++;
    return true;
  });
  const transport = new FakeTransport();
  const owner = { flushed: () => {}, failed: () => {} };
  const crowd = Array.from({ length: 400 }, () => new Outbox(turn, transport, owner));
  const done = Promise.withResolvers<void>();
  const backlog = new Backlog<number>(turn, (count) => {
    for (const outbox of crowd.slice(0, count)) outbox.push(Buffer.from("bye"));
    if (count === 1) setImmediate(() => setImmediate(done.resolve));
  });
  // The fourth tells others too: that is enough for a turn.
  for (const count of [200, 200, 200, 400, 1]) backlog.add(count);
  await done.promise;
  expect(commits).toBe(2);
  expect(transport.writes).toBe(400 + 1);
});
