import { describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { ClosingConnections } from "../../../src/server/peer/closing.ts";
import { closing } from "../../../src/wire/closing.ts";
import { startChat } from "../../support/chat-server.ts";
import { FakeTransport, RegistryFixture } from "../fakes.ts";

/** Waits until the transport is closed. Returns how many checks that took. */
async function closed(transport: FakeTransport, looked: (look: number) => number): Promise<number> {
  let looks = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  transport.onGone = resolve;
  Object.defineProperty(transport, "unsent", { get: () => looked(++looks) });
  await promise;
  return looks;
}

describe("a peer that does not close its side is closed", () => {
  test("soon, if it has taken everything", async () => {
    const transport = new FakeTransport();
    new ClosingConnections().close(transport);
    expect(await closed(transport, () => 0)).toBe(1);
    expect(transport.asked).toEqual(["finish", "close"]);
  });

  test("later, if the answer takes longer", async () => {
    const transport = new FakeTransport();
    new ClosingConnections().close(transport);
    expect(await closed(transport, (look) => 3 - look)).toBe(3);
  });

  test("later, as long as it talks; but not in a hurry", async () => {
    const closingConnections = new ClosingConnections();
    for (const [isHurried, looks] of [
      [false, 2],
      [true, 1],
    ] as const) {
      closingConnections.isHurried = isHurried;
      const transport = new FakeTransport();
      const leaving = closingConnections.close(transport);
      leaving.hasReceived = true;
      await new Promise<void>((resolve) => {
        transport.onGone = resolve;
      });
      expect(25 - leaving.checks).toBe(looks);
    }
  });

  test("at once, if it floods", () => {
    const transport = new FakeTransport();
    const leaving = new ClosingConnections().close(transport);
    for (let packets = 0; packets < 4; packets++) leaving.received(16_384);
    expect(transport.asked).toEqual(["finish"]);
    for (let packets = 0; packets < 2; packets++) leaving.received(16_384);
    expect(transport.asked).toEqual(["finish", "close"]);
  });

  test("not at all, if it is gone by itself", async () => {
    const closingConnections = new ClosingConnections();
    const [gone, other] = [new FakeTransport(), new FakeTransport()];
    closingConnections.close(gone).transport = undefined;
    closingConnections.close(other);
    await closed(other, () => 0);
    expect(gone.asked).toEqual(["finish"]);
  });
});

test("a peer that goes on sending after the end still gets the last bytes, and no reset", async () => {
  await using chat = startChat();
  const socket = connect({ port: chat.port, host: "127.0.0.1", allowHalfOpen: true });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let received = "";
  socket.on("data", (bytes) => {
    received += bytes;
  });
  socket.on("end", () => resolve(received));
  socket.on("error", reject);
  socket.write("hello\n/quit\n");
  socket.write("x".repeat(2_000_000));
  expect(await promise).toContain("-- Goodbye.\n");
  await new Promise<void>((done) => {
    socket.on("close", () => done());
    socket.end();
  });
});

test("peers that are idle and stay open are closed, not cut off", async () => {
  using fixture = new RegistryFixture();
  const visitors = [fixture.connects(), fixture.connects().sends("hello\n"), fixture.connects().sends("NICK ann\n")];
  await fixture.registry.empty(closing("server-stopped"));
  expect(visitors.map(({ transport }) => transport.asked)).toEqual(Array(3).fill(["finish", "close"]));
});

test("a paused peer is read to the end", async () => {
  using fixture = new RegistryFixture();
  fixture.onProtocol = (protocol) => {
    protocol.onLine = () => protocol.peer.hold();
  };
  const visitor = fixture.connects().sends("hello\n", "x".repeat(70_000));
  visitor.connection.finish(closing("closed", "The end"));
  fixture.registry.tick.end();
  expect(visitor.transport.asked).toEqual(["pause", "resume", "finish"]);
});
