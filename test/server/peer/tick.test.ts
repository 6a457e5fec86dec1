import { expect, test } from "bun:test";
import { OutboxBroadcast } from "../../../src/server/peer/broadcast.ts";
import { Outbox } from "../../../src/server/peer/outbox.ts";
import { Tick, threadTime, Unread } from "../../../src/server/peer/tick.ts";
import { FakeTransport, OWNER } from "../fakes.ts";

/** A tick with one outbox, and its events in order. */
function setup(commit: () => void = () => {}) {
  const happened: string[] = [];
  const transport = new FakeTransport();
  const write = (bytes: Uint8Array) => {
    happened.push(`sent ${Buffer.from(bytes).toString()}`);
    return bytes.length;
  };
  const commits = () => {
    happened.push("committed");
    commit();
    return true;
  };
  const tick = new Tick(commits, undefined, () => 0);
  const outbox = new Outbox(tick, Object.assign(transport, { write }), {
    awaitsFlush: true,
    flushed: () => happened.push("flushed"),
    failed: () => happened.push("failed"),
  });
  return { tick, outbox, happened };
}

test("nothing is sent before the store has committed, once per tick", () => {
  const { tick, outbox, happened } = setup();
  outbox.push(Buffer.from("one"));
  outbox.push(Buffer.from("two"));
  expect(happened).toEqual([]);
  tick.end();
  expect(happened).toEqual(["committed", "sent onetwo", "flushed"]);
});

test("a tick ends by itself after the pending input is handled", async () => {
  const { outbox, happened } = setup();
  outbox.push(Buffer.from("one"));
  await new Promise<void>((resolve) => setImmediate(resolve));
  expect(happened).toEqual(["committed", "sent one", "flushed"]);
});

test("bytes queued by the commit are sent in the same tick", () => {
  const { tick, outbox, happened } = setup(() => outbox.push(Buffer.from("not stored")));
  outbox.push(Buffer.from("one "));
  tick.end();
  expect(happened).toEqual(["committed", "sent one not stored", "flushed"]);
});

test("after a failed commit the queue is kept, and sent after the next commit that succeeds", () => {
  let isBroken = true;
  const { tick, outbox, happened } = setup(() => {
    if (isBroken) throw new Error("a bug in the store");
  });
  outbox.push(Buffer.from("one"));
  expect(() => tick.end()).toThrow("a bug in the store");
  isBroken = false;
  tick.end();
  expect(happened).toEqual(["committed", "committed", "sent one", "flushed"]);
});

test("work caused by `flushed` belongs to the next tick", () => {
  const tick = new Tick(
    () => true,
    undefined,
    () => 0,
  );
  const transport = new FakeTransport();
  let count = 0;
  const outbox: Outbox = new Outbox(tick, transport, {
    awaitsFlush: true,
    flushed: () => {
      if (++count < 3) outbox.push(Buffer.from(`${count}`));
    },
    failed: () => {},
  });
  outbox.push(Buffer.from("0"));
  tick.end();
  expect(transport.taken).toBe("0");
  tick.end();
  expect(transport.taken).toBe("01");
});

test("a borrowed buffer has at least the asked size, and a returned one is reused", () => {
  const tick = new Tick(
    () => true,
    undefined,
    () => 0,
  );
  const buffer = tick.borrow(10_000);
  expect(buffer.length).toBe(10_000);
  tick.giveBack(buffer);
  expect(tick.borrow(50)).toBe(buffer);
  tick.giveBack(buffer);
  expect(tick.borrow(10_001).length).toBe(10_001);
});

/** An overloaded tick in which each write takes half a millisecond, and outboxes that log their writes in one list. */
function slowStage(count: number, commit: () => boolean = () => true) {
  let now = 0;
  const sent: string[] = [];
  const tick = new Tick(commit, undefined, () => now);
  tick.markOverloaded();
  const outboxes = Array.from({ length: count }, (_, number) => {
    const write = (bytes: Uint8Array) => {
      now += 0.5;
      sent.push(`${number}${Buffer.from(bytes).toString()}`);
      return bytes.length;
    };
    return new Outbox(tick, Object.assign(new FakeTransport(), { write }), OWNER);
  });
  const take = () => sent.splice(0).join(" ");
  const pass = (ms: number) => {
    now += ms;
  };
  return { tick, outboxes, take, pass };
}

/** Outboxes with these numbers, each with bytes to send. */
function all(from: number, to: number, text: string): string {
  return Array.from({ length: to - from }, (_, i) => `${from + i}${text}`).join(" ");
}

test("without overload no outbox waits, however long flushing takes; an overload ends after a second", () => {
  const { tick, outboxes, take, pass } = slowStage(20);
  const everyone = new OutboxBroadcast(tick);
  for (const outbox of outboxes) everyone.add({ outbox });
  pass(1000);
  everyone.push(Buffer.from("a"));
  tick.end();
  expect(take()).toBe(all(0, 20, "a"));
  tick.markOverloaded();
  everyone.push(Buffer.from("b"));
  tick.end();
  expect(take()).toBe(all(0, 8, "b"));
});

test("while overloaded, a long flush leaves outboxes for the next tick, in which newly due ones go first", () => {
  const { tick, outboxes, take } = slowStage(40);
  const everyone = new OutboxBroadcast(tick);
  for (const outbox of outboxes.slice(0, 20)) everyone.add({ outbox });
  everyone.push(Buffer.from("a"));
  tick.end();
  expect(take()).toBe(all(0, 8, "a"));
  outboxes[30]?.push(Buffer.from("b"));
  outboxes[9]?.push(Buffer.from("b"));
  tick.end();
  expect(take()).toBe(`30b 8a 9ab ${all(10, 16, "a")}`);
  tick.end();
  expect(take()).toBe(all(16, 20, "a"));
});

