import { expect, test } from "bun:test";
import { Writable } from "node:stream";
import { Printer } from "../../src/server/printer.ts";

/** A stream that keeps what is written to it; nobody reads it until `read`. */
class Paper extends Writable {
  readonly writes: string[] = [];
  #done: (() => void) | undefined;

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.writes.push(chunk.toString());
    this.#done = done;
  }

  read(): void {
    this.#done?.();
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

test("the lines of a turn are printed in order, with one write", async () => {
  const paper = new Paper({ decodeStrings: true });
  const printer = new Printer(paper as unknown as NodeJS.WriteStream);
  printer.print("one");
  printer.print("two");
  expect(paper.writes).toEqual([]);
  await nextTurn();
  paper.read();
  printer.print("three");
  await nextTurn();
  expect(paper.writes).toEqual(["one\ntwo\n", "three\n"]);
});

test("a reader who has stopped costs a bounded amount of memory", async () => {
  const paper = new Paper();
  const printer = new Printer(paper as unknown as NodeJS.WriteStream);
  for (let turn = 0; turn < 100; turn++) {
    printer.print("x".repeat(100_000));
    await nextTurn();
  }
  expect(paper.writableLength).toBeLessThan(1.2 * (1 << 20));
});
