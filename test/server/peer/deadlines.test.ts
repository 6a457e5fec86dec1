import { expect, test } from "bun:test";
import { Deadlines } from "../../../src/server/peer/deadlines.ts";
import { RegistryFixture } from "../fakes.ts";

/** Deadlines of a moment, and a way to wait for one. */
function deadlines(delay = 5) {
  const due: string[] = [];
  const waiting = new Map<string, () => void>();
  const queue = new Deadlines<string>(delay, (item) => {
    due.push(item);
    waiting.get(item)?.();
  });
  const until = (item: string) => new Promise<void>((resolve) => waiting.set(item, resolve));
  return { due, queue, until };
}

test("deadlines are due in the order of setting, and each once", async () => {
  const { due, queue, until } = deadlines();
  for (const item of ["a", "b", "c"]) queue.set(item);
  await until("c");
  queue.set("d");
  await until("d");
  expect(due).toEqual(["a", "b", "c", "d"]);
});

test("nothing is due before its time", async () => {
  const { queue, until } = deadlines(20);
  const { at } = queue.set("a");
  await until("a");
  expect(performance.now()).toBeGreaterThanOrEqual(at);
});

test("a cancelled deadline is never due", async () => {
  const { due, queue, until } = deadlines();
  const [first, , third] = ["a", "b", "c"].map((item) => queue.set(item));
  first?.cancel();
  third?.cancel();
  expect(first?.item).toBeUndefined();
  queue.set("d");
  await until("d");
  expect(due).toEqual(["b", "d"]);
});

test("a deadline set while another is due comes after it", async () => {
  const seen: string[] = [];
  await new Promise<void>((resolve) => {
    const queue: Deadlines<string> = new Deadlines(5, (item) => {
      seen.push(item);
      if (item === "b") resolve();
      else queue.set("b");
    });
    queue.set("a");
  });
  expect(seen).toEqual(["a", "b"]);
});

test("once stopped, nothing that was set is due", async () => {
  const stopped = deadlines();
  stopped.queue.set("a");
  stopped.queue.stop();
  const later = deadlines(30);
  later.queue.set("b");
  await later.until("b");
  expect(stopped.due).toEqual([]);
});

test("connections of unknown protocol are counted until it is known, or they are gone", () => {
  using fixture = new RegistryFixture();
  const { connection } = fixture.connects();
  expect([...fixture.registry.undecided]).toEqual([connection]);
  connection.handshakeTimers.begin();
  expect(fixture.registry.undecided.size).toBe(1);
  connection.handshakeTimers.end();
  expect(fixture.registry.undecided.size).toBe(0);
});
