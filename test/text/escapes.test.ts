import { expect, test } from "bun:test";
import { withoutEscapes } from "../../src/text/escapes.ts";

test.each([
  ["a \x1b[31;1mred\x1b[0m b", "a red b"],
  ["\x1b[38:2::1:2:3mtrue\x1b[m", "true"],
  ["\x1b[?25l\x1b[2K\x1b[1 qx", "x"],
  ["\x1b]0;a title\x07x", "x"],
  ["\x1b]8;;https://example.org\x1b\\link\x1b]8;;\x1b\\!", "link!"],
  ["\x1bPq#0;2;0\n-\n#1\x1b\\x", "x"],
  ["\x1b_Gf=100;AAAA\x1b\\x\x1b^pm\x1b\\y\x1bXsos\x1b\\z", "xyz"],
  ["\x9b31mred\x9d0;title\x9cx\x90q\x9cy", "redxy"],
  ["\x1b(Bx\x1b7y\x1b=z\x1bOA", "xyz"],
  ["\x1b[[Ax", "x"],
  // What is cut off takes nothing of the next line with it.
  ["x\x1b[3", "x"],
  ["x\x1b", "x"],
  ["\x1b]0;no end\nnext", "\nnext"],
  ["\x1b]0;given up\x18x", "x"],
  ["\x1b]0;one\x1b[31mtwo", "two"],
  ["one \x90 two \x9d three", "one \x90 two \x9d three"],
  ["plain [31m ] text\n", "plain [31m ] text\n"],
])("%j is %j", (text, left) => {
  expect(withoutEscapes(text)).toBe(left);
});
