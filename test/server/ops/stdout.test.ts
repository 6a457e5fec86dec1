import { expect, test } from "bun:test";
import type { Output } from "../../../src/server/ops/output.ts";
import { droppedWords, Printer } from "../../../src/server/ops/stdout.ts";

/** An output that keeps what it takes; it has room for so many bytes. */
class Paper implements Output {
  readonly writes: string[] = [];
  room = Number.POSITIVE_INFINITY;
  isGone = false;

  write(bytes: Uint8Array): number | undefined {
    if (this.isGone) return undefined;
    const taken = Math.min(bytes.length, this.room);
    this.room -= taken;
    if (taken > 0) this.writes.push(Buffer.from(bytes.subarray(0, taken)).toString());
    return taken;
  }

  get text(): string {
    return this.writes.join("");
  }
}

function stage(): { paper: Paper; printer: Printer } {
  const paper = new Paper();
  return { paper, printer: new Printer({ output: paper, dropped: (count) => `-- ${droppedWords(count)}` }) };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

test("the lines of a turn are printed in order, with one write", async () => {
  const { paper, printer } = stage();
  printer.print("one");
  printer.print("two");
  expect(paper.writes).toEqual([]);
  await nextTurn();
  printer.print("three");
  await nextTurn();
  expect(paper.writes).toEqual(["one\ntwo\n", "three\n"]);
});

test("what there is no room for waits, and leaves in order once there is", async () => {
  const { paper, printer } = stage();
  paper.room = 2;
  for (const line of ["one", "twö", "three"]) {
    printer.print(line);
    await nextTurn();
  }
  expect(paper.text).toBe("on");
  paper.room = Number.POSITIVE_INFINITY;
  await printer.end();
  expect(paper.text).toBe("one\ntwö\nthree\n");
});

test("while nobody reads a bounded number of lines waits; the rest is counted, and told in one line", async () => {
  const { paper, printer } = stage();
  paper.room = 0;
  const line = "x".repeat(9999);
  for (let n = 0; n < 1000; n++) {
    printer.print(line);
    if (n % 10 === 0) await nextTurn();
  }
  paper.room = Number.POSITIVE_INFINITY;
  await printer.end();
  printer.print("again");
  await printer.end();
  const lines = paper.text.split("\n").slice(0, -1);
  const printed = lines.filter((each) => each === line).length;
  expect(printed * 10_000).toBeLessThan(2.2 * (1 << 20));
  expect(lines.slice(printed)).toEqual([`-- ${1000 - printed} lines were not printed`, "again"]);
});

test("one line that was dropped is one line", () => {
  expect(droppedWords(1)).toBe("1 line was not printed");
});

test("the end does not wait for one who takes nothing more, nor for one who is gone", async () => {
  const { paper, printer } = stage();
  paper.room = 3;
  printer.print("stuck");
  await printer.end();
  expect(paper.text).toBe("stu");
  paper.isGone = true;
  printer.print("gone");
  await printer.end();
  printer.print("more");
  paper.isGone = false;
  await printer.end();
  expect(paper.text).toBe("stu");
});
