import { expect, test } from "bun:test";
import fc from "fast-check";
import { parseModes } from "../../../src/irc/commands/modes.ts";
import { LETTERS, modeLine, userModeLine, userModeOf } from "../../../src/irc/render/mode-letters.ts";

test("parsing a MODE line gives the changes that it was made from", () => {
  const change = fc.oneof(
    fc.record({ mode: fc.constantFrom("secret", "moderated", "no-queries"), on: fc.boolean() }),
    fc.record({ mode: fc.constantFrom("operator", "voice"), on: fc.boolean(), nick: fc.constantFrom("ann", "bob") }),
    fc.record({ mode: fc.constantFrom("ban", "exception"), on: fc.boolean(), mask: fc.constant("a!*@*") }),
    fc.record({ mode: fc.constant("key"), on: fc.boolean(), key: fc.constant("sesame") }),
  );
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 9 }), (changes) => {
      const [letters = "", ...params] = modeLine(changes as Parameters<typeof modeLine>[0]).split(" ");
      const request = parseModes(letters, params);
      expect(request.changes).toEqual(changes as typeof request.changes);
    }),
  );
});

test("no two modes have the same letter", () => {
  expect(new Set(LETTERS.keys()).size).toBe(6 + 2 + 3 + 3);
});

test("user modes have letters and signs too", () => {
  const changes = [
    { userMode: "bot", on: true },
    { userMode: "invisible", on: true },
    { userMode: "operator", on: false },
  ] as const;
  expect(userModeLine(changes)).toBe("+Bi-o");
  for (const { userMode } of changes)
    expect(userModeOf(userModeLine([{ userMode, on: true }]).slice(1))).toBe(userMode);
  expect(userModeOf("Z")).toBeUndefined();
});
