import { expect, test } from "bun:test";
import { fromPercents } from "../../src/text/percent.ts";

test.each([
  ["dev", "dev"],
  ["%23dev", "#dev"],
  ["caf%C3%A9", "café"],
  ["100%", "100%"],
  ["%C3%", "%C3%"],
])("%s stands for %s", (part, text) => {
  expect(fromPercents(part)).toBe(text);
});
