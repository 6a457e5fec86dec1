import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startChat } from "../../support/chat-server.ts";
import { irc, type Served, serve } from "../../support/client/scripted-server.ts";
import { WireClient } from "../../support/socket.ts";

const servers: Served[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.stop();
});

function started(server: Served): Served {
  servers.push(server);
  return server;
}

/** Runs `tcpchat` with these arguments to its end. */
async function tcpchat(
  port: number,
  args: readonly string[],
  input = "",
  home = "/nonexistent",
  env: Readonly<Record<string, string>> = { USER: "ann" },
) {
  const [command = "", ...rest] = args;
  const main = `${import.meta.dir}/../../../src/main.ts`;
  const program = Bun.spawn([process.execPath, main, command, "--server", `127.0.0.1:${port}`, ...rest], {
    stdin: Buffer.from(input),
    stdout: "pipe",
    stderr: "pipe",
    env: { PATH: process.env.PATH, ...env, HOME: home },
  });
  const [out, err, code] = await Promise.all([program.stdout.text(), program.stderr.text(), program.exited]);
  return { out, err, code };
}

/** The warning at the first message of a room. */
function newRoom(name: string): string {
  return `tcpchat: #${name} is new: nobody else is there, and nothing was said there before\n`;
}

test("a HOME that cannot hold files hinders nothing", async () => {
  await using chat = await startChat();
  expect(await tcpchat(chat.port, ["send", "lobby", "hi"], "", "/dev/null")).toEqual({ out: "", err: "", code: 0 });
  const typed = await tcpchat(chat.port, ["client", "--linear"], "/register sesame88\nhi\n", "/dev/null");
  expect(typed.out).toContain("<ann> hi");
  expect((typed.out + typed.err).match(/Nothing can be saved/g)).toEqual(["Nothing can be saved"]);
});

test("send and tail use the first address that answers", async () => {
  await using chat = await startChat();
  const gone = serve(() => {});
  gone.stop();
  const several = (...args: readonly string[]) =>
    tcpchat(chat.port, [...args, "--server", `127.0.0.1:${gone.port},127.0.0.1:${chat.port}`]);
  expect(await several("send", "build", "hello")).toEqual({ out: "", err: newRoom("build"), code: 0 });
  const { out, code } = await several("tail", "build", "--no-follow");
  expect([out, code]).toEqual([expect.stringContaining("<ann> hello"), 0]);
  const { err } = await several("client", "--raw");
  expect(err).toContain("--raw talks to one server");
});

test("send ends when the text is stored, and tail reads it back", async () => {
  await using chat = await startChat();
  const sent = await tcpchat(chat.port, ["send", "build", "all", "is", "well"]);
  expect(sent).toEqual({ out: "", err: newRoom("build"), code: 0 });
  await tcpchat(chat.port, ["send", "#build"], "one\n\ntwo\n");
  const { out, code } = await tcpchat(chat.port, ["tail", "build", "--json", "--no-follow"]);
  const lines = out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines).toMatchObject([
    { room: "#build", nick: "ann", account: null, text: "all is well" },
    { room: "#build", nick: "ann", account: null, text: "one\n\ntwo" },
  ]);
  for (const line of lines) expect([typeof line.id, new Date(line.time).toISOString()]).toEqual(["string", line.time]);
  expect(code).toBe(0);
  const since = await tcpchat(chat.port, ["tail", "build", "--since", lines[0].id, "--no-follow"]);
  expect(since.out.replace(/^\[\d\d:\d\d\] /gm, "")).toBe("<ann> one\n<ann> \n<ann> two\n");
});