test("each tick flushes some waiting outboxes, however many others are due", () => {
  const { tick, outboxes, take } = slowStage(60);
  for (const outbox of outboxes.slice(0, 20)) outbox.push(Buffer.from("a"));
  tick.end();
  for (const outbox of outboxes.slice(20)) outbox.push(Buffer.from("b"));
  expect(take()).toBe(all(0, 8, "a"));
  tick.end();
  expect(take()).toBe(`${all(20, 28, "b")} ${all(8, 16, "a")}`);
});

test("while overloaded, light outboxes go before heavy ones, due or waiting; some heavy ones go each time", () => {
  const { tick, outboxes, take } = slowStage(30);
  const much = "m".repeat(5000);
  for (const outbox of outboxes.slice(0, 20)) outbox.push(Buffer.from(much));
  outboxes[25]?.push(Buffer.from("a"));
  tick.end();
  expect(take().replaceAll(much, "m")).toBe(`25a ${all(0, 8, "m")}`);
  outboxes[26]?.push(Buffer.from("b"));
  tick.end();
  expect(take().replaceAll(much, "m")).toBe(`26b ${all(8, 16, "m")}`);
});

test("a tick that leaves work for the next one begins it by itself", async () => {
  const { outboxes, take } = slowStage(12);
  for (const outbox of outboxes) outbox.push(Buffer.from("a"));
  for (let ticks = 0; ticks < 3; ticks++) await new Promise<void>((resolve) => setImmediate(resolve));
  expect(take()).toBe(all(0, 12, "a"));
});

test("waiting bytes are committed: they are sent even if the next tick cannot be stored", () => {
  let isStored = true;
  const { tick, outboxes, take } = slowStage(10, () => isStored);
  const everyone = new OutboxBroadcast(tick);
  for (const outbox of outboxes) everyone.add({ outbox });
  everyone.push(Buffer.from("a"), undefined, true);
  tick.end();
  isStored = false;
  everyone.push(Buffer.from("b"), undefined, true);
  outboxes[9]?.push(Buffer.from("c"));
  tick.end();
  tick.end();
  expect(take()).toBe(`${all(0, 9, "a")} 9ac`);
});

test("waiting outboxes count for whether a tick is full", () => {
  const { tick, outboxes } = slowStage(300);
  for (const outbox of outboxes) outbox.push(Buffer.from("a"));
  tick.end();
  expect(tick.isFull).toBe(true);
});

test("a tick is full once many outboxes are marked", () => {
  const { tick, outbox } = setup();
  outbox.push(Buffer.from("one"));
  expect(tick.isFull).toBe(false);
  for (let n = 0; n < 200; n++) tick.mark(new Outbox(tick, new FakeTransport(), OWNER));
  expect(tick.isFull).toBe(true);
});

test("a tick is full once many bytes are queued, and the next one is not", () => {
  const { tick, outbox } = setup();
  expect(tick.isFull).toBe(false);
  outbox.push(Buffer.alloc(1 << 20));
  expect(tick.isFull).toBe(true);
  tick.end();
  tick.begin();
  expect(tick.isFull).toBe(false);
  tick.queuedBytes = 1 << 30;
  expect(tick.isFull).toBe(true);
  tick.end();
  tick.begin();
  expect(tick.isFull).toBe(false);
});

test("no more input is handled once much is queuedBytes down: so much for each recipient", () => {
  const tick = new Tick(
    () => true,
    undefined,
    () => 0,
  );
  const outboxes = Array.from({ length: 200 }, () => new Outbox(tick, new FakeTransport(), OWNER));
  outboxes[0]?.push(Buffer.alloc(1 << 20));
  expect(tick.isSaturated).toBe(false);
  outboxes[0]?.push(Buffer.alloc(1));
  expect(tick.isSaturated).toBe(true);
  for (const outbox of outboxes) outbox.push(Buffer.alloc(1000));
  expect(tick.isSaturated).toBe(false);
});

test("while some peers wait for lines, a few megabytes of queued bytes saturate the tick", () => {
  const { tick, outboxes } = slowStage(1000);
  for (const outbox of outboxes) outbox.push(Buffer.from("a"));
  tick.end();
  expect(tick.isSaturated).toBe(false);
  outboxes[0]?.push(Buffer.alloc(3 << 20));
  expect(tick.isSaturated).toBe(true);
});

test("the thread's lost time is measured after a first call, in the ticks of the next second", () => {
  let now = 0;
  const tick = new Tick(
    () => true,
    undefined,
    () => now,
  );
  tick.begin();
  now = 1000;
  expect(tick.lost()).toBe(0);
  tick.end();
  tick.begin();
  now = 2000;
  expect(tick.lost()).toBeGreaterThan(900);
  tick.end();
  now = 10_000;
  tick.begin();
  now = 11_000;
  expect(tick.lost()).toBe(0);
  tick.end();
});

test("a thread's time passes while it works, and hardly while it sleeps", async () => {
  const before = threadTime();
  while (threadTime() < before + 5) Math.random();
  const slept = () => performance.now() - threadTime();
  for (const awake = slept(); slept() < awake + 5; ) await Bun.sleep(1);
});

test("unsent bytes are added up, and a peer with at least the average has much", () => {
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
