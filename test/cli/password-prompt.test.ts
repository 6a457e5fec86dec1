import { expect, test } from "bun:test";
import { EventEmitter } from "node:events";
import { promptPassword } from "../../src/cli/password-prompt.ts";

/** Standard input that a test types into; what it is set to is remembered. */
class FakeKeyboard extends EventEmitter {
  readonly isTTY: boolean;
  isRaw = false;

  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }

  setRawMode(raw: boolean): void {
    this.isRaw = raw;
  }

  setEncoding(): void {}
  resume(): void {}
  pause(): void {}
}

/** What is read from a terminal, where this is typed after each question; and what was shown. */
async function typed(...answers: readonly string[]): Promise<readonly [string | undefined, string]> {
  const keyboard = new FakeKeyboard(true);
  const left = [...answers];
  let shown = "";
  const secret = await promptPassword(keyboard, (text) => {
    shown += text;
    if (text.endsWith(": ")) {
      expect(keyboard.isRaw).toBe(true);
      queueMicrotask(() => {
        for (const key of left.shift() ?? "") keyboard.emit("data", key);
      });
    }
  });
  expect(keyboard.isRaw).toBe(false);
  expect(keyboard.listenerCount("data")).toBe(0);
  return [secret, shown];
}

test("at a terminal it is asked for twice, and never shown", async () => {
  expect(await typed("sesame\r", "sesame\r")).toEqual(["sesame", "Password: \nOnce more: \n"]);
  expect((await typed("sesame\r", "sesamo\r"))[0]).toBeUndefined();
});

test.each([
  ["sesamoo\x7f\b\x7fme\r", "sesame"],
  ["wrong\x15right\r", "right"],
  ["ös\x1b\n", "ös"],
  ["\r", ""],
])("%p typed is %p", async (keys, secret) => {
  expect((await typed(keys, keys))[0]).toBe(secret);
});

test.each(["\x03", "ab\x04"])("%p ends the question, and there is none", async (keys) => {
  expect(await typed(keys)).toEqual([undefined, "Password: \n"]);
});

test.each([
  [["sesame\nrest\n"], "sesame"],
  [["ses", "ame\r\n"], "sesame"],
  [["sesame"], "sesame"],
  [["\n"], undefined],
  [[], undefined],
])("of %j in a pipe the first line counts", async (chunks, secret) => {
  const keyboard = new FakeKeyboard(false);
  const reading = promptPassword(keyboard, () => {});
  for (const chunk of chunks) keyboard.emit("data", chunk);
  keyboard.emit("end");
  expect(await reading).toBe(secret as string);
});
