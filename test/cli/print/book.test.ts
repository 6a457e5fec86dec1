import { expect, test } from "bun:test";
import { flagsOf, takesFile, wordsOf } from "../../../src/cli/print/book.ts";
import { bookOf } from "../../../src/cli/print/print.ts";

test.each([
  ["add|passwd|remove|list [NAME...]", ["add", "passwd", "remove", "list"]],
  ["man|unit", ["man", "unit"]],
  ["[remove NAME...]", ["remove"]],
  ["ROOM|@NICK [TEXT...]", []],
  ["[HOST[:PORT]]", []],
  ["", []],
])("the first argument of %p is one of %p", (taken, words) => {
  expect(wordsOf({ name: "x", arguments: taken, help: "" })).toEqual(words);
});

test("an argument FILE is a file", () => {
  const takes = (taken: string) => takesFile({ name: "x", arguments: taken, help: "" });
  expect([takes("FILE"), takes("ROOM"), takes("")]).toEqual([true, false, false]);
});

test("a command has only its own flags", () => {
  const book = bookOf("/usr/bin/tcpchat");
  expect(flagsOf(book, "tail").map(({ name }) => name)).toContain("lines");
  expect(flagsOf(book, "tail").map(({ name }) => name)).not.toContain("host");
});
