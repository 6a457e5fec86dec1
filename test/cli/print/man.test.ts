import { expect, test } from "bun:test";
import { manPage } from "../../../src/cli/print/man.ts";
import { bookOf } from "../../../src/cli/print/print.ts";

const book = bookOf("/usr/bin/tcpchat");
const page = manPage(book);

/** The page as a program shows it, and the program's warnings. */
function shown(command: readonly string[]): { readonly text: string; readonly complaints: string } {
  const { stdout, stderr } = Bun.spawnSync([...command], { stdin: Buffer.from(page) });
  return { text: stdout.toString().replaceAll(/.\x08/g, ""), complaints: stderr.toString() };
}

const groff = Bun.which("groff") ?? "";
const mandoc = Bun.which("mandoc") ?? "";

test.skipIf(groff === "")("groff, which man(1) uses, renders the page without a warning", () => {
  const { text, complaints } = shown([groff, "-mandoc", "-Tutf8", "-ww", "-P-c", "-rLL=200n"]);
  expect(complaints).toBe("");
  for (const { name } of book.commands) expect(text).toContain(`tcpchat ${name}`);
  for (const { name } of book.flags) expect(text).toContain(`--${name}`);
  for (const { key } of book.keys) expect(text).toContain(key);
});

test.skipIf(mandoc === "")("mandoc gives no warning", () => {
  const { text } = shown([mandoc, "-Tlint", "-Wwarning"]);
  expect(text).toBe("");
});

test("no help text becomes a request, and no line is longer than 80 characters", () => {
  for (const help of [".Sh EVIL", "'br", "a\\fBb"]) {
    const [flag] = book.flags;
    if (!flag) throw new Error("There are no flags");
    const lines = manPage({ ...book, flags: [{ ...flag, help }] }).split("\n");
    expect(lines.filter((line) => line.startsWith(".Sh EVIL") || line.startsWith("'"))).toEqual([]);
    expect(lines.join("\n")).not.toContain("\\fB");
  }
  expect(page.split("\n").filter((line) => !line.startsWith(".") && line.length > 80)).toEqual([]);
});
