import { expect, test } from "bun:test";
import { bookOf } from "../../../src/cli/print/print.ts";
import { zshCompletion } from "../../../src/cli/print/zsh.ts";

const zsh = Bun.which("zsh") ?? "";
const text = zshCompletion(bookOf("/usr/bin/tcpchat"));

test.skipIf(zsh === "")("zsh takes it for the completion of tcpchat", () => {
  const script = `autoload -Uz compinit; compinit -D -u; ${text}\nprint -r -- $_comps[tcpchat]`;
  const { stdout, stderr } = Bun.spawnSync([zsh, "-f", "-c", script]);
  expect([stdout.toString(), stderr.toString()]).toEqual(["_tcpchat\n", ""]);
});

test("what help has of brackets, colons and quotes is quoted", () => {
  const flag = { name: "x", commands: ["server"], value: "A[:B]", help: "it's [a]: b" };
  expect(zshCompletion({ ...bookOf("/usr/bin/tcpchat"), flags: [flag] })).toContain(
    "'--x=[it'\\''s \\[a\\]\\: b]:A\\[\\:B\\]: '",
  );
});
