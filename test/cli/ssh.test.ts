import { describe, expect, test } from "bun:test";
import { sshPrograms, wordsOf } from "../../src/cli/ssh.ts";
import { MemorySession } from "../support/client/memory-session.ts";

const run = sshPrograms(() => ({ host: "chat.test", port: 9000 }));

const USER = {
  name: "ann",
  namesAccount: false,
  hasKey: false,
  account: undefined,
  password: undefined,
  serverPassword: undefined,
};

/** Runs a command line that must not connect. Returns its exit code and its stderr. */
async function refused(line: string): Promise<readonly [number, string]> {
  const session = new MemorySession(() => {
    throw new Error("nothing connects");
  });
  const code = await run(line, USER, session.proc);
  return [code, session.complaints];
}

/** The output of a command line that must not connect. */
async function printed(line: string): Promise<string> {
  const { proc } = new MemorySession(() => {
    throw new Error("nothing connects");
  });
  let output = "";
  const write = (data: string | Uint8Array) => {
    output += data;
  };
  expect(await run(line, USER, { ...proc, stdout: { on: () => {}, write } })).toBe(0);
  return output;
}

describe("over SSH", () => {
  test.each([
    ["client --server other:9000", "--server"],
    ["client other:9000", "other:9000"],
    ["client unix:/run/chat", "unix:/run/chat"],
    ["client irc://other/dev", "irc://other/dev"],
    ["send irc://other/dev hi", "irc://other/dev"],
    ["send unix:/run/chat hi", "unix:/run/chat"],
    ["tail unix:/run/chat", "unix:/run/chat"],
    ["tail ircs://other/dev", "ircs://other/dev"],
    ["client --raw", "--raw"],
    ["send lobby hi --server unix:/run/chat", "--server"],
    ["send lobby hi --password-file /etc/passwd", "--password-file"],
    ["send lobby hi --server-password-file /etc/passwd", "--server-password-file"],
    ["tail lobby --tls-ca /etc/passwd", "--tls-ca"],
    ["tail lobby --no-tls", "--no-tls"],
  ])("%s is refused with words", async (line, what) => {
    const [code, words] = await refused(line);
    expect(code).toBe(2);
    expect(words).toContain(`${what} cannot be given over SSH`);
  });

  test.each([
    ["server", "there is no command server over SSH; there are client, send, tail and help"],
    ["ls -la", "there is no command ls over SSH"],
    ["tail lobby --config x", "there is no flag --config"],
    ["tail lobby --serv x", "there is no flag --serv; see ssh HOST help tail"],
    ["tail lobby --guset", "did you mean --guest?"],
    ["send", "where to? ssh HOST send ROOM|@NICK [TEXT...]"],
    ["tcpchat send", "where to? ssh HOST send"],
    ["send lobby hi --guest --account ann", "--guest and --account exclude each other"],
    ["help server", "there is no command server over SSH"],
    ["tail @bob", '"@bob" is not a ROOM'],
  ])("%s is wrong usage", async (line, words) => {
    const [code, complaints] = await refused(line);
    expect(code).toBe(2);
    expect(complaints).toContain(words);
  });

  test("help shows only what is available over ssh, as it is typed", async () => {
    const helps = await Promise.all(["help", "help client", "send --help", "tcpchat help tail"].map(printed));
    expect(helps[0]).toMatch(/^ {2}ssh HOST send ROOM\|@NICK \[TEXT\.\.\.\]\s+sends a message/m);
    for (const help of helps) {
      expect(help).toContain("ssh HOST");
      expect(help).not.toMatch(/LINK|irc:|unix:|\$USER|saved|certificate|server-password|tcpchat (?:client|send|tail)/);
    }
  });

  test("escape sequences in a command line do not reach the terminal", async () => {
    expect((await refused("\x1b]0;title\x07"))[1]).not.toContain("\x1b");
  });
});

test.each([
  ["send #room some  text", ["send", "#room", "some", "text"]],
  [" send '#room' \"two words\" ", ["send", "#room", "two words"]],
  ["send room it's late isn't it", ["send", "room", "it's", "late", "isn't", "it"]],
  ["send room 'tis the season's end", ["send", "room", "'tis", "the", "season's", "end"]],
  ["", []],
])("%j is the words %j", (line, words) => {
  expect(wordsOf(line)).toEqual(words);
});
