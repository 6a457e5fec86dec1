import { expect, test } from "bun:test";
import { once } from "node:events";
import { DuplexBridge } from "../../../src/server/net/duplex-bridge.ts";
import { closing } from "../../../src/wire/closing.ts";
import { FakeTransport } from "../fakes.ts";

function open(options?: { allowHalfOpen?: boolean }) {
  const transport = new FakeTransport();
  const failures: unknown[] = [];
  const bridge = new DuplexBridge(transport, (error) => failures.push(error), options);
  transport.receiver = bridge;
  return { transport, bridge, duplex: bridge.duplex, failures };
}

/** Lets a full transport take more bytes. */
function drain(transport: FakeTransport, room: number): void {
  transport.isFull = false;
  transport.room = room;
  transport.receiver?.drained();
}

test("writes wait while the transport is full, and are sent in order", () => {
  const { transport, bridge, duplex } = open();
  transport.room = 3;
  expect(duplex.write("hello")).toBe(true);
  duplex.write(" and ");
  duplex.write("goodbye");
  expect([transport.taken, bridge.backlog, bridge.isAtRest]).toEqual(["hel", 17, false]);
  drain(transport, 4);
  // In Node's streams, a write counts in full until all of it is taken.
  expect([transport.taken, bridge.backlog]).toEqual(["hello a", 12]);
  drain(transport, 100);
  expect([transport.taken, bridge.backlog, bridge.isAtRest]).toEqual(["hello and goodbye", 0, true]);
});

test("a writer of much is told to wait, and when it may go on", async () => {
  const { transport, duplex } = open();
  transport.room = 10;
  expect(duplex.write(Buffer.alloc(duplex.writableHighWaterMark + 1))).toBe(false);
  const drained = once(duplex, "drain");
  drain(transport, 1 << 20);
  await drained;
});

test("the transport is paused while the stream is not read, and resumed once it is", () => {
  const { transport, duplex } = open();
  const bytes = Buffer.alloc(duplex.readableHighWaterMark, "x");
  transport.receiver?.received(bytes);
  expect(transport.asked).toEqual(["pause"]);
  let got = 0;
  duplex.on("data", (data: Buffer) => {
    got += data.length;
  });
  return once(duplex, "data").then(() => {
    transport.receiver?.received(bytes);
    expect([got, ...transport.asked]).toEqual([2 * bytes.length, "pause", "resume"]);
  });
});

test("the end of our side comes after all writes, and the peer may still send", async () => {
  const { transport, duplex } = open({ allowHalfOpen: true });
  transport.room = 2;
  duplex.end("bye");
  await new Promise<void>((resolve) => setImmediate(resolve));
  expect(transport.asked).toEqual([]);
  const finished = once(duplex, "finish");
  drain(transport, 100);
  await finished;
  expect([transport.taken, ...transport.asked]).toEqual(["bye", "finish"]);
  const data = once(duplex, "data");
  transport.receiver?.received(Buffer.from("still here"));
  expect(String((await data)[0])).toBe("still here");
});

test("with half-open, the end of the peer's side leaves our side open", async () => {
  const { transport, duplex } = open({ allowHalfOpen: true });
  const end = once(duplex.resume(), "end");
  transport.receiver?.ended();
  await end;
  duplex.write("an answer");
  expect([transport.taken, ...transport.asked]).toEqual(["an answer"]);
  const closed = once(duplex, "close");
  duplex.end();
  await closed;
  expect(transport.asked).toEqual(["finish", "close"]);
});

test("without half-open, the end of the peer's side ends our side and closes the transport", async () => {
  const { transport, duplex } = open();
  const closed = once(duplex.resume(), "close");
  transport.receiver?.ended();
  await closed;
  expect(transport.asked).toEqual(["finish", "close"]);
});

test("a closed transport closes the stream, and gets no more calls", async () => {
  const { transport, bridge, duplex } = open();
  transport.room = 0;
  duplex.write("never taken");
  const closed = once(duplex, "close");
  transport.receiver?.closed(closing("reset"));
  await closed;
  bridge.drained();
  bridge.received(Buffer.from("late"));
  bridge.ended();
  expect([transport.taken, transport.asked, duplex.destroyed]).toEqual(["", [], true]);
});

test("a destroyed stream closes the transport, and only the stream gets its error", async () => {
  const { transport, duplex, failures } = open();
  transport.onGone = () => transport.receiver?.closed(closing("closed"));
  const error = once(duplex, "error");
  duplex.destroy(new Error("enough"));
  expect(String((await error)[0])).toBe("Error: enough");
  expect([transport.asked, failures]).toEqual([["close"], []]);
});

test("an exception in a reader of the stream is reported to the bridge's creator", () => {
  const { transport, failures } = open();
  transport.receiver?.failed("a bug");
  expect(failures).toEqual(["a bug"]);
});

test("bytes written to a departed peer are dropped, and the write completes", async () => {
  const { transport, bridge, duplex } = open();
  transport.write = () => -1;
  await new Promise<void>((resolve, reject) => duplex.write("gone", (error) => (error ? reject(error) : resolve())));
  expect(bridge.backlog).toBe(0);
});
