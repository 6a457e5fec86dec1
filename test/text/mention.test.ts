import { expect, test } from "bun:test";
import { mentions } from "../../src/text/mention.ts";

test.each([
  ["Ann: hello", true],
  ["hello ANN", true],
  ["(ann)", true],
  ["announce it", false],
  ["announce it, ann", true],
  ["hannah", false],
  ["ann-2", false],
  ["", false],
])("%p mentions ann: %p", (text, expected) => {
  expect(mentions(text, "ann")).toBe(expected);
});
