import { expect, test } from "bun:test";
import type { Socket } from "bun";
import { PacedListener } from "../../../src/server/net/paced-listener.ts";

/** A listener that takes so many connections in a turn, and how many it took in each. */
function listening(most: () => number) {
  const taken: number[] = [];
  const open: Socket<undefined>[] = [];
  let now = 0;
  let isOver = false;
  const turn = () => {
    taken.push(now);
    now = 0;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
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

/** Connects; answers once the other side has said something. */
async function greeted(port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const closed = () => reject(new Error("It was closed"));
  await Bun.connect({ hostname: "127.0.0.1", port, socket: { data: () => resolve(), close: closed, error: closed } });
  await promise;
}

function connect(port: number, count: number): Promise<unknown> {
  return Promise.all(Array.from({ length: count }, () => greeted(port)));
}

test("a turn takes only so many connections, and all are taken in the end", async () => {
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

test("once it is closed nobody is let in, and its port is free", async () => {
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

test("it may be closed while it rests, in the turn in which it has taken all that it may", async () => {
  const socket = {
    open: (socket: Socket<undefined>) => {
      listener.close();
      socket.end("last");
    },
    data: () => {},
  };
  const listener = new PacedListener<undefined>({ hostname: "127.0.0.1", port: 0 }, socket, undefined, () => 1);
  await greeted(listener.port ?? 0);
  for (let turns = 0; turns < 3; turns++) await new Promise<void>((resolve) => setImmediate(resolve));
  const refused = Bun.connect({ hostname: "127.0.0.1", port: listener.port ?? 0, socket: { data() {} } });
  expect(await refused.then(() => "let in").catch(({ code }) => code)).toBe("ECONNREFUSED");
});
