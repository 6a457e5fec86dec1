import { afterAll, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { binary, nowhere } from "../support/binary.ts";
import { startChat } from "../support/chat-server.ts";

const FULL = "/dev/full";
const chat = startChat();
afterAll(() => chat[Symbol.asyncDispose]());

/** Runs the binary with its output redirected by the shell; returns its stderr and exit code. */
async function into(where: string, ...args: string[]): Promise<readonly [code: number, err: string]> {
  const command = ["sh", "-c", `exec "$0" "$@" ${where}`, await binary(), ...args];
  const env = { PATH: process.env.PATH ?? "", HOME: nowhere(), USER: "tester", TCPCHAT_PASSWORD: "hunter22" };
  const program = Bun.spawn(command, { env, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [err, code] = await Promise.all([program.stderr.text(), program.exited]);
  return [code, err];
}

const server = () => ["--server", `127.0.0.1:${chat.port}`];

test.skipIf(!existsSync(FULL)).each<[string, () => string[]]>([
  ["help", () => ["help"]],
  ["help of a command", () => ["send", "--help"]],
  ["the version", () => ["--version"]],
  ["a unit", () => ["print", "unit"]],
  ["the man page", () => ["print", "man"]],
  ["a hash", () => ["hash-password"]],
  ["tail", () => ["tail", "lobby", "--no-follow", ...server()]],
  ["tail that goes on", () => ["tail", "lobby", ...server()]],
  ["the client in a pipe", () => ["client", ...server()]],
])("%s that cannot be written to is an error", async (_, args) => {
  await into("", "send", "lobby", "hello", ...server());
  const [code, err] = await into(`>${FULL}`, ...args());
  expect(err.split("\n").filter((line) => line.includes("could not be written"))).toEqual([
    "tcpchat: the output could not be written: no space is left there",
  ]);
  expect(code).toBe(1);
});

test.skipIf(!existsSync(FULL))("without a writable stderr, the exit code still reports the error", async () => {
  expect((await into(`2>${FULL}`, "send", "lobby", "hello", ...server()))[0]).toBe(0);
  expect((await into(`2>${FULL}`, "tail", "--lines", "x", "lobby"))[0]).toBe(2);
  expect((await into(`2>${FULL}`, "send", "@nobody", "hello", ...server()))[0]).toBe(1);
});

test("a closed pipe stays quiet", async () => {
  expect(await into("| true", "print", "man")).toEqual([0, ""]);
});
