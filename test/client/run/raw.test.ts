import { afterEach, expect, test } from "bun:test";
import type { TCPSocketListener } from "bun";
import { client, run } from "../../support/client/scripted-server.ts";

const listeners: TCPSocketListener<{ got: string }>[] = [];
afterEach(() => {
  for (const listener of listeners.splice(0)) listener.stop(true);
});

interface Script {
  open?(write: (data: string | Uint8Array) => void): void;
  data?(got: string, write: (data: string | Uint8Array) => void, end: () => void): void;
  end?(got: string, write: (data: string | Uint8Array) => void): void;
}

function listen(script: Script): number {
  const listener = Bun.listen<{ got: string }>({
    hostname: "127.0.0.1",
    port: 0,
    allowHalfOpen: true,
    socket: {
      open: (socket) => {
        socket.data = { got: "" };
        script.open?.((data) => void socket.write(data));
      },
      data: (socket, bytes) => {
        socket.data.got += bytes.toString();
        script.data?.(
          socket.data.got,
          (data) => void socket.write(data),
          () => void socket.end(),
        );
      },
      end: (socket) => {
        script.end?.(socket.data.got, (data) => void socket.write(data));
        socket.end();
      },
    },
  });
  listeners.push(listener);
  return listener.port;
}

test.each([
  ["with a newline", "\n"],
  ["without a newline", ""],
])("the answer of a server that answers the first message %s and closes is shown", async (_, tail) => {
  const port = listen({
    data: (got, write, end) => {
      write(`Received: ${got.trim()}${tail}`);
      end();
    },
  });
  expect(await run(port, "hello\n", "raw")).toEqual({
    out: `Received: hello${tail}`,
    err: `Connected to 127.0.0.1:${port}\n`,
    code: 0,
  });
});

test("a last line without a newline gets one", async () => {
  const port = listen({ end: (got, write) => write(JSON.stringify(got)) });
  expect((await run(port, "a\nb", "raw")).out).toBe('"a\\nb\\n"');
});

test("without input nothing is sent, and the server's output is shown", async () => {
  const port = listen({ end: (got, write) => write(`got ${got.length}`) });
  expect(await run(port, "", "raw")).toMatchObject({ out: "got 0", code: 0 });
});

test("a pipe gets the server's bytes exactly", async () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  const port = listen({ end: (_, write) => write(bytes) });
  const program = client(port, "raw");
  await program.stdin.end();
  expect(await program.stdout.bytes()).toEqual(bytes);
});

test("sending and receiving run at the same time", async () => {
  const port = listen({ open: (write) => write("welcome\n"), data: (got, write) => write(`Received: ${got}`) });
  const program = client(port, "raw");
  const reader = program.stdout.getReader();
  let shown = "";
  const wait = async (text: string): Promise<void> => {
    while (!shown.includes(text)) shown += Buffer.from((await reader.read()).value ?? []).toString();
  };
  await wait("welcome\n");
  program.stdin.write("one\n");
  await wait("Received: one\n");
  await program.stdin.end();
  expect(await program.exited).toBe(0);
});

test("a server that closes ends the client while stdin is open", async () => {
  const program = client(listen({ data: (_, __, end) => end() }), "raw");
  program.stdin.write("hello\n");
  expect(await program.exited).toBe(0);
});

test("a refused connection exits 3 in one line", async () => {
  const port = listen({});
  for (const listener of listeners.splice(0)) listener.stop(true);
  const { out, err, code } = await run(port, "hello\n", "raw");
  expect([out, code]).toEqual(["", 3]);
  expect(err).toMatch(/^tcpchat: could not connect to 127\.0\.0\.1:\d+: connection refused; .*\n$/);
});
