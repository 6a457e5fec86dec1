import { expect, test } from "bun:test";
import { Outbox } from "../../src/server/outbox.ts";
import { Turn } from "../../src/server/turn.ts";
import { FakeTransport } from "./fakes.ts";

/** A turn with one outbox, and what happens in order. */
function stage(commit: () => void = () => {}) {
  const happened: string[] = [];
  const transport = new FakeTransport();
  const write = (bytes: Uint8Array) => {
    happened.push(`sent ${Buffer.from(bytes).toString()}`);
    return bytes.length;
  };
  const turn = new Turn(() => {
    happened.push("committed");
    commit();
    return true;
  });
  const outbox = new Outbox(turn, Object.assign(transport, { write }), {
    flushed: () => happened.push("flushed"),
    failed: () => happened.push("failed"),
  });
  return { turn, outbox, happened };
}

test("nothing is sent before the store has committed, once for all of a turn", () => {
  const { turn, outbox, happened } = stage();
  outbox.push(Buffer.from("one"));
  outbox.push(Buffer.from("two"));
  expect(happened).toEqual([]);
  turn.end();
  expect(happened).toEqual(["committed", "sent onetwo", "flushed"]);
});

test("a turn ends by itself, once all that has come at the time is handled", async () => {
  const { outbox, happened } = stage();
  outbox.push(Buffer.from("one"));
  await new Promise<void>((resolve) => setImmediate(resolve));
  expect(happened).toEqual(["committed", "sent one", "flushed"]);
});

test("what committing has said goes out in the same turn", () => {
  const { turn, outbox, happened } = stage(() => outbox.push(Buffer.from("not stored")));
  outbox.push(Buffer.from("one "));
  turn.end();
  expect(happened).toEqual(["committed", "sent one not stored", "flushed"]);
});

test("a commit that fails loses nothing of what was queued: it is sent by the next that does not", () => {
  let isBroken = true;
  const { turn, outbox, happened } = stage(() => {
    if (isBroken) throw new Error("a bug in the store");
  });
  outbox.push(Buffer.from("one"));
  expect(() => turn.end()).toThrow("a bug in the store");
  isBroken = false;
  turn.end();
  expect(happened).toEqual(["committed", "committed", "sent one", "flushed"]);
});

test("what being flushed causes belongs to the next turn", () => {
  const turn = new Turn(() => true);
  const transport = new FakeTransport();
  let count = 0;
  const outbox: Outbox = new Outbox(turn, transport, {
    flushed: () => {
      if (++count < 3) outbox.push(Buffer.from(`${count}`));
    },
    failed: () => {},
  });
  outbox.push(Buffer.from("0"));
  turn.end();
  expect(transport.taken).toBe("0");
  turn.end();
  expect(transport.taken).toBe("01");
});

test("a buffer is as large as was asked for, and one that was given back is used again", () => {
  const turn = new Turn(() => true);
  const buffer = turn.borrow(100);
  expect(buffer.length).toBe(100);
  turn.giveBack(buffer);
  expect(turn.borrow(50)).toBe(buffer);
  turn.giveBack(buffer);
  expect(turn.borrow(101).length).toBe(101);
});

test("a turn is full once many are to be sent something", () => {
  const { turn, outbox } = stage();
  outbox.push(Buffer.from("one"));
  expect(turn.isFull).toBe(false);
  for (let n = 0; n < 200; n++) turn.mark(outbox);
  expect(turn.isFull).toBe(true);
});

test("a turn is full once much is laid down, and the next one is not", () => {
  const { turn } = stage();
  expect(turn.isFull).toBe(false);
  turn.begin();
  turn.laid = 1 << 30;
  expect(turn.isFull).toBe(true);
  turn.end();
  turn.begin();
  expect(turn.isFull).toBe(false);
});
