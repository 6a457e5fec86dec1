import { expect, test } from "bun:test";
import fc from "fast-check";
import { OutboxBroadcast } from "../../../src/server/peer/broadcast.ts";
import { Outbox } from "../../../src/server/peer/outbox.ts";
import { Tick } from "../../../src/server/peer/tick.ts";
import { FakeTransport, OWNER } from "../fakes.ts";

/** An outbox over a fake transport, and its tick. */
function setup() {
  const tick = new Tick(() => true);
  const transport = new FakeTransport();
  const flushes: string[] = [];
  const outbox = new Outbox(tick, transport, { ...OWNER, flushed: () => flushes.push(transport.taken) });
  return { tick, transport, outbox, flushes };
}

test("nothing is sent before the tick ends, and then everything with one write", () => {
  const { tick, transport, outbox } = setup();
  const everyone = new OutboxBroadcast(tick);
  everyone.add({ outbox });
  outbox.push(Buffer.from("one "));
  everyone.push(Buffer.from("two "));
  outbox.push(Buffer.from("three "));
  everyone.push(Buffer.from("four"));
  expect(transport.writes).toBe(0);
  tick.end();
  expect([transport.writes, transport.taken]).toEqual([1, "one two three four"]);
});

test("outboxes with the same range of a broadcast are offered the same bytes, not copies", () => {
  const tick = new Tick(() => true);
  const offered: Uint8Array[] = [];
  const everyone = new OutboxBroadcast(tick);
  for (let i = 0; i < 3; i++) {
    const transport = new FakeTransport();
    const write = (bytes: Uint8Array) => {
      offered.push(bytes);
      return bytes.length;
    };
    everyone.add({ outbox: new Outbox(tick, Object.assign(transport, { write }), OWNER) });
  }
  everyone.push(Buffer.from("one"));
  everyone.push(Buffer.from("two"));
  tick.end();
  expect(offered.map((bytes) => Buffer.from(bytes).toString())).toEqual(["onetwo", "onetwo", "onetwo"]);
  expect(new Set(offered).size).toBe(1);
});

test("the backlog of a peer that reads nothing is compact and complete", () => {
  const { tick, transport, outbox } = setup();
  const buffers = new Set<ArrayBufferLike>();
  const borrow = tick.borrow.bind(tick);
  tick.borrow = (size) => {
    const buffer = borrow(size);
    buffers.add(buffer.buffer);
    return buffer;
  };
  const everyone = new OutboxBroadcast(tick);
  everyone.add({ outbox });
  transport.room = 0;
  const said = Array.from({ length: 1000 }, (_, i) => `what was said in turn ${i}, and a little more than that. `);
  for (const text of said) {
    everyone.push(Buffer.from(text));
    tick.end();
  }
  transport.room = Number.POSITIVE_INFINITY;
  transport.isFull = false;
  outbox.drained();
  tick.end();
  expect(transport.taken).toBe(said.join(""));
  let held = 0;
  for (const { byteLength } of buffers) held += byteLength;
  expect(held).toBeLessThan(1.5 * said.join("").length);
});

test("its owner is told after each flush, when the bytes have been offered", () => {
  const { tick, outbox, flushes } = setup();
  outbox.push(Buffer.from("one"));
  tick.end();
  tick.end();
  outbox.mark();
  tick.end();
  expect(flushes).toEqual(["one", "one"]);
});

function* chunks(count: number, size: number): Generator<Uint8Array> {
  for (let i = 0; i < count; i++) yield Buffer.alloc(size, String.fromCharCode(65 + (i % 26)));
}

/** A whole answer as text. */
function whole(count: number, size: number): string {
  return Buffer.concat([...chunks(count, size)]).toString();
}

test("a long answer arrives complete and in order, after the earlier queue", () => {
  const { tick, transport, outbox } = setup();
  outbox.push(Buffer.from("before"));
  outbox.stream(chunks(100, 3000));
  while (outbox.isStreaming) tick.end();
  expect(transport.taken).toBe(`before${whole(100, 3000)}`);
  expect(outbox.isEmpty).toBe(true);
});

