import { expect, test } from "bun:test";
import fc from "fast-check";
import { plainAddress, type Receiver, type Transport, transportPair } from "../../../src/server/net/transport.ts";
import type { Closing } from "../../../src/wire/closing.ts";

test.each([
  ["127.0.0.1", "127.0.0.1"],
  ["::1", "::1"],
  ["::ffff:192.0.2.1", "192.0.2.1"], // IPv4 on a socket of IPv6
  ["2001:db8::ffff:1", "2001:db8::ffff:1"],
])("%s is written %s", (address, plain) => {
  expect(plainAddress(address)).toBe(plain);
});

/** A receiver that records its events. */
class Listener implements Receiver {
  readonly told: string[] = [];
  got = "";
  readonly isAtRest = true;
  onDrained: () => void = () => {};

  received(bytes: Uint8Array): void {
    this.got += Buffer.from(bytes);
  }

  drained(): void {
    this.told.push("drained");
    this.onDrained();
  }

  ended(): void {
    this.told.push("ended");
  }

  closed({ words }: Closing): void {
    this.told.push(words);
  }

  failed(error: unknown): void {
    this.told.push(String(error));
  }
}

function open(): { near: Transport; far: Transport; here: Listener; there: Listener } {
  const [near, far] = transportPair();
  const [here, there] = [new Listener(), new Listener()];
  near.receiver = here;
  far.receiver = there;
  return { near, far, here, there };
}

/** Waits until all bytes in transit have arrived. */
async function settled(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise<void>((resolve) => setImmediate(resolve));
}

test("bytes arrive later, in order, and as they were when they were written", async () => {
  const { near, there } = open();
  const buffer = Buffer.from("one ");
  near.write(buffer);
  buffer.write("two ");
  near.write(buffer);
  expect([there.got, near.unsent]).toEqual(["", 8]);
  await settled();
  expect([there.got, near.unsent]).toEqual(["one two ", 0]);
});

test("the second side is told when its pace allows, and the first one at once", async () => {
  const due: (() => void)[] = [];
  const [near, far] = transportPair(undefined, (work) => due.push(work));
  const [here, there] = [new Listener(), new Listener()];
  near.receiver = here;
  far.receiver = there;
  near.write(Buffer.from("one "));
  far.write(Buffer.from("answer"));
  await settled();
  near.write(Buffer.from("two"));
  near.finish();
  await settled();
  expect([here.got, there.got, due.length]).toEqual(["answer", "", 1]);
  for (const work of due) work();
  expect([there.got, ...there.told]).toEqual(["one two", "ended"]);
});

test("while the other side does not read, writes are short, and go on once it does", async () => {
  const { near, far, here, there } = open();
  far.pause();
  const all = Buffer.alloc(200_000, "x");
  const taken = near.write(all);
  expect(taken).toBeLessThan(all.length);
  await settled();
  expect([near.write(all), there.got, ...here.told]).toEqual([0, ""]);
  far.resume();
  await settled();
  expect([there.got.length, ...here.told]).toEqual([taken, "drained"]);
});

test("nothing is lost or turned round, whatever is written, paused and resumed", async () => {
  const steps = fc.array(fc.oneof(fc.nat(40_000), fc.constantFrom("pause", "resume", "wait")), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(steps, async (script) => {
      const { near, far, there } = open();
      let sent = "";
      for (const [at, step] of script.entries()) {
        if (step === "pause") far.pause();
        else if (step === "resume") far.resume();
        else if (step === "wait") await settled();
        else if (typeof step === "number") {
          const text = String.fromCharCode(97 + (at % 26)).repeat(step);
          sent += text.slice(0, near.write(Buffer.from(text)));
        }
      }
      far.resume();
      await settled();
      expect(there.got).toBe(sent);
    }),
    { numRuns: 30 },
  );
});

test("the end of one side comes after its bytes, and the other side may go on", async () => {
  const { near, far, here, there } = open();
  near.write(Buffer.from("bye"));
  near.finish();
  await settled();
  expect([there.got, ...there.told]).toEqual(["bye", "ended"]);
  expect(near.write(Buffer.from("more"))).toBe(-1);
  far.write(Buffer.from("and you"));
  await settled();
  expect(here.got).toBe("and you");
});

test("after close the taken bytes still arrive, and the other side learns that the peer is gone", async () => {
  const { near, far, here, there } = open();
  near.write(Buffer.from("bye"));
  near.close();
  await settled();
  expect([here.told, there.got, there.told]).toEqual([["Connection closed"], "bye", ["ended"]]);
  expect(far.write(Buffer.from("hello?"))).toBe(-1);
  await settled();
  expect(there.told).toEqual(["ended", "Connection reset"]);
});

test("terminate ends both sides", async () => {
  const { near, here, there } = open();
  near.write(Buffer.from("never read"));
  near.terminate();
  await settled();
  expect([here.told, there.got, there.told]).toEqual([["Connection closed"], "", ["Connection reset"]]);
});

test("a bug in a reader costs that reader, and is told to it", async () => {
  const { near, there } = open();
  there.received = () => {
    throw new Error("a bug");
  };
  near.write(Buffer.from("x"));
  await settled();
  expect(there.told).toEqual(["Error: a bug"]);
});
