import { expect, test } from "bun:test";
import { nextNick, plainNick } from "../../../src/client/model/nicks.ts";

test.each([
  ["ann", 1, 0, "ann-2"],
  ["ann", 2, 0, "ann-3"],
  ["ann", 9, 0, "ann-10"],
  ["annabelle", 1, 9, "annabel-2"],
  ["annabelle", 9, 9, "annabe-10"],
  ["a", 1, 1, "a-2"],
])("%s refused %i times, at most %i characters: %s", (wanted, tries, limit, expected) => {
  expect(nextNick(wanted, tries, limit, "")).toBe(expected);
});

test("after ten refusals, each client tries a number of its own", () => {
  const nicks = ["x7Kq", "x7Kr", "aaaa"].map((chance) => nextNick("ann", 10, 0, chance));
  for (const nick of nicks) expect(nick).toMatch(/^ann-[1-9]\d{3}$/);
  expect(new Set(nicks).size).toBe(3);
});

test.each([
  ["ann", "ann"],
  ["anne.marie smith", "annemariesmith"],
  ["annemariesmith", "annemarie"],
  ["7of9", "of9"],
  ["漢字", "guest"],
])("%s as any server takes it is %s", (nick, expected) => {
  expect(plainNick(nick)).toBe(expected);
});
