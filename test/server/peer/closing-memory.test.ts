import { beforeEach, expect, test } from "bun:test";
import { MemoryTrimmer } from "../../../src/server/peer/closing.ts";

let collected = 0;
let trimMemory: MemoryTrimmer;

beforeEach(() => {
  collected = 0;
  trimMemory = new MemoryTrimmer(() => collected++);
});

function leave(many: number): void {
  for (let n = 0; n < many; n++) trimMemory.left();
}

test("after many have gone, memory is trimmed as soon as it is calm, and a little later once more", () => {
  leave(5000);
  trimMemory.look(10);
  expect(collected).toBe(0);
  leave(49);
  const after = [10, 10, 10, 10, 10].map((present) => {
    trimMemory.look(present);
    return collected;
  });
  expect(after).toEqual([1, 1, 2, 2, 2]);
});

test("while many still go it waits", () => {
  for (let n = 0; n < 100; n++) {
    leave(50);
    trimMemory.look(10);
  }
  expect(collected).toBe(0);
});

test("connections that close now and then add up", () => {
  for (let n = 0; n < 999; n++) {
    leave(1);
    trimMemory.look(10);
  }
  expect(collected).toBe(0);
  leave(1);
  trimMemory.look(10);
  expect(collected).toBe(1);
});

test("where many are here, as many have to have gone", () => {
  leave(8000);
  trimMemory.look(9000);
  leave(40);
  trimMemory.look(9000);
  expect(collected).toBe(0);
  trimMemory.look(8040);
  expect(collected).toBe(1);
});
