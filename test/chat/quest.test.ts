import { expect, test } from "bun:test";
import { termsOf } from "../../src/chat/quest.ts";

test.each([
  ["deploy", ["deploy"]],
  ["  the   build ", ["the", "build"]],
  ['"the build" failed', ["=the build", "failed"]],
  ['"not closed', ["=not closed"]],
  ['failed"the build"', ["failed", "=the build"]],
  ["c++ !! ?", ["c++"]],
  ['"" "!"', []],
  ["日本語", ["日本語"]],
  ["", []],
])("%p looks for %p", (text, terms) => {
  expect(termsOf(text).map((term) => (term.isExact ? "=" : "") + term.text)).toEqual(terms);
});
