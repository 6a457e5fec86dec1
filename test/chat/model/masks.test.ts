import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Identity } from "../../../src/chat/model/event.ts";
import { glob, parseMask } from "../../../src/chat/model/masks.ts";
import { parseSource } from "../../../src/wire/message.ts";
import { anAccount } from "../../support/chat-fixture.ts";
import { vectors } from "../../support/irc-parser-tests.ts";

const LAW = 60_000; // ms: a law takes under a second alone, and must pass on a busy machine

const ANN: Identity = { nick: "Ann", user: "~ann", host: "abc.cloak", realname: "Ann", account: anAccount("annie") };

describe("the vectors of irc-parser-tests", () => {
  for (const { mask, matches, fails } of vectors<{ mask: string; matches: string[]; fails: string[] }>("mask-match")) {
    test(`the pattern ${mask} matches only the matching sources`, () => {
      expect(matches.filter((source) => !glob(mask).test(source))).toEqual([]);
      expect(fails.filter((source) => glob(mask).test(source))).toEqual([]);
    });

    // Without a "!" a mask is of user and host, and these vectors mean a pattern of the whole.
    if (!mask.includes("!")) continue;
    test(`the mask ${mask} matches only the matching sources`, () => {
      const means = (source: string) =>
        parseMask(mask)?.matches({ ...parseSource(source), realname: "", account: undefined });
      expect(matches.filter((source) => !means(source))).toEqual([]);
      expect(fails.filter(means)).toEqual([]);
    });
  }
});

test.each([
  ["ann", "ann!*@*"],
  ["ann!", "ann!*@*"],
  ["ann!u", "ann!u@*"],
  ["u@h", "*!u@h"],
  ["@h", "*!*@h"],
  ["ann!u@h", "ann!u@h"],
  ["ann@", "*!ann@*"],
  ["!u", "*!u@*"],
  ["*", "*!*@*"],
  ["a:annie", "a:annie"],
  ["m:ann", "m:ann!*@*"],
  ["m:a:annie", "m:a:annie"],
])("%s is written out as %s", (given, text) => {
  expect(parseMask(given)?.text).toBe(text);
});

test.each([
  "",
  " ",
  "ann bob",
  "ann\n",
  ":ann",
  ",ann",
  "a:",
  "m:",
  "m:m:ann",
  "m:a:",
  "a\0b",
  "a!b@c@d",
  "a!b!c@d",
  "x".repeat(301),
])("%j can mean nobody", (given) => {
  expect(parseMask(given)).toBeUndefined();
});

test.each([
  ["ann", true],
  ["ANN!*@*", true], // names fold
  ["a?n", true],
  ["a?", false],
  ["*@*.CLOAK", true],
  ["*!ann@*", false], // her user is ~ann
  ["bob", false],
  ["a:annie", true],
  ["a:ANN*", true],
  ["a:ann", false], // her account is not her nick
  ["m:ann", true],
])("%s means Ann, who is annie: %p", (mask, means) => {
  expect(parseMask(mask)?.matches(ANN)).toBe(means);
});

test("an account's mask does not match a guest", () => {
  expect(parseMask("a:*")?.matches({ ...ANN, account: undefined })).toBe(false);
});

test.each([
  ["ann", false],
  ["a:annie", false],
  ["m:ann", true],
  ["m:a:annie", true],
])("%s silences instead of keeping out: %p", (mask, muting) => {
  expect(parseMask(mask)?.muting).toBe(muting);
});

test(
  "parsing a completed mask gives the same mask",
  () => {
    const part = fc.string({ unit: fc.constantFrom("a", "m", ":", "!", "@", "*", "?") });
    fc.assert(
      fc.property(part, fc.nat(300), (given, length) => {
        const text = parseMask(given.padEnd(length, "x"))?.text;
        return text === undefined || parseMask(text)?.text === text;
      }),
      { numRuns: 2000 },
    );
  },
  LAW,
);

test.each([
  ["", "", true],
  ["", "a", false],
  ["*", "", true],
  ["**", "anything", true],
  ["?", "", false],
  ["?", "a", true],
  ["?", "\u{1f600}", true], // one character, of two units
  ["??", "\u{1f600}", false],
  ["*?x", "\u{1f600}x", true],
  ["a*b*c", "aXXbYYbc", true],
  ["a*b*c", "aXXbYY", false],
  ["*aab", "aaaab", true],
  ["a.c", "abc", false], // nothing but * and ? is special
  ["[a-z]", "m", false],
  ["(a+)+$", "aaa", false],
  ["\\*", "x", false],
])("the pattern %j means %j: %p", (pattern, text, means) => {
  expect(glob(pattern).test(text)).toBe(means);
});

test(
  "a pattern matches what the equivalent regular expression matches",
  () => {
    const pattern = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), maxLength: 8 });
    const text = fc.string({ unit: fc.constantFrom("a", "b", "\u{1f600}"), maxLength: 12 });
    fc.assert(
      fc.property(pattern, text, (p, t) => {
        const expression = new RegExp(`^${p.replace(/\*+/g, ".*").replaceAll("?", ".")}$`, "su");
        return glob(p).test(t) === expression.test(t);
      }),
      { numRuns: 5000 },
    );
  },
  LAW,
);

test("no pattern takes more steps than its length times that of the text", () => {
  // A backtracking matcher would need longer than there is time for any of these.
  const text = `${"a".repeat(5000)}b`;
  for (const pattern of ["*a".repeat(100), `${"*a".repeat(100)}c`, `${"a*".repeat(150)}x`, `${"*?".repeat(100)}c`]) {
    expect(glob(pattern).test(text)).toBe(false);
  }
});
