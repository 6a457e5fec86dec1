import { describe, expect, test } from "bun:test";
import { fishCompletion } from "../../../src/cli/print/completions.ts";
import { bookOf } from "../../../src/cli/print/print.ts";
import { nowhere } from "../../support/binary.ts";

const fish = Bun.which("fish") ?? "";

/** The completions that fish offers for a line. */
function offered(line: string): readonly string[] {
  const script = `${fishCompletion(bookOf("/usr/bin/tcpchat"))}\ncomplete -C "${line}"`;
  const { stdout, stderr } = Bun.spawnSync([fish, "--no-config", "-c", script], { env: { HOME: nowhere() } });
  expect(stderr.toString()).toBe("");
  return stdout
    .toString()
    .trim()
    .split("\n")
    .map((row) => row.split("\t")[0] ?? "")
    .sort();
}

describe.skipIf(fish === "")("fish offers", () => {
  test.each([
    ["tcpchat s", ["send", "server"]],
    ["tcpchat server --lo", ["--log"]],
    ["tcpchat server --log ", ["json", "text"]],
    ["tcpchat print ", ["bash", "config", "etcd", "fish", "man", "unit", "zsh"]],
  ])("after %p: %p", (line, expected) => expect(offered(line)).toEqual(expected));
});

test("quotes in help texts are escaped", () => {
  const flag = { name: "x", commands: ["server"], help: "it's \\" };
  expect(fishCompletion({ ...bookOf("/usr/bin/tcpchat"), flags: [flag] })).toContain("-l x -d 'it\\'s \\\\'");
});
