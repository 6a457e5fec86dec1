import { expect, test } from "bun:test";
import { Guesses } from "../../../src/server/limits/guesses.ts";
import type { Closing } from "../../../src/wire/closing.ts";

/** Someone who guesses, and remembers why they were sent away. */
function guesser(isExempt = false) {
  const told: Closing[] = [];
  return { address: "127.0.0.1", isExempt, told, farewell: (closing: Closing) => void told.push(closing) };
}

test("the tenth wrong guess of a connection ends it, and nobody else's", () => {
  const guesses = new Guesses();
  const [eve, ann] = [guesser(), guesser()];
  guesses.wrong(ann);
  for (let n = 0; n < 9; n++) guesses.wrong(eve);
  expect(eve.told).toEqual([]);
  guesses.wrong(eve);
  guesses.wrong(eve);
  expect([eve.told.map(({ why }) => why), ann.told]).toEqual([["login-tries"], []]);
});

test("one whom no limits bind may guess on", () => {
  const guesses = new Guesses();
  const eve = guesser(true);
  for (let n = 0; n < 100; n++) guesses.wrong(eve);
  expect(eve.told).toEqual([]);
});
