import { expect, test } from "bun:test";
import { openListener } from "../../../src/server/net/listen.ts";
import { socketHandlers } from "../../../src/server/net/tcp.ts";
import type { Transport } from "../../../src/server/net/transport.ts";
import { type Closing, closing } from "../../../src/wire/closing.ts";
import { WireClient } from "../../support/socket.ts";
import { RegistryFixture } from "../fakes.ts";

/** A fixture with a real listener. */
function open() {
  const fixture = new RegistryFixture({ sendQueue: 1 << 25 });
  const door = openListener({ hostname: "127.0.0.1", port: 0 }, fixture.registry);
  return {
    fixture,
    port: door.port ?? 0,
    [Symbol.dispose]: () => {
      door.close();
      for (const connection of fixture.registry.connections) connection.failed(new Error("The test is over"));
      fixture[Symbol.dispose]();
    },
  };
}

test("a bug in handling a line costs its connection, and the others go on", async () => {
  using server = open();
  server.fixture.onProtocol = (protocol) => {
    protocol.onLine = (line) => {
      if (line === "bug") throw new Error("a bug");
      protocol.peer.push(Buffer.from(`${line}!\n`));
    };
  };
  const [ann, bob] = [await WireClient.open(server.port), await WireClient.open(server.port)];
  ann.send("hello\n");
  bob.send("hello\n");
  expect([await ann.next(), await bob.next()]).toEqual(["hello!", "hello!"]);
  ann.send("bug\n");
  await ann.closed();
  bob.send("still here\n");
  expect(await bob.next()).toBe("still here!");
  expect(server.fixture.failures.map((words) => words.replace(/^\d+/, "N"))).toEqual(["N: a bug"]);
  expect(server.fixture.registry.connections.size).toBe(1);
});

test("a bug in saying goodbye leaves no connection behind", async () => {
  using server = open();
  const gone = new Promise<void>((resolve) => {
    server.fixture.onProtocol = (protocol) => {
      protocol.gone = () => {
        resolve();
        throw new Error("a bug");
      };
    };
  });
  const ann = await WireClient.open(server.port);
  ann.send("hello\n");
  ann.shutdown();
  await ann.closed();
  await gone;
  expect(server.fixture.registry.connections.size).toBe(0);
});

test("unsent bytes arrive when the peer reads, complete and in order", async () => {
  using server = open();
  const lines = Array.from({ length: 100_000 }, (_, i) => `${i} ${"x".repeat(100)}\n`);
  server.fixture.onProtocol = (protocol) => {
    protocol.onLine = () => {
      for (const line of lines) protocol.peer.push(Buffer.from(line));
      protocol.peer.finish(closing("closed", "All is said"));
    };
  };
  const ann = await WireClient.open(server.port);
  ann.send("go\n");
  await ann.closed();
  expect(ann.received === lines.join("")).toBe(true);
});

test("a reset connection is removed, and its protocol is told", async () => {
  using server = open();
  const reason = new Promise<string>((resolve) => {
    server.fixture.onProtocol = (protocol) => {
      protocol.gone = ({ words }) => resolve(words);
    };
  });
  const ann = await WireClient.open(server.port);
  ann.send("hello\n");
  await new Promise<void>((resolve) => setTimeout(resolve, 0));
  ann.close();
  expect(await reason).toMatch(/^Connection (?:reset|closed)$/);
});

test("a peer that has gone unnoticed, as nothing is read from it, is gone once it is written to", async () => {
  for (const isPaused of [false, true]) {
    const made = Promise.withResolvers<Transport>();
    const closed = Promise.withResolvers<Closing>();
    const receiver = {
      received: () => {},
      drained: () => {},
      ended: () => {},
      failed: () => {},
      closed: closed.resolve,
      isAtRest: true,
    };
    const accept = (transport: Transport) => {
      transport.receiver = receiver;
      made.resolve(transport);
    };
    const socket = socketHandlers(accept, () => {}, setImmediate);
    using listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket, data: undefined });
    const wire = await WireClient.open(listener.port);
    const transport = await made.promise;
    if (isPaused) transport.pause();
    await new Promise<void>((resolve) => setImmediate(resolve));
    wire.close();
    // The peer answers the first write with a reset; only the second write reports it, not the event loop.
    while (transport.write(new Uint8Array(1)) > 0);
    expect((await closed.promise).words).toMatch(/^Connection (?:reset|closed)$/);
  }
});
