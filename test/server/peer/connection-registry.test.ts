import { expect, test } from "bun:test";
import { WorkQueue } from "../../../src/server/peer/connection-registry.ts";
import { Tick } from "../../../src/server/peer/tick.ts";
import { RegistryFixture } from "../fakes.ts";

test("work that is not urgent is done at once until the tick is full", () => {
  using fixture = new RegistryFixture();
  const { registry } = fixture;
  const { connection } = fixture.connects();
  const done: string[] = [];
  registry.tick.end();
  registry.inTick(connection, () => {
    done.push("one");
    registry.tick.queuedBytes = 1 << 30;
  });
  registry.inTick(connection, () => done.push("two"));
  expect(done).toEqual(["one"]);
});

test("deferred work is done in order", async () => {
  using fixture = new RegistryFixture();
  const { registry } = fixture;
  const { connection } = fixture.connects();
  const done: number[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  for (let n = 0; n < 5; n++)
    registry.inTick(connection, () => {
      registry.tick.queuedBytes = 1 << 30;
      if (done.push(n) === 5) resolve();
    });
  await promise;
  expect(done).toEqual([0, 1, 2, 3, 4]);
});

/**
 * Serving an item queues `queuedBytes` bytes and takes `ms`; returns which items were served in which tick. The items have
 * waited for a second.
 */
async function served(
  all: readonly string[],
  bytes: number,
  ms: number,
  urgency?: number,
): Promise<readonly string[][]> {
  const ticks: string[][] = [];
  let now: string[] = [];
  let time = 0;
  const commit = () => {
    if (now.length > 0) ticks.push(now);
    now = [];
    return true;
  };
  const tick = new Tick(commit, undefined, () => time);
  const done = Promise.withResolvers<void>();
  const workQueue = new WorkQueue<string>(
    tick,
    (item) => {
      now.push(item);
      tick.queuedBytes += bytes;
      time += ms;
      if (item === all.at(-1)) setImmediate(() => setImmediate(done.resolve));
    },
    urgency,
  );
  for (const item of all) workQueue.add(item);
  time += 1000;
  await done.promise;
  return ticks;
}

test("waiting items are served in their order, as many in a tick as it has room for", async () => {
  const all = Array.from({ length: 10 }, (_, i) => `${i}`);
  const ticks = await served(all, 30_000, 0.25);
  expect(ticks.flat()).toEqual(all);
  expect(Math.max(...ticks.map((tick) => tick.length))).toBe(5);
});

test("each tick serves at least one item, however long that takes", async () => {
  expect(await served(["a", "b", "c"], 1e9, 1)).toEqual([["a"], ["b"], ["c"]]);
});

test("waiting items get a share of each tick, however full it is", async () => {
  const all = Array.from({ length: 10 }, (_, i) => `${i}`);
  const ticks = await served(all, 1e9, 0.25);
  expect(ticks.flat()).toEqual(all);
  expect(ticks[0]).toEqual(["0", "1", "2", "3"]);
});

test("where they are urgent, their share grows with the time that the first has waited", async () => {
  const all = Array.from({ length: 10 }, (_, i) => `${i}`);
  const [first] = await served(all, 1e9, 0.25, 0.002);
  expect(first).toEqual(all.slice(0, 8));
});

test("an item that is added again comes after the others", async () => {
  let time = 0;
  const tick = new Tick(
    () => true,
    undefined,
    () => time++,
  );
  const seen: string[] = [];
  const done = Promise.withResolvers<void>();
  const workQueue = new WorkQueue<string>(tick, (item) => {
    seen.push(item);
    tick.queuedBytes += 1e9;
    if (seen.length === 1) workQueue.add(item);
    if (seen.length === 3) done.resolve();
  });
  workQueue.add("a");
  workQueue.add("b");
  await done.promise;
  expect(seen).toEqual(["a", "b", "a"]);
});