test("of a long answer, a peer that does not read is held no more than a little", () => {
  const { tick, transport, outbox } = setup();
  let streamed = 0;
  function* endless(): Generator<Uint8Array> {
    for (;;) {
      streamed += 1000;
      yield Buffer.alloc(1000, "x");
    }
  }
  transport.room = 5000;
  outbox.stream(endless());
  for (let i = 0; i < 10; i++) tick.end();
  expect(streamed - transport.taken.length).toBeLessThanOrEqual(66_000);
  expect(outbox.unsent).toBeLessThanOrEqual(66_000);
  expect(outbox.isStreaming).toBe(true);
});

test("a streamed answer loses no bytes to short writes or to broadcasts meanwhile", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(70_000), fc.boolean()), { maxLength: 12 }), (ticks) => {
      const { tick, transport, outbox } = setup();
      const everyone = new OutboxBroadcast(tick);
      everyone.add({ outbox });
      outbox.stream(chunks(60, 4000));
      let said = "";
      const drain = (space: number) => {
        transport.room = space;
        if (!transport.isFull) return;
        transport.isFull = false;
        outbox.drained();
      };
      for (const [space, speaks] of ticks) {
        if (speaks) {
          everyone.push(Buffer.from("said "));
          said += "said ";
        }
        drain(space);
        tick.end();
      }
      drain(Number.POSITIVE_INFINITY);
      do tick.end();
      while (outbox.isStreaming);
      expect(transport.taken.replaceAll(/[^A-Z]/g, "")).toBe(whole(60, 4000));
      expect(transport.taken.replaceAll(/[A-Z]/g, "")).toBe(said);
    }),
    { numRuns: 30 },
  );
});

test("discarded bytes are not sent, and an answer is not streamed; bytes of earlier ticks are", () => {
  const { tick, transport, outbox } = setup();
  const everyone = new OutboxBroadcast(tick);
  everyone.add({ outbox });
  transport.room = 3;
  outbox.push(Buffer.from("earlier"));
  tick.end();
  outbox.push(Buffer.from("private"));
  everyone.push(Buffer.from("public"));
  outbox.stream(chunks(1, 10));
  outbox.discard();
  outbox.push(Buffer.from(" last words"));
  transport.room = 1000;
  transport.isFull = false;
  outbox.drained();
  tick.end();
  expect(transport.taken).toBe("earlier last words");
  expect(outbox.isEmpty).toBe(true);
});

test("provisional bytes are not sent if the tick could not be stored; all others are, in order", () => {
  for (const isStored of [true, false]) {
    const tick = new Tick(() => isStored);
    const everyone = new OutboxBroadcast(tick);
    const transports = [new FakeTransport(), new FakeTransport()];
    const [first, second] = transports.map((transport) => new Outbox(tick, transport, OWNER));
    if (!first || !second) throw new Error("There are two");
    for (const outbox of [first, second]) everyone.add({ outbox });
    everyone.push(Buffer.from("join "));
    everyone.push(Buffer.from("said "), undefined, true);
    everyone.push(Buffer.from("topic "));
    second.push(Buffer.from("reply "));
    second.push(Buffer.from("direct "), true);
    everyone.push(Buffer.from("said "), { outbox: first }, true);
    everyone.push(Buffer.from("part "));
    tick.end();
    expect(transports.map(({ taken }) => taken)).toEqual(
      isStored
        ? ["join said topic part ", "join said topic reply direct said part "]
        : ["join topic part ", "join topic reply part "],
    );
  }
});

test("a shut outbox accepts nothing more, from a broadcast or directly, and drops its queue", () => {
  const tick = new Tick(() => true);
  const [deaf, other] = [new FakeTransport(), new FakeTransport()];
  const room = new OutboxBroadcast(tick);
  const shut = new Outbox(tick, deaf, OWNER);
  room.add({ outbox: shut });
  room.add({ outbox: new Outbox(tick, other, OWNER) });
  deaf.room = 2;
  room.push(Buffer.from("one "));
  tick.end();
  shut.shut();
  room.push(Buffer.from("two "));
  deaf.room = 100;
  shut.drained();
  tick.end();
  expect([deaf.taken, other.taken]).toEqual(["on", "one two "]);
  expect(shut.isEmpty).toBe(true);
});
