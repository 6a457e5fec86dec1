import { expect, test } from "bun:test";
import { detached } from "../../src/text/detached.ts";

test.each(["", "ann", "hé 漢 👩‍👧"])("%j is the same text", (text) => {
  expect(detached(text)).toBe(text);
});

test("a piece does not keep what it was cut from", () => {
  const pieces: string[] = [];
  Bun.gc(true);
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < 200; i++) {
    // 128 KB each, of which ten letters are kept.
    pieces.push(detached(`${i}:${String.fromCharCode(97 + (i % 26)).repeat(1 << 17)}`.slice(0, 12)));
  }
  Bun.gc(true);
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(1 << 22);
  expect(pieces.length).toBe(200);
});
