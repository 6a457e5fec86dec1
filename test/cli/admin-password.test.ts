import { expect, test } from "bun:test";
import { EventEmitter } from "node:events";
import { readPassword } from "../../src/cli/admin.ts";
import type { Process } from "../../src/client/run/process.ts";

/** A stdin that a test types into; it records raw mode. */
class FakeStdin extends EventEmitter {
  readonly isTTY: boolean;
  isRaw = false;

  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }

  setRawMode(raw: boolean): void {
    this.isRaw = raw;
  }

  type(text: string): void {
    this.emit("data", new TextEncoder().encode(text));
  }

  resume(): void {}
  pause(): void {}
}

function processWith(stdin: FakeStdin, write: (text: string) => void): Process {
  const never = () => () => {};
  return {
    argv: [],
    env: {},
    pid: 0,
    stdin,
    stdout: { on: never, write: never },
    stderr: { on: never, write: (text) => write(String(text)) },
    onSignal: never,
    onExit: never,
    onBug: never,
    onRejection: never,
    exit: () => {
      throw new Error("nothing exits here");
    },
  };
}

/** The password that is read if these answers are typed at the questions, and the text on stderr. */
async function typed(...answers: readonly string[]): Promise<readonly [string | undefined, string]> {
  const stdin = new FakeStdin(true);
  const left = [...answers];
  let shown = "";
  const proc = processWith(stdin, (text) => {
    shown += text;
    if (!text.endsWith(": ")) return;
    expect(stdin.isRaw).toBe(true);
    queueMicrotask(() => {
      for (const key of left.shift() ?? "") stdin.type(key);
    });
  });
  const password = await readPassword(proc);
  expect(stdin.isRaw).toBe(false);
  expect(stdin.listenerCount("data")).toBe(0);
  return [password, shown];
}

test("a terminal is asked for the password twice, without an echo", async () => {
  expect(await typed("sesame\r", "sesame\r")).toEqual(["sesame", "Password: \nOnce more: \n"]);
  expect((await typed("sesame\r", "sesamo\r"))[0]).toBeUndefined();
});

test.each([
  ["sesamoo\x7f\b\x7fme\r", "sesame"],
  ["wrong\x15right\r", "right"],
  ["ös\n", "ös"],
])("%p typed at a terminal is the password %p", async (keys, password) => {
  expect((await typed(keys, keys))[0]).toBe(password);
});

test.each(["\r", "\x03", "ab\x04"])("%p at the first question gives no password", async (keys) => {
  expect(await typed(keys)).toEqual([undefined, "Password: \n"]);
});

test.each([
  [["sesame\nrest\n"], "sesame"],
  [["ses", "ame\r\n"], "sesame"],
  [["sesame"], "sesame"],
  [["\n"], undefined],
  [[], undefined],
])("of %j in a pipe, the first line is the password", async (chunks, password) => {
  const stdin = new FakeStdin(false);
  const reading = readPassword(processWith(stdin, () => {}));
  for (const chunk of chunks) stdin.type(chunk);
  stdin.emit("end");
  expect(await reading).toBe(password as string);
});