test("send and tail add no join and no quit to anybody's screen", async () => {
  await using chat = await startChat();
  const [op, nan] = [await WireClient.open(chat.port), await WireClient.open(chat.port)];
  op.send("NICK op\r\nUSER op 0 * :Op\r\nJOIN #build\r\n");
  await op.until(/ 366 /);
  nan.send("/nick nan\n/join build\n");
  await nan.until(/You are in #build now/);
  await op.until(/ JOIN #build/);
  await tcpchat(chat.port, ["send", "build", "done"]);
  await tcpchat(chat.port, ["tail", "build", "--no-follow"]);
  op.send("PING x\r\n");
  nan.send("/who\n");
  expect((await op.until(/ PONG /)).filter((line) => !/ PONG /.test(line))).toEqual([
    expect.stringMatching(/^:ann!\S+ PRIVMSG #build :?done$/),
  ]);
  const seen = await nan.until(/^-- In #build/);
  expect(seen.map((line) => line.replace(/^\[\d\d:\d\d\] /, ""))).toEqual([
    "<ann> done",
    "-- In #build (2): nan, op (operator)",
  ]);
});

test("a guest's tail leaves the nick free for send; a given nick is kept", async () => {
  await using chat = await startChat();
  const op = await WireClient.open(chat.port);
  op.send("NICK op\r\nUSER op 0 * :Op\r\nJOIN #build\r\n");
  await op.until(/ 366 /);
  const main = `${import.meta.dir}/../../../src/main.ts`;
  const env = { PATH: process.env.PATH, USER: "ann", HOME: "/nonexistent" };
  const command = [process.execPath, main, "tail", "--server", `127.0.0.1:${chat.port}`, "build"];
  const tails = [[], ["--nick", "log"]].map((more) =>
    Bun.spawn([...command, ...more], { stdin: "ignore", stdout: "pipe", stderr: "pipe", env }),
  );
  op.send("PRIVMSG #build :shown once they are in\r\n");
  for (const tail of tails) await tail.stdout.getReader().read();
  expect(await tcpchat(chat.port, ["send", "build", "done"])).toMatchObject({ err: "", code: 0 });
  await op.until(/^:ann!\S+ PRIVMSG #build :?done$/);
  const nan = await WireClient.open(chat.port);
  nan.send("/nick nan\n/join build\n/who\n");
  expect((await nan.until(/^-- In #build/)).at(-1)).toMatch(/: ann-tail \(listening\), log \(listening\), nan, op/);
  for (const tail of tails) {
    tail.kill();
    await tail.exited;
  }
});

test("tail fails when it is removed from its room", async () => {
  await using chat = await startChat();
  const op = await WireClient.open(chat.port);
  op.send("NICK op\r\nUSER op 0 * :Op\r\nJOIN #build\r\n");
  await op.until(/ 366 /);
  const main = `${import.meta.dir}/../../../src/main.ts`;
  const command = [process.execPath, main, "tail", "--server", `127.0.0.1:${chat.port}`, "build"];
  const env = { PATH: process.env.PATH, USER: "ann", HOME: "/nonexistent" };
  const tail = Bun.spawn(command, { stdin: "ignore", stdout: "pipe", stderr: "pipe", env });
  op.send("PRIVMSG #build :shown once it is in\r\n");
  await tail.stdout.getReader().read();
  op.send("KICK #build ann-tail :enough\r\n");
  expect([await tail.exited, await tail.stderr.text()]).toEqual([1, "tcpchat: no longer in #build\n"]);
});

test("a login typed without a screen is saved, and used without its nick, which is announced", async () => {
  await using chat = await startChat();
  const home = mkdtempSync(join(tmpdir(), "tcpchat-home-"));
  const typed = await tcpchat(chat.port, ["client", "--linear", "--nick", "eve"], "/register sesame88\n", home);
  expect(typed.out + typed.err).toContain("a token is kept here for the next time, and not the password.");
  const next = await tcpchat(chat.port, ["send", "lobby", "hi"], "", home);
  expect(next).toEqual({
    out: "",
    err: `tcpchat: the saved login of eve at 127.0.0.1:${chat.port} is used; --guest connects without it\n`,
    code: 0,
  });
  const other = await tcpchat(chat.port, ["send", "--nick", "zoe", "lobby", "hi"], "", home);
  const hint = `tcpchat: there is a saved login of eve at 127.0.0.1:${chat.port}; --account eve uses it\n`;
  expect(other).toEqual({ out: "", err: hint, code: 0 });
  rmSync(home, { recursive: true });
});

test("escape sequences of piped output are removed, however they are cut", async () => {
  await using chat = await startChat();
  const main = `${import.meta.dir}/../../../src/main.ts`;
  const command = [process.execPath, main, "send", "--server", `127.0.0.1:${chat.port}`, "build"];
  const env = { PATH: process.env.PATH, USER: "ann", HOME: "/nonexistent" };
  const program = Bun.spawn(command, { stdin: "pipe", stdout: "pipe", stderr: "pipe", env });
  const bytes = Buffer.from("\x1b[31;1mred\x1b[0m \x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\\n\x1bPq\n\x1b\\\x9b1mé\n");
  for (const byte of bytes) {
    program.stdin.write(Uint8Array.of(byte));
    await program.stdin.flush();
  }
  await program.stdin.end();
  expect(await program.exited).toBe(0);
  await tcpchat(chat.port, ["send", "build", "\x1b]0;a title\x07said"]);
  const { out } = await tcpchat(chat.port, ["tail", "build", "--json", "--no-follow"]);
  expect(
    out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).text),
  ).toEqual(["red link\né", "said"]);
});

test("a text longer than a message becomes several, in order", async () => {
  await using chat = await startChat();
  const numbers = Array.from({ length: 250 }, (_, i) => `${i}`);
  await tcpchat(chat.port, ["send", "build"], numbers.join("\n"));
  const { out } = await tcpchat(chat.port, ["tail", "build", "--json", "--no-follow"]);
  const texts = out
    .trimEnd()
    .split("\n")
    .map((line) => String(JSON.parse(line).text));
  expect(texts.length).toBe(3);
  expect(texts.join("\n").split("\n")).toEqual(numbers);
});

test("a registered nick without its login is replaced with a warning", async () => {
  await using chat = await startChat();
  const ann = await WireClient.open(chat.port);
  ann.send("/nick ann\n/register sesame88\n");
  await ann.until(/is registered/);
  expect(await tcpchat(chat.port, ["send", "lobby", "--nick", "ann", "hi"])).toEqual({
    out: "",
    err: "tcpchat: ann is registered: that was sent as ann-2; --account ann with its password sends as ann\n",
    code: 0,
  });
  ann.close();
});

test.each([
  [{ USER: "ann", LOGNAME: "bob" }, "ann"],
  [{ USER: "", LOGNAME: "bob" }, "bob"],
  [{}, Bun.spawnSync(["id", "-un"]).stdout.toString().trim()],
])("with %j the nick is %s", async (env, nick) => {
  await using chat = await startChat();
  await tcpchat(chat.port, ["send", "build", "hi"], "", "/nonexistent", env);
  const { out } = await tcpchat(chat.port, ["tail", "build", "--json", "--no-follow"]);
  expect(JSON.parse(out).nick).toBe(nick);
});

test("--each-line sends each line as a message", async () => {
  await using chat = await startChat();
  await tcpchat(chat.port, ["send", "build", "--each-line"], "a\nb\n");
  const { out } = await tcpchat(chat.port, ["tail", "build", "--json", "--no-follow", "--lines", "1"]);
  expect(JSON.parse(out)).toMatchObject({ text: "b" });
});

test("--since with an id that is not in the room exits 1", async () => {
  await using chat = await startChat();
  await tcpchat(chat.port, ["send", "other", "elsewhere"]);
  await tcpchat(chat.port, ["send", "build", "here"]);
  const { out } = await tcpchat(chat.port, ["tail", "other", "--json", "--no-follow"]);
  for (const id of ["yesterday", "abc-1", JSON.parse(out).id, `${JSON.parse(out).id}0`]) {
    expect(await tcpchat(chat.port, ["tail", "build", "--since", id])).toEqual({
      out: "",
      err: expect.stringContaining(`There is no message ${id} in #build; --since takes the id of one, or a duration`),
      code: 1,
    });
  }
});

test("a duration counts back by the server's clock", async () => {
  let clock = Date.parse("2020-01-01T12:00:00Z");
  await using chat = startChat({}, () => clock);
  await tcpchat(chat.port, ["send", "build", "old"]);
  clock += 20 * 60_000;
  await tcpchat(chat.port, ["send", "build", "new"]);
  clock += 5 * 60_000;
  const { out, code } = await tcpchat(chat.port, ["tail", "build", "--since", "10m", "--no-follow"]);
  expect([out.replace(/^\[\d\d:\d\d\] /gm, ""), code]).toEqual(["<ann> new\n", 0]);
  const more = await tcpchat(chat.port, ["tail", "build", "--since", "1h", "--no-follow"]);
  expect(more.out.replace(/^\[\d\d:\d\d\] /gm, "")).toBe("<ann> old\n<ann> new\n");
});

test("--since is refused by a server without history", async () => {
  const { err, code } = await tcpchat(started(serve(irc())).port, ["tail", "x", "--since", "10m"]);
  expect([code, err]).toEqual([1, expect.stringContaining("keeps no history, so --since does not work")]);
});

test("a refusal exits 1 and says why", async () => {
  await using chat = await startChat();
  const { err, code } = await tcpchat(chat.port, ["send", "@nobody", "hi"]);
  expect(err).toStartWith("tcpchat: not sent to nobody: Nobody here is called nobody");
  expect(code).toBe(1);
});

test.each<[string[], string]>([
  [["send"], "where to?"],
  [["send", "unix:/run/chat", "hi"], "names a server and no room: tcpchat send --server unix:/run/chat ROOM"],
  [["send", "--each-line", "x", "y"], "--each-line is for standard input"],
  [["send", "@NickServ", "HELP"], "messages to NickServ are not stored"],
  ...["", "#", "@", "a b", "#a,#b"].map((where): [string[], string] => [
    ["send", where, "hi"],
    `"${where}" is neither ROOM nor @NICK`,
  ]),
  [["tail"], "which room?"],
  ...["", "#", "@ann", "#a,#b"].map((where): [string[], string] => [["tail", where], `"${where}" is not a ROOM`]),
  [["tail", "x", "--lines", "many"], "is not a number of lines"],
  ...["10", "10x", "-5m", "0m", "1.5h", " 10m", "", "99999999d", "a b"].map((since): [string[], string] => [
    ["tail", "x", `--since=${since}`],
    "is neither the id of a message nor a duration such as 10m",
  ]),
])("%j is wrong usage", async (args, words) => {
  const { err, code } = await tcpchat(1, args);
  expect(err).toContain(words);
  expect(code).toBe(2);
});

test("nothing to send exits 1, an absent server 3", async () => {
  await using chat = await startChat();
  expect(await tcpchat(chat.port, ["send", "x"], "\n")).toMatchObject({
    code: 1,
    err: "tcpchat: there was nothing to send\n",
  });
  const server = serve(irc());
  server.stop();
  expect((await tcpchat(server.port, ["send", "x", "hi"])).code).toBe(3);
});

test.each([
  ["an argument", ["hi"], ""],
  ["standard input", [], "hi\n"],
])("if the server turns us away, %s is not sent, and the words are those of the server", async (_, text, input) => {
  const away = serve((_line, peer) => {
    peer.say("ERROR :this server cannot reach the others");
    peer.socket.end();
  });
  const { code, err } = await tcpchat(started(away).port, ["send", "x", ...text], input);
  expect(err).toContain("did not let us in: this server cannot reach the others");
  expect(code).toBe(1);
});

test("without msgids an echo confirms a message, with a warning; a PONG does not", async () => {
  const words = "sent; this server does not say whether it stores messages";
  for (const [caps, ending] of [
    ["echo-message", { err: `tcpchat: ${words}\n`, code: 0 }],
    [
      "server-time",
      { err: expect.stringContaining("sent, but not confirmed: this server confirms no message"), code: 1 },
    ],
  ] as const)
    expect(await tcpchat(started(serve(irc(caps))).port, ["send", "x", "hi"])).toMatchObject(ending);
});

test("tail --json has replies, reactions and redactions, live and from the history", async () => {
  await using chat = await startChat();
  const ann = await WireClient.open(chat.port);
  ann.send("CAP REQ :message-tags echo-message draft/message-redaction\r\nNICK zoe\r\nUSER z 0 * :Z\r\nCAP END\r\n");
  ann.send("JOIN #dev\r\nPRIVMSG #dev :done\r\n");
  const id = /msgid=([^; ]+)/.exec((await ann.until(/ :?done$/)).at(-1) ?? "")?.[1] ?? "";
  ann.send(`@+draft/reply=${id} PRIVMSG #dev :well done\r\n@+draft/reply=${id};+draft/react=👍 TAGMSG #dev\r\n`);
  await ann.until(/TAGMSG/);
  const facts = (out: string) =>
    out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line))
      .map(({ kind, text, of, reply }) => ({ kind, text, of, reply }));
  const { out } = await tcpchat(chat.port, ["tail", "dev", "--json", "--no-follow"]);
  const before = [{ text: "done" }, { text: "well done", reply: id }, { kind: "reacted", text: "👍", of: id }];
  expect(facts(out)).toEqual(before as never);
  const main = `${import.meta.dir}/../../../src/main.ts`;
  const command = [process.execPath, main, "tail", "--server", `127.0.0.1:${chat.port}`, "dev", "--json"];
  const env = { PATH: process.env.PATH, USER: "ann", HOME: "/nonexistent" };
  const tail = Bun.spawn(command, { stdin: "ignore", stdout: "pipe", stderr: "pipe", env });
  let live = "";
  for await (const bytes of tail.stdout) {
    live += Buffer.from(bytes).toString();
    const lines = live.split("\n").length - 1;
    if (lines === 3) ann.send(`REDACT #dev ${id} :not yet\r\n`);
    if (lines === 4) break;
  }
  expect(facts(live)).toEqual([...before, { kind: "redacted", text: "not yet", of: id }] as never);
  tail.kill();
  ann.close();
});

test("tail says of a room that nothing was ever said there, and waits for the first message", async () => {
  await using chat = await startChat();
  const { out, err, code } = await tcpchat(chat.port, ["tail", "nosuch", "--no-follow"]);
  expect([out, err, code]).toEqual(["", "tcpchat: nothing was ever said in #nosuch\n", 0]);
  const main = `${import.meta.dir}/../../../src/main.ts`;
  const command = [process.execPath, main, "tail", "--server", `127.0.0.1:${chat.port}`, "nosuch"];
  const env = { PATH: process.env.PATH, USER: "ann", HOME: "/nonexistent" };
  const tail = Bun.spawn(command, { stdin: "ignore", stdout: "pipe", stderr: "pipe", env });
  const words = await tail.stderr.getReader().read();
  expect(Buffer.from(words.value ?? []).toString()).toContain(
    "nothing was ever said in #nosuch; waiting for the first message",
  );
  await tcpchat(chat.port, ["send", "nosuch", "at last"]);
  const line = await tail.stdout.getReader().read();
  expect(Buffer.from(line.value ?? []).toString()).toContain("<ann> at last");
  tail.kill();
});

test.each(["irc://127.0.0.1:PORT/dev", "irc://zoe@127.0.0.1:PORT/%23dev", "unix:PATH"])(
  "send and tail take %s",
  async (form) => {
    const folder = mkdtempSync(join(tmpdir(), "tcpchat-socket-"));
    const path = join(folder, "chat.sock");
    await using chat = await startChat({ listen: ["127.0.0.1:0", `unix:${path}`] });
    const server = form.replace("PORT", String(chat.port)).replace("PATH", path);
    const run = async (command: string, ...more: string[]) => {
      const target = server.startsWith("irc") ? [server] : ["--server", server, "dev"];
      const main = `${import.meta.dir}/../../../src/main.ts`;
      const env = { PATH: process.env.PATH, USER: "ann", HOME: folder };
      const program = Bun.spawn([process.execPath, main, command, ...target, ...more], { env, stdout: "pipe" });
      return [await program.stdout.text(), await program.exited] as const;
    };
    expect(await run("send", "hi")).toEqual(["", 0]);
    const [out, code] = await run("tail", "--no-follow", "--json");
    expect([JSON.parse(out), code]).toMatchObject([{ room: "#dev", nick: form.includes("zoe") ? "zoe" : "ann" }, 0]);
    rmSync(folder, { recursive: true });
  },
);

test("send and tail take an invitation link: its server, and its room although that is by invitation only", async () => {
  await using chat = await startChat();
  const op = await WireClient.open(chat.port);
  op.send("CAP REQ :tcpchat/commands\r\nCAP END\r\nNICK op\r\nUSER o 0 * :o\r\nREGISTER * * secret88\r\n");
  op.send("JOIN #den\r\nMODE #den +i\r\nSLASH #den :/invite\r\n");
  const [, path = ""] = /(\/j\/[\w-]{43})/.exec((await op.until(/\/j\/[\w-]{43}/)).at(-1) ?? "") ?? [];
  const link = `http://127.0.0.1:${chat.port}${path}`;
  // Port 1 is where --server points: the link goes before it.
  expect(await tcpchat(1, ["send", link, "hello"])).toEqual({ out: "", err: "", code: 0 });
  await op.until(/ PRIVMSG #den :?hello/);
  expect((await tcpchat(1, ["send", link], "two\nlines\n")).code).toBe(0);
  await op.until(/ PRIVMSG #den :?lines/);
  const { out, code } = await tcpchat(1, ["tail", link, "--no-follow", "--json"]);
  const texts = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect([code, texts[0], texts.length]).toMatchObject([0, { room: "#den", text: "hello" }, 2]);
  const wrong = link.replace(/.{43}$/, "x".repeat(43));
  const refused = await tcpchat(1, ["send", wrong, "hello"]);
  expect([refused.code, refused.err]).toEqual([1, expect.stringContaining("not sent: That invitation link has ended")]);
  const none = await tcpchat(1, ["tail", wrong, "--no-follow"]);
  expect([none.code, none.err]).toEqual([1, expect.stringContaining("could not join the room of the invitation link")]);
  expect((await tcpchat(1, ["send", `http://127.0.0.1:${chat.port}/j/x`, "hello"])).code).toBe(2);
  op.close();
});

test("send joins a room that refuses messages from outside", async () => {
  const answer = irc();
  let inside = false;
  const server = started(
    serve((line, peer) => {
      inside ||= line.startsWith("JOIN");
      if (line.startsWith("PRIVMSG") && !inside) peer.say(":s 404 ann #x :Cannot send to channel");
      else answer(line, peer);
    }),
  );
  expect((await tcpchat(server.port, ["send", "x", "hi"])).code).toBe(0);
  expect(server.peers[0]?.heard.filter((line) => /^(JOIN|PRIVMSG)/.test(line))).toEqual([
    "PRIVMSG #x hi",
    "JOIN #x",
    "PRIVMSG #x hi",
  ]);
});

test("send tells that a room is new, once", async () => {
  await using chat = await startChat();
  const first = await tcpchat(chat.port, ["send", "biuld", "done"]);
  expect(first).toEqual({ out: "", err: newRoom("biuld"), code: 0 });
  expect(await tcpchat(chat.port, ["send", "biuld", "done"])).toEqual({ out: "", err: "", code: 0 });
  // A secret room is as if it did not exist, until one is in.
  const op = await WireClient.open(chat.port);
  op.send("NICK op\r\nUSER o 0 * :o\r\nJOIN #den\r\nMODE #den +s\r\n");
  await op.until(/ MODE #den \+s/);
  expect(await tcpchat(chat.port, ["send", "den", "hello"])).toEqual({ out: "", err: "", code: 0 });
  op.close();
});

test("a connection that breaks before the confirmation, on a server that does not drop duplicates, exits 1", async () => {
  const answer = irc();
  const server = started(
    serve((line, peer) => (line.startsWith("PRIVMSG") ? void peer.socket.terminate() : answer(line, peer))),
  );
  const { err, code } = await tcpchat(server.port, ["send", "x", "hi"]);
  expect(code).toBe(1);
  expect(err).toContain("tcpchat:");
});

test("tail ends when its reader has gone, also if nothing is said any more", async () => {
  await using chat = await startChat();
  for (const text of ["n0", "n1"]) await tcpchat(chat.port, ["send", "x", text]);
  const main = `${import.meta.dir}/../../../src/main.ts`;
  const shell = Bun.spawn(
    ["sh", "-c", `"${process.execPath}" "${main}" tail x --server 127.0.0.1:${chat.port} | head -n 1`],
    { stdout: "pipe", stderr: "pipe", env: { PATH: process.env.PATH, USER: "tail", HOME: "/nonexistent" } },
  );
  expect(await shell.exited).toBe(0);
  expect([(await shell.stdout.text()).slice(8), await shell.stderr.text()]).toEqual(["<ann> n0\n", ""]);
});

test("a closed pipe ends tail quietly", async () => {
  await using chat = await startChat();
  for (let i = 0; i < 3; i++) await tcpchat(chat.port, ["send", "x", `n${i}`]);
  const main = `${import.meta.dir}/../../../src/main.ts`;
  const command = `"${process.execPath}" "${main}" tail x --server 127.0.0.1:${chat.port} | head -n 1`;
  const shell = Bun.spawn(["sh", "-c", command], {
    stdout: "pipe",
    stderr: "pipe",
    env: { PATH: process.env.PATH, USER: "tail", HOME: "/nonexistent" },
  });
  const reading = shell.stdout.text();
  // head exits after its line; the next line has no reader.
  const speaker = (async () => {
    while (shell.exitCode === null) await tcpchat(chat.port, ["send", "x", "more"]);
  })();
  await Promise.all([shell.exited, speaker]);
  const out = (await reading).replace(/^\[\d\d:\d\d\] /, "");
  expect([out, await shell.stderr.text()]).toEqual(["<ann> n0\n", ""]);
});
