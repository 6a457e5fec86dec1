import { describe, expect, test } from "bun:test";
import { bashCompletion, zshCompletion } from "../../../src/cli/print/completions.ts";
import { bookOf } from "../../../src/cli/print/print.ts";

const bash = Bun.which("bash") ?? "";

/** The completions that bash offers for these words. */
function offered(...words: readonly string[]): readonly string[] {
  const script = `${bashCompletion(bookOf("/usr/bin/tcpchat"))}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tcpchat; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = Bun.spawnSync([bash, "--norc", "-c", script, "bash", ...words]);
  expect(stderr.toString()).toBe("");
  return stdout
    .toString()
    .split("\n")
    .filter((line) => line !== "");
}

describe.skipIf(bash === "")("bash offers", () => {
  test.each([
    [
      ["tcpchat", "s"],
      ["server", "send"],
    ],
    [["tcpchat", "server", "--lo"], ["--log"]],
    [
      ["tcpchat", "server", "--log", ""],
      ["text", "json"],
    ],
    [["tcpchat", "server", "--port", ""], []],
    [
      ["tcpchat", "print", ""],
      ["man", "unit", "config", "bash", "zsh", "fish", "etcd", "--me", "--of"],
    ],
    [["tcpchat", "account", "pa"], ["passwd"]],
    [["tcpchat", "help", "ta"], ["tail"]],
    [["tcpchat", "server", "--data", `${import.meta.dir}/../pri`], [`${import.meta.dir}/../print`]],
    [["tcpchat", "backup", `${import.meta.path}`], [import.meta.path]],
  ])("after %p: %p", (words, expected) => expect(offered(...words)).toEqual(expected));
});

const zsh = Bun.which("zsh") ?? "";
const text = zshCompletion(bookOf("/usr/bin/tcpchat"));

test.skipIf(zsh === "")("zsh registers it as the completion of tcpchat", () => {
  const script = `autoload -Uz compinit; compinit -D -u; ${text}\nprint -r -- $_comps[tcpchat]`;
  const { stdout, stderr } = Bun.spawnSync([zsh, "-f", "-c", script]);
  expect([stdout.toString(), stderr.toString()]).toEqual(["_tcpchat\n", ""]);
});

test("brackets, colons and quotes in help texts are escaped", () => {
  const flag = { name: "x", commands: ["server"], value: "A[:B]", help: "it's [a]: b" };
  expect(zshCompletion({ ...bookOf("/usr/bin/tcpchat"), flags: [flag] })).toContain(
    "'--x=[it'\\''s \\[a\\]\\: b]:A\\[\\:B\\]: '",
  );
});
