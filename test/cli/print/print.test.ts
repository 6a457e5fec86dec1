import { expect, test } from "bun:test";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { version } from "../../../package.json";
import { COMMANDS, readOptions, UsageError } from "../../../src/cli/options.ts";
import { wordsOf } from "../../../src/cli/print/book.ts";
import { bookOf, print } from "../../../src/cli/print/print.ts";
import { binary, Program } from "../../support/binary.ts";

const printed = (...words: readonly string[]) => print(readOptions("print", words, {}), "/usr/bin/tcpchat");

test("what can be printed is what the command's arguments say", () => {
  const { print: row } = COMMANDS;
  const words = wordsOf({ name: "print", ...row });
  for (const word of words) expect(printed(word).length).toBeGreaterThan(500);
  expect(words).toEqual(["man", "unit", "bash", "zsh", "fish"]);
});

test.each([
  [[], "print what? there are man, unit, bash, zsh, fish"],
  [["mna"], 'there is no "mna" to print; did you mean man?'],
  [["toString"], 'there is no "toString" to print; there are'],
])("%p is answered with %p", (words, complaint) => {
  expect(() => printed(...words)).toThrow(UsageError);
  expect(() => printed(...words)).toThrow(complaint);
});

test("the tables are those of the program", () => {
  expect(bookOf("/x")).toMatchObject({ version, program: "/x" });
});

test("the binary carries it all, and knows where it is", async () => {
  const path = await binary();
  await using program = Program.run([path, "print", "unit"]);
  expect(await program.exit()).toBe(0);
  expect(program.stdout).toContain(`ExecStart=${path} server`);
});

test("a binary in a folder that the unit hides says so, beside the unit", async () => {
  const copy = join(mkdtempSync(join("/tmp", "tcpchat-")), "tcpchat");
  copyFileSync(await binary(), copy);
  try {
    await using program = Program.run([copy, "print", "unit"]);
    expect(await program.exit()).toBe(0);
    expect(program.stdout).toContain("[Service]");
    expect(program.stderr).toContain(`the unit cannot start ${copy}`);
  } finally {
    rmSync(dirname(copy), { recursive: true });
  }
});
