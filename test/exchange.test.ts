import { describe, expect, test } from "bun:test";
import { binary, Program } from "./support/binary.ts";
import { WireClient } from "./support/socket.ts";

const python = Bun.which("python3");

// A simple client and server written with Python's asyncio.
const PYTHON_CLIENT = `
import asyncio, sys
async def main():
    reader, writer = await asyncio.open_connection("127.0.0.1", int(sys.argv[1]))
    writer.write(sys.argv[2].encode().decode("unicode_escape").encode())
    await writer.drain()
    print("got", (await reader.read(1000)).decode(), flush=True)
    writer.close()
    await writer.wait_closed()
asyncio.run(main())
`;
const PYTHON_SERVER = `
import asyncio
async def handle(reader, writer):
    data = await reader.read(100)
    print("from client:", data.decode().strip(), flush=True)
    writer.write(b"Received: " + data)
    await writer.drain()
    writer.close()
    await writer.wait_closed()
async def main():
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    print("port", server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()
asyncio.run(main())
`;

describe("server --once", () => {
  test("reads a message, prints it with its sender, replies, closes, and serves the next client", async () => {
    await using server = await Program.server(["--once"]);
    for (const message of ["hello", "world"]) {
      const wire = await WireClient.open(server.port);
      wire.send(`${message}\n`);
      expect(await wire.next()).toBe(`Received: ${message}`);
      await wire.closed();
      await server.prints(new RegExp(`127\\.0\\.0\\.1:\\d+ ${message}\n`));
    }
  });

  test("answers a message without a newline, also at the end of input", async () => {
    await using server = await Program.server(["--once", "--reply", "ok: {message}!"]);
    const bare = await WireClient.open(server.port);
    bare.send("no newline");
    expect(await bare.next()).toBe("ok: no newline!");
    const ended = await WireClient.open(server.port);
    ended.send("é");
    ended.shutdown();
    expect(await ended.next()).toBe("ok: é!");
    await ended.closed();
  });

  test("closes at end of input without a message", async () => {
    await using server = await Program.server(["--once"]);
    const wire = await WireClient.open(server.port);
    wire.shutdown();
    await wire.closed();
    expect(wire.received).toBe("");
  });

  test("serves many clients at the same time", async () => {
    await using server = await Program.server(["--once"]);
    const wires = await Promise.all(Array.from({ length: 50 }, () => WireClient.open(server.port)));
    for (const [n, wire] of wires.entries()) wire.send(`message ${n}\n`);
    for (const [n, wire] of wires.entries()) expect(await wire.next()).toBe(`Received: message ${n}`);
  });

  test("stops gracefully at SIGTERM", async () => {
    await using server = await Program.server(["--once"]);
    server.process.kill("SIGTERM");
    expect(await server.exit()).toBe(0);
  });
});

describe.skipIf(!python)("a Python asyncio program on the other side", () => {
  for (const [what, message] of [
    ["with a newline", "hello\\n"],
    ["without a newline", "hello"],
  ] as const) {
    test(`its client, ${what}, is answered by server --once`, async () => {
      await using server = await Program.server(["--once"]);
      await using client = Program.run([python ?? "", "-c", PYTHON_CLIENT, String(server.port), message]);
      await client.prints(/got Received: hello\n/);
      expect(await client.exit()).toBe(0);
    });

    test(`its client, ${what}, is answered by the real chat`, async () => {
      await using server = await Program.server();
      await using client = Program.run([python ?? "", "-c", PYTHON_CLIENT, String(server.port), message]);
      await client.prints(/got /);
      expect(await client.exit()).toBe(0);
      await server.prints(/#lobby <guest-1> hello\n/);
    });
  }

  test("client --raw talks to its server", async () => {
    await using server = Program.run([python ?? "", "-c", PYTHON_SERVER]);
    await server.prints(/port (\d+)\n/);
    const port = /port (\d+)/.exec(server.stdout)?.[1];
    await using client = Program.run([await binary(), "client", "--raw", `127.0.0.1:${port}`]);
    await client.type("hello\n");
    await client.prints(/Received: hello/);
    expect(await client.exit()).toBe(0);
    await server.prints(/from client: hello\n/);
    expect(client.stderr).toContain(`Connected to 127.0.0.1:${port}`);
  });
});

describe("client --raw", () => {
  test("listens and sends at the same time, and half-closes at the end of its input", async () => {
    await using server = await Program.server(["--once"]);
    await using client = Program.run([await binary(), "client", "--raw", `127.0.0.1:${server.port}`]);
    await client.type("one");
    await client.endInput();
    await client.prints(/Received: one\n/);
    expect(await client.exit()).toBe(0);
  });
});
