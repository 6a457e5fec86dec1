import { afterAll, expect, test } from "bun:test";
import type { Socket } from "bun";
import { type Answer, carryOut } from "../../bench/load/load.ts";

/**
 * The lines that a relay sends instead of a line, by the line's number and the listener's. Each sender has four lines under
 * way from the start, so the first few always come, however short or busy the run is.
 */
type Fault = (line: string, number: number, listener: number) => readonly string[];

const MESSAGE = /^!/;
const listeners: { stop(force: boolean): void }[] = [];
afterAll(() => {
  for (const listener of listeners) listener.stop(true);
});

/** A relay of lines with a fault. */
function relay(fault: Fault): number {
  const sockets: Socket<{ rest: string }>[] = [];
  let number = 0;
  const say = (from: Socket<{ rest: string }>, line: string) => {
    if (MESSAGE.test(line)) number++;
    for (const [i, to] of sockets.entries()) {
      if (to === from) continue;
      const lines = MESSAGE.test(line) ? fault(line, number, i) : [line];
      for (const each of lines) to.write(`${each}\n`);
    }
  };
  const listener = Bun.listen<{ rest: string }>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open(socket) {
        socket.data = { rest: "" };
        sockets.push(socket);
      },
      data(socket, bytes) {
        const lines = (socket.data.rest + bytes.toString()).split("\n");
        socket.data.rest = lines.pop() ?? "";
        for (const line of lines) say(socket, line);
      },
    },
  });
  listeners.push(listener);
  return listener.port;
}

function talk(port: number): Promise<Answer> {
  return carryOut({
    type: "talk",
    pid: process.pid,
    audience: {
      ...{ port, speaks: "plain", opening: "", echo: false, atOnce: 4 },
      ...{ groups: 1, size: 4, rooms: 1, senders: 2, body: 40 },
    },
    pace: { seconds: 0.05, window: 4 },
  });
}

test("a correct relay gets figures, and no fault", async () => {
  const { figures, wrong } = await talk(relay((line) => [line]));
  expect(wrong).toBe("");
  expect(figures.deliveries).toBe((figures.messages ?? 0) * 3);
});

test("a relay that sends one line twice to one listener fails", async () => {
  const { wrong } = await talk(relay((line, number, to) => (number === 2 && to === 3 ? [line, line] : [line])));
  expect(wrong).toMatch(/1 doubled/);
});

test("a relay that sends one line late to one listener fails", async () => {
  let kept: string[] = [];
  const fault: Fault = (line, number, to) => {
    if (to !== 3) return [line];
    if (number === 1) {
      kept = [line];
      return [];
    }
    // Of the five lines after the first, at most four are the other sender's.
    return number < 6 ? [line] : [line, ...kept.splice(0)];
  };
  expect((await talk(relay(fault))).wrong).toMatch(/1 reordered/);
});
