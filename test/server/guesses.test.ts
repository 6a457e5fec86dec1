import { expect, test } from "bun:test";
import { Guesses } from "../../src/server/guesses.ts";

/** Someone who guesses, and remembers why they were sent away. */
function guesser(isExempt = false) {
  const told: string[] = [];
  return { address: "127.0.0.1", isExempt, told, farewell: (reason: string) => void told.push(reason) };
}

test("the tenth wrong guess of a connection ends it, and nobody else's", () => {
  const guesses = new Guesses();
  const [eve, ann] = [guesser(), guesser()];
  guesses.wrong(ann);
  for (let n = 0; n < 9; n++) guesses.wrong(eve);
  expect(eve.told).toEqual([]);
  guesses.wrong(eve);
  guesses.wrong(eve);
  expect([eve.told, ann.told]).toEqual([["Too many failed logins"], []]);
});

test("one whom no limits bind may guess on", () => {
  const guesses = new Guesses();
  const eve = guesser(true);
  for (let n = 0; n < 100; n++) guesses.wrong(eve);
  expect(eve.told).toEqual([]);
});
