import { expect, test } from "bun:test";
import { typedSearch } from "../../src/text/search-words.ts";

test.each([
  ["deploy", "deploy", false],
  ["here deploy failed", "deploy failed", true],
  ["HERE  deploy", "deploy", true],
  ["here", "here", false],
  ["hereafter deploy", "hereafter deploy", false],
  ['"here" deploy', '"here" deploy', false],
])("/search %s looks for %j, in this place alone: %j", (text, words, isHere) => {
  expect(typedSearch(text)).toEqual({ words, isHere });
});
