import { expect, test } from "bun:test";
import fc from "fast-check";
import { LineSplitter, OVERLONG } from "../../src/wire/lines.ts";

const LIMIT = 6;

/** Splits the chunks: the lines as text, and the rest at the end. */
function read(chunks: readonly string[], limit = LIMIT): { lines: string[]; rest: string | undefined } {
  const splitter = new LineSplitter(limit);
  const lines: string[] = [];
  for (const chunk of chunks) {
    splitter.push(Buffer.from(chunk));
    lines.push(...all(splitter));
  }
  const rest = splitter.takeRest();
  return { lines, rest: rest && Buffer.from(rest).toString() };
}

function all(splitter: LineSplitter): string[] {
  const lines: string[] = [];
  for (let line = splitter.next(); line !== undefined; line = splitter.next()) {
    lines.push(line === OVERLONG ? "<overlong>" : Buffer.from(line).toString());
  }
  return lines;
}

test.each([
  [["a\nb\n"], ["a", "b"], undefined],
  [["a\r\nb\r\n"], ["a", "b"], undefined],
  [["a\r", "\n"], ["a"], undefined],
  [["a", "b", "c\n"], ["abc"], undefined],
  [["\n\r\n"], ["", ""], undefined],
  [["a\rb\n"], ["a\rb"], undefined], // a CR inside belongs to the line
  [["a\r\r\n"], ["a\r"], undefined], // one CR belongs to the end
  [["a\nb"], ["a"], "b"],
  [["123456\n"], ["123456"], undefined], // the limit
  [["123456\r\n"], ["123456"], undefined], // and the CR does not count
  [["1234567\n"], ["<overlong>"], undefined],
  [["1234567\r\nok\n"], ["<overlong>", "ok"], undefined],
  [["1234567890", "1234567890", "12\nok\n"], ["<overlong>", "ok"], undefined], // reported once
  [["1234567890", "1234567890"], ["<overlong>"], undefined], // and has no rest
])("%j, at 6 bytes a line, is split into %j with the rest %j", (chunks, lines, rest) => {
  expect(read(chunks)).toEqual({ lines, rest });
});

const bytes = fc
  .string({ unit: fc.constantFrom("a", "b", "\r", "\n", "é"), maxLength: 60 })
  .map((text) => Buffer.from(text));
const cuts = fc.array(fc.nat(100), { maxLength: 20 });

function chopped(all: Buffer, at: readonly number[]): Buffer[] {
  const marks = [0, ...at.map((cut) => Math.min(cut, all.length)).sort((a, b) => a - b), all.length];
  return marks.slice(1).map((mark, i) => all.subarray(marks[i], mark));
}

test("lines do not depend on how the bytes were cut", () => {
  fc.assert(
    fc.property(bytes, cuts, (whole, at) => {
      const splitter = new LineSplitter(LIMIT);
      const lines: string[] = [];
      for (const chunk of chopped(whole, at)) {
        splitter.push(chunk);
        lines.push(...all(splitter));
      }
      const parts = whole.toString().split("\n");
      const rest = parts.pop() ?? "";
      const expected = parts.map((part) => shown(part.replace(/\r$/, "")));
      // One byte over the limit may still turn out to be the CR.
      if (Buffer.byteLength(rest) > LIMIT + 1) expected.push("<overlong>");
      expect(lines).toEqual(expected);
    }),
    { numRuns: 1000 },
  );
});

function shown(line: string): string {
  return Buffer.byteLength(line) > LIMIT ? "<overlong>" : line;
}

test("lines do not depend on when they are read", () => {
  fc.assert(
    fc.property(bytes, cuts, (whole, at) => {
      const late = new LineSplitter(LIMIT);
      for (const chunk of chopped(whole, at)) late.push(chunk);
      expect(all(late)).toEqual(read([whole.toString()]).lines);
    }),
  );
});

test("a peer that never sends a newline costs no more memory than the limit, and is reported once", () => {
  const splitter = new LineSplitter(100);
  let most = 0;
  let reports = 0;
  for (let i = 0; i < 1000; i++) {
    splitter.push(Buffer.alloc(37, "x"));
    for (let line = splitter.next(); line !== undefined; line = splitter.next()) reports++;
    most = Math.max(most, splitter.held);
  }
  expect(most).toBeLessThanOrEqual(101);
  expect(reports).toBe(1);
});

test("the bytes held are the unread lines and the unfinished one", () => {
  const splitter = new LineSplitter(100);
  splitter.push(Buffer.from("one\ntwo\nthr"));
  expect(splitter.held).toBe(11);
  splitter.next();
  expect(splitter.held).toBe(7);
  splitter.next();
  expect(splitter.next()).toBeUndefined();
  expect(splitter.held).toBe(3);
  splitter.takeRest();
  expect(splitter.held).toBe(0);
});

test("an unfinished line is a copy, not a view of its chunk", () => {
  const splitter = new LineSplitter(100);
  const chunk = Buffer.from("one\nrest");
  splitter.push(chunk);
  all(splitter);
  chunk.fill("!");
  splitter.push(Buffer.from("\n"));
  expect(all(splitter)).toEqual(["rest"]);
});

test("the rest is taken once, and the next line starts after it", () => {
  const splitter = new LineSplitter(LIMIT);
  splitter.push(Buffer.from("bare"));
  expect(splitter.next()).toBeUndefined();
  expect(Buffer.from(splitter.takeRest() ?? []).toString()).toBe("bare");
  expect(splitter.takeRest()).toBeUndefined();
  splitter.push(Buffer.from("x\n"));
  expect(all(splitter)).toEqual(["x"]);
});
