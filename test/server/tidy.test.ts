import { beforeEach, expect, test } from "bun:test";
import { Tidy } from "../../src/server/tidy.ts";

let collected = 0;
let tidy: Tidy;

beforeEach(() => {
  collected = 0;
  tidy = new Tidy(() => collected++);
});

function leave(many: number): void {
  for (let n = 0; n < many; n++) tidy.left();
}

test("after a crowd has gone it is tidied once, as soon as it is calm", () => {
  leave(5000);
  tidy.look(10);
  expect(collected).toBe(0);
  leave(49);
  tidy.look(10);
  expect(collected).toBe(1);
  tidy.look(10);
  expect(collected).toBe(1);
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
