import { expect, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Socket } from "bun";
import { listenAddressOf, PacedListener, removeStaleSockets } from "../../../src/server/net/listen.ts";
import { nowhere } from "../../support/binary.ts";

test.each([
  ["0.0.0.0:9000", { hostname: "0.0.0.0", port: 9000 }],
  ["localhost:1", { hostname: "localhost", port: 1 }],
  ["127.0.0.1:0", { hostname: "127.0.0.1", port: 0 }],
  ["127.0.0.1:65535", { hostname: "127.0.0.1", port: 65535 }],
  ["[::]:9000", { hostname: "::", port: 9000 }],
  ["[::ffff:127.0.0.1]:9000", { hostname: "::ffff:127.0.0.1", port: 9000 }],
  ["unix:/run/chat.sock", { unix: "/run/chat.sock" }],
  ["unix:chat.sock", { unix: "chat.sock" }],
])("%s is the place %j", (entry, place) => {
  expect(listenAddressOf(entry)).toEqual(place);
});

test.each([
  "",
  "9000",
  ":9000",
  "127.0.0.1",
  "127.0.0.1:",
  "127.0.0.1:65536",
  "127.0.0.1:x",
  "::1:9000",
  "[::1]",
  "a b:1",
  "unix:",
  "[]:1",
])("%j is no place", (entry) => {
  expect(listenAddressOf(entry)).toBeUndefined();
});

/** A listener with a limit per turn of the event loop, and how many connections it accepted in each. */
function listening(most: () => number) {
  const taken: number[] = [];
  const open: Socket<undefined>[] = [];
  let now = 0;
  let isOver = false;
  const tick = () => {
    taken.push(now);
    now = 0;
    if (!isOver) setImmediate(tick);
  };
  setImmediate(tick);
  const socket = {
    open: (socket: Socket<undefined>) => {
      now++;
      open.push(socket);
      socket.write("hello");
    },
    data: () => {},
  };
  const listener = new PacedListener<undefined>({ hostname: "127.0.0.1", port: 0 }, socket, undefined, most);
  const close = () => {
    isOver = true;
    listener.close();
    for (const each of open) each.terminate();
  };
  return { listener, taken, close };
}

/** Connects, and waits for the first bytes. */
async function greeted(port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const closed = () => reject(new Error("It was closed"));
  await Bun.connect({ hostname: "127.0.0.1", port, socket: { data: () => resolve(), close: closed, error: closed } });
  await promise;
}

function connect(port: number, count: number): Promise<unknown> {
  return Promise.all(Array.from({ length: count }, () => greeted(port)));
}

test("a turn of the event loop accepts a limited number of connections, and all are accepted in the end", async () => {
  const { listener, taken, close } = listening(() => 3);
  await connect(listener.port ?? 0, 100);
  close();
  expect(taken.reduce((sum, count) => sum + count, 0)).toBe(100);
  expect(Math.max(...taken)).toBe(3);
});

test("how many that is may change", async () => {
  let most = 1;
  const { listener, taken, close } = listening(() => most);
  await connect(listener.port ?? 0, 10);
  expect(Math.max(...taken)).toBe(1);
  most = 5;
  await connect(listener.port ?? 0, 50);
  close();
  expect(Math.max(...taken)).toBeLessThanOrEqual(5);
});

test("several listeners share a port, each with some of the connections, and one may close", async () => {
  const taken = [0, 0];
  const listens = (index: number, port: number) => {
    const open = (peer: Socket<undefined>) => {
      taken[index] = (taken[index] ?? 0) + 1;
      peer.end("hello");
    };
    const address = { hostname: "127.0.0.1", port, reusePort: true };
    return new PacedListener<undefined>(address, { open, data: () => {} }, undefined, () => 1);
  };
  const first = listens(0, 0);
  const second = listens(1, first.port ?? 0);
  await connect(first.port ?? 0, 200);
  expect(taken.every((count) => count > 50)).toBe(true);
  first.close();
  const [before] = taken;
  await connect(second.port ?? 0, 50);
  expect(taken[0]).toBe(before);
  second.close();
});

test("once closed, a listener accepts no connection, and its port is free", async () => {
  const { listener, close } = listening(() => 1);
  const port = listener.port ?? 0;
  await connect(port, 5);
  close();
  const refused = Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } });
  expect(await refused.then(() => "let in").catch(({ code }) => code)).toBe("ECONNREFUSED");
  const again = Bun.listen({ hostname: "127.0.0.1", port, socket: { data() {} } });
  expect(again.port).toBe(port);
  again.stop();
});

test("a listener may be closed in the turn in which it has stopped accepting", async () => {
  const socket = {
    open: (socket: Socket<undefined>) => {
      listener.close();
      socket.end("last");
    },
    data: () => {},
  };
  const listener = new PacedListener<undefined>({ hostname: "127.0.0.1", port: 0 }, socket, undefined, () => 1);
  await greeted(listener.port ?? 0);
  for (let ticks = 0; ticks < 3; ticks++) await new Promise<void>((resolve) => setImmediate(resolve));
  const refused = Bun.connect({ hostname: "127.0.0.1", port: listener.port ?? 0, socket: { data() {} } });
  expect(await refused.then(() => "let in").catch(({ code }) => code)).toBe("ECONNREFUSED");
});

const LISTEN = "Bun.listen({ unix: process.argv[1], socket: { data() {} } }); console.log('up')";

/** Another process that listens on a unix socket. */
async function listener(path: string) {
  const process_ = Bun.spawn([process.execPath, "-e", LISTEN, path], { stdout: "pipe" });
  for await (const _ of process_.stdout) break;
  return process_;
}

test("the socket file of a killed server is removed, one in use is not", async () => {
  const path = join(nowhere(), "chat.sock");
  const server = await listener(path);
  await removeStaleSockets([`unix:${path}`]);
  expect(existsSync(path)).toBe(true);
  server.kill("SIGKILL");
  await server.exited;
  expect(existsSync(path)).toBe(true);
  await removeStaleSockets(["127.0.0.1:0", `unix:${path}`]);
  expect(existsSync(path)).toBe(false);
});

test("a file that is not a socket stays, and a missing one is ignored", async () => {
  const path = join(nowhere(), "notes.txt");
  writeFileSync(path, "precious");
  await removeStaleSockets([`unix:${path}`, `unix:${path}.not`]);
  expect(existsSync(path)).toBe(true);
});
