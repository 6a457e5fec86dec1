import { afterEach, describe, expect, test } from "bun:test";
import { wordsOf } from "../../../src/client/run/bot.ts";
import { startChat } from "../../support/chat-server.ts";
import { WireClient } from "../../support/socket.ts";

const running: { kill(): void }[] = [];
afterEach(() => {
  for (const program of running.splice(0)) program.kill();
});

/** Starts `tcpchat bot` in #dev. */
function starts(port: number, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const main = `${import.meta.dir}/../../../src/main.ts`;
  const server = ["--server", `127.0.0.1:${port}`, "--nick", "robo", "--room", "dev"];
  const program = Bun.spawn([process.execPath, main, "bot", ...server, ...args], {
    stdout: "pipe",
    stderr: "pipe",
    env: { PATH: process.env.PATH, HOME: "/nonexistent", ...env },
  });
  running.push(program);
  return program;
}

/** Ann, an IRC client in #dev with an account, once the bot is there. */
async function awaits(port: number, caps = "message-tags"): Promise<WireClient> {
  const ann = await WireClient.open(port);
  ann.send(`CAP REQ :${caps}\r\nCAP END\r\nNICK ann\r\nUSER a 0 * :A\r\nREGISTER * * secret\r\nMONITOR + robo\r\n`);
  await ann.until(/ 900 /);
  ann.send("JOIN #dev\r\n");
  await ann.until(/ 366 ann #dev/);
  // Listeners are named in WHO.
  for (let isThere = false; !isThere; ) {
    ann.send("WHO #dev\r\n");
    isThere = (await ann.until(/ 315 /)).some((line) => / robo H/.test(line));
  }
  return ann;
}

/** The bot's messages in #dev, up to a line that matches. */
async function heard(ann: WireClient, last: RegExp): Promise<readonly string[]> {
  const lines = await ann.until(last);
  return lines.flatMap((line) => /:robo!\S+ PRIVMSG #dev :(.*)$/.exec(line)?.[1] ?? []);
}

describe("tcpchat bot", () => {
  test("runs a program for a message that begins with the word, without a shell, with its text on standard input", async () => {
    await using chat = startChat();
    const script = 'read -r text; echo "$# args, $TCPCHAT_NICK ($TCPCHAT_ACCOUNT) in $TCPCHAT_ROOM: $text"';
    starts(chat.port, ["--on", "!deploy", "--", "sh", "-c", script, "sh", "$(touch x)"]);
    const ann = await awaits(chat.port);
    ann.send("PRIVMSG #dev :deploy\r\nPRIVMSG #dev :!deployed\r\nPRIVMSG #dev :a !deploy\r\nNOTICE #dev :!deploy\r\n");
    ann.send('PRIVMSG #dev :!deploy $(id); "web" `x`\r\n');
    const [line = ""] = (await ann.until(/robo!\S+ PRIVMSG/)).slice(-1);
    expect(line).toMatch(
      /^@.*;bot.* :robo!\S+ PRIVMSG #dev :1 args, ann \(ann\) in #dev: !deploy \$\(id\); "web" `x`$/,
    );
    expect(line).toMatch(/\+draft\/reply=[\w-]+/);
    ann.close();
  });

  test("gives the program a fixed environment, without the password", async () => {
    await using chat = startChat();
    const env = { TCPCHAT_PASSWORD: "sesame", SECRET: "x", LANG: "C" };
    starts(chat.port, ["--on", "!env", "--", "env"], env);
    const ann = await awaits(chat.port);
    ann.send("PRIVMSG #dev :!env\r\n");
    const names = (await heard(ann, /TCPCHAT_TIME|TCPCHAT_ON/)).map((line) => line.split("=")[0]);
    ann.send("PING end\r\n");
    names.push(...(await heard(ann, /PONG/)).map((line) => line.split("=")[0]));
    const known = "HOME LANG PATH TCPCHAT_ACCOUNT TCPCHAT_MSGID TCPCHAT_NICK TCPCHAT_ON TCPCHAT_ROOM TCPCHAT_TIME";
    expect(names.filter((name) => !["PWD", "SHLVL", "_", "OLDPWD"].includes(name ?? "")).sort()).toEqual(
      known.split(" "),
    );
    ann.close();
  });

  test("is for people who are logged in, unless --from says otherwise, and answers no bot", async () => {
    await using chat = startChat();
    starts(chat.port, ["--on", "!hi", "--", "echo", "hello"]);
    starts(chat.port, ["--on", "!named", "--from", "bob", "--nick", "two", "--", "echo", "hello"]);
    starts(chat.port, ["--on", "!all", "--from", "anyone", "--nick", "three", "--", "echo", "hello all"]);
    const ann = await awaits(chat.port);
    for (const nick of ["two", "three"])
      for (let isThere = false; !isThere; ) {
        ann.send("WHO #dev\r\n");
        isThere = (await ann.until(/ 315 /)).some((line) => line.includes(` ${nick} H`));
      }
    const eve = await WireClient.open(chat.port);
    eve.send("NICK eve\r\nUSER e 0 * :E\r\nJOIN #dev\r\n");
    await eve.until(/ 366 /);
    eve.send("PRIVMSG #dev :!hi\r\n");
    await eve.until(/robo!\S+ PRIVMSG #dev :!hi is for people who are logged in\.$/);
    eve.send("PRIVMSG #dev :!all\r\n");
    await eve.until(/three!\S+ PRIVMSG #dev :hello all$/);
    ann.send("PRIVMSG #dev :!named\r\n");
    await ann.until(/two!\S+ PRIVMSG #dev :!named is not for you\.$/);
    ann.send("MODE ann +B\r\nPRIVMSG #dev :!hi\r\nMODE ann -B\r\nPRIVMSG #dev :!hi again\r\n");
    await ann.until(/robo!\S+ PRIVMSG #dev :hello$/);
    ann.send("PING end\r\n");
    expect(await heard(ann, /PONG/)).toEqual([]);
    for (const wire of [ann, eve]) wire.close();
  });

  test("answers nothing that was said before it came", async () => {
    await using chat = startChat();
    const eve = await WireClient.open(chat.port);
    eve.send("NICK eve\r\nUSER e 0 * :E\r\nREGISTER * * secret\r\n");
    await eve.until(/ 900 /);
    eve.send("JOIN #dev\r\nPRIVMSG #dev :!hi early\r\n");
    await eve.until(/ 366 /);
    starts(chat.port, ["--on", "!hi", "--", "cat"]);
    const ann = await awaits(chat.port);
    ann.send("PRIVMSG #dev :!hi late\r\n");
    expect(await heard(ann, /robo!\S+ PRIVMSG/)).toEqual(["!hi late"]);
    for (const wire of [ann, eve]) wire.close();
  });

  test("runs one at a time, and tells how a program ended badly", async () => {
    await using chat = startChat();
    const script = 'read -r _ what; test "$what" = bad && { echo oops >&2; exit 3; }; echo "$what"';
    starts(chat.port, ["--on", "!run", "--", "sh", "-c", script]);
    const ann = await awaits(chat.port);
    for (const what of ["one", "bad", "two"]) ann.send(`PRIVMSG #dev :!run ${what}\r\n`);
    expect(await heard(ann, /:two$/)).toEqual(["one", "oops", "(exit code 3)", "two"]);
    ann.close();
  });

  test("reports a program that does not exist", async () => {
    await using chat = startChat();
    starts(chat.port, ["--on", "!no", "--", "/nonexistent/program"]);
    const ann = await awaits(chat.port);
    ann.send("PRIVMSG #dev :!no\r\n");
    await ann.until(/robo!\S+ PRIVMSG #dev :\(\/nonexistent\/program cannot be run: .*\)$/);
    ann.close();
  });

  test.each([
    [["--on", "!x"], "which program?"],
    [["--on", "a b", "--", "echo"], "--on is the first word"],
    [["--", "echo"], "--on is the first word"],
  ])("%j is wrong use", async (args, words) => {
    const program = starts(1, args);
    expect([await program.exited, await program.stderr.text()]).toEqual([2, expect.stringContaining(words)]);
  });
});

test.each([
  [{ output: "done\n", isCut: false, end: 0 }, "done"],
  [{ output: "", isCut: false, end: 0 }, ""],
  [{ output: "", isCut: false, end: 7 }, "(exit code 7)"],
  [{ output: "\x1b[31mred\x1b[0m\r\n", isCut: false, end: "SIGSEGV" }, "red\n(SIGSEGV)"],
  [{ output: "half", isCut: true, end: "ended after 60 s" }, "half\n…\n(ended after 60 s)"],
])("%j is answered as %j", (result, words) => {
  expect(wordsOf(result)).toBe(words);
});

test("a long output is cut to one message", () => {
  for (const output of ["x".repeat(10_000), "é\n".repeat(3000)]) {
    const words = wordsOf({ output, isCut: false, end: 1 });
    expect([Buffer.byteLength(words) <= 4096, words.split("\n").length <= 100]).toEqual([true, true]);
    expect(words).toEndWith("\n…\n(exit code 1)");
  }
});
