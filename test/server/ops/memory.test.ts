import { beforeEach, expect, test } from "bun:test";
import { Tidy } from "../../../src/server/ops/memory.ts";

let collected = 0;
let tidy: Tidy;

beforeEach(() => {
  collected = 0;
  tidy = new Tidy(() => collected++);
});

function leave(many: number): void {
  for (let n = 0; n < many; n++) tidy.left();
}

test("after a crowd has gone it is tidied as soon as it is calm, and a little later once more", () => {
  leave(5000);
  tidy.look(10);
  expect(collected).toBe(0);
  leave(49);
  const after = [10, 10, 10, 10, 10].map((present) => {
    tidy.look(present);
    return collected;
  });
  expect(after).toEqual([1, 1, 2, 2, 2]);
});

test("while many still go it waits", () => {
  for (let n = 0; n < 100; n++) {
    leave(50);
    tidy.look(10);
  }
  expect(collected).toBe(0);
});

test("those who go now and then count together", () => {
  for (let n = 0; n < 999; n++) {
    leave(1);
    tidy.look(10);
  }
  expect(collected).toBe(0);
  leave(1);
  tidy.look(10);
  expect(collected).toBe(1);
});

test("where many are here, as many have to have gone", () => {
  leave(8000);
  tidy.look(9000);
  leave(40);
  tidy.look(9000);
  expect(collected).toBe(0);
  tidy.look(8040);
  expect(collected).toBe(1);
});
