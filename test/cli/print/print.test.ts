import { expect, test } from "bun:test";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { version } from "../../../package.json";
import { COMMANDS, readOptions, UsageError } from "../../../src/cli/options.ts";
import { wordsOf } from "../../../src/cli/print/book.ts";
import { bookOf, print, sampleConfig } from "../../../src/cli/print/print.ts";
import { KEYS } from "../../../src/server/config/schema.ts";
import { binary, nowhere, Program } from "../../support/binary.ts";

const printed = (...words: readonly string[]) => print(readOptions("print", words, {}), "/usr/bin/tcpchat");

test("the printable documents are the command's arguments", () => {
  const { print: row } = COMMANDS;
  const words = wordsOf({ name: "print", ...row });
  for (const word of words) expect(printed(word, "--me=a", "--of=a,b,c").length).toBeGreaterThan(500);
  expect(words).toEqual(["man", "unit", "config", "bash", "zsh", "fish", "etcd"]);
});

test.each([
  [[], "print what? there are man, unit, config, bash, zsh, fish, etcd"],
  [["mna"], 'there is no "mna" to print; did you mean man?'],
  [["toString"], 'there is no "toString" to print; there are'],
])("%p is refused: %p", (words, complaint) => {
  expect(() => printed(...words)).toThrow(UsageError);
  expect(() => printed(...words)).toThrow(complaint);
});

test("the book has the program's own tables", () => {
  expect(bookOf("/x")).toMatchObject({ version, program: "/x" });
});

test("the binary prints everything, and knows its own path", async () => {
  const path = await binary();
  await using program = Program.run([path, "print", "unit"]);
  expect(await program.exit()).toBe(0);
  expect(program.stdout).toContain(`ExecStart=${path} server`);
});

test("a binary in a folder that the unit hides prints the unit, and a warning", async () => {
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

const sample = sampleConfig(bookOf("/usr/bin/tcpchat"));
const [tables = ""] = sample.split("#[[");

test("the sample changes nothing as it is, and shows every key with its default", () => {
  expect(Object.values(Bun.TOML.parse(sample)).flatMap(Object.keys)).toEqual([]);
  const shown = Bun.TOML.parse(tables.replaceAll(/^#(\w+ = )/gm, "$1")) as Record<string, Record<string, unknown>>;
  for (const { table, key, default: fallback } of KEYS) expect(shown[table]?.[key]).toEqual(fallback);
});

test("the server accepts the sample with all defaults spelled out", async () => {
  const file = join(nowhere(), "server.toml");
  writeFileSync(
    file,
    tables.replaceAll(/^#(\w+ = )(?!""\n)/gm, "$1").replace(/^listen = .*$/m, 'listen = ["127.0.0.1:0"]'),
  );
  await using program = Program.run([await binary(), "server", "--check", "--config", file]);
  expect(await program.exit()).toBe(0);
});
