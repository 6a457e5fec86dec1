import { afterEach, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nowhere, Program } from "../../support/binary.ts";
import { irc, type Peer, type Served, serve } from "../../support/client/scripted-server.ts";
import { Screen } from "../../support/client/terminal.ts";

const main = join(import.meta.dir, "../../../src/main.ts");
const servers: Served[] = [];
const screens: Screen[] = [];
afterEach(() => {
  for (const screen of screens.splice(0)) screen.program.kill("SIGKILL");
  for (const server of servers.splice(0)) server.stop();
});

const SECRET = btoa("\0ann\0hunter2 ");

/** A server at which ann has an account, and which may ask everyone for the password "open". */
function guarded(asksEveryone = false): Served {
  const answer = irc("echo-message sasl");
  const server = serve((line, peer: Peer) => {
    if (line === "AUTHENTICATE PLAIN") return peer.say("AUTHENTICATE +");
    if (line === `AUTHENTICATE ${SECRET}`) return peer.say(":s 900 ann ann!a@h ann :hi", ":s 903 ann :ok");
    if (line.startsWith("AUTHENTICATE")) return peer.say(":s 904 ann :SASL authentication failed");
    if (asksEveryone && line.startsWith("USER") && !peer.heard.includes("PASS open")) {
      return peer.say(":s 464 * :Password incorrect");
    }
    return answer(line, peer);
  });
  servers.push(server);
  return server;
}

function onTerminal(home: string, ...args: string[]): Screen {
  const screen = new Screen([process.execPath, main, ...args], 100, 12, { HOME: home, USER: "ann" });
  screens.push(screen);
  return screen;
}

const asked = (words: string) => (rows: readonly string[]) => rows.join("").includes(words);

test("the account's password is asked for at the terminal, without echo, and keeps its spaces", async () => {
  const server = guarded();
  const screen = onTerminal(
    nowhere(),
    "send",
    "--server",
    `127.0.0.1:${server.port}`,
    "--account",
    "ann",
    "lobby",
    "hi",
  );
  await screen.until(asked(`The password of ann at 127.0.0.1:${server.port}: `));
  screen.type("hunter3\x7f2 \r");
  expect(await screen.program.exited).toBe(0);
  expect(server.peers[0]?.heard).toContain(`AUTHENTICATE ${SECRET}`);
  expect(screen.written).not.toContain("hunter");
});

test("a refused password is asked for again; Ctrl-C gives up", async () => {
  const server = guarded();
  const screen = onTerminal(
    nowhere(),
    "send",
    "--server",
    `127.0.0.1:${server.port}`,
    "--account",
    "ann",
    "lobby",
    "hi",
  );
  await screen.until(asked("The password of ann"));
  screen.type("wrong\r");
  await screen.until(asked("It is refused. The password of ann"));
  screen.type("\x03");
  expect(await screen.program.exited).toBe(4);
  expect(screen.written).toContain("does not log ann in");
});

test("without a terminal the error says where a password can come from", async () => {
  await using program = Program.run([process.execPath, main, "send", "--account", "ann", "lobby", "hi"]);
  expect(await program.exit()).toBe(2);
  expect(program.stderr).toBe(
    "tcpchat: the account ann needs a password: --password-file FILE, TCPCHAT_PASSWORD, or a terminal to type it at\n",
  );
});

test("the server's password is asked for, also in the full screen", async () => {
  const server = guarded(true);
  const screen = onTerminal(nowhere(), "client", `127.0.0.1:${server.port}`);
  await screen.until(asked(`The password of the server 127.0.0.1:${server.port}: `));
  screen.type("open\r");
  await screen.sees("#lobby (1)");
  expect(server.peers.at(-1)?.heard).toContain("PASS open");
  screen.type("/quit\r");
  expect(await screen.program.exited).toBe(0);
});

test("in append mode /login asks for the password without echo, and lines go on", async () => {
  const server = guarded();
  const screen = onTerminal(nowhere(), "client", "--linear", `127.0.0.1:${server.port}`);
  await screen.until(asked("In #lobby: ann"));
  screen.type("/login ann\r");
  await screen.until(asked("The password of ann: "));
  screen.type("hunter2 \r");
  await screen.until(asked("You are logged in to ann"));
  screen.type("hello\r");
  await server.heard("PRIVMSG #lobby hello"); // the terminal shows what is typed: it is not said once more
  expect(screen.written).not.toContain("hunter");
  screen.type("/quit\r");
  expect(await screen.program.exited).toBe(0);
});

/** `tcpchat` with its home here, where a login of ann is kept for this server. */
async function withKept(port: number, ...args: string[]): Promise<{ code: number; err: string }> {
  const home = nowhere();
  const folder = join(home, ".local", "state", "tcpchat", `127.0.0.1%3A${port}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "login.json"), JSON.stringify({ account: "ann", password: "hunter2 ", nick: "annie" }));
  const command = [process.execPath, main, args[0] ?? "", "--server", `127.0.0.1:${port}`, ...args.slice(1)];
  await using program = Program.run(command, { HOME: home, USER: "tester" });
  return { code: await program.exit(), err: program.stderr };
}

test.each([
  ["--nick", "ann"],
  ["--nick", "ANNIE"],
  ["--account", "Ann"],
])("a saved login is used with %s %s, and the client says so", async (flag, name) => {
  const server = guarded();
  const { code, err } = await withKept(server.port, "send", flag, name, "lobby", "hi");
  expect(err).toStartWith(
    `tcpchat: the saved login of ann at 127.0.0.1:${server.port} is used; --guest connects without it\n`,
  );
  expect(code).toBe(0);
  expect(server.peers[0]?.heard).toContain(`AUTHENTICATE ${SECRET}`);
});

test.each([[["--nick", "other"]], [["--nick", "ann", "--guest"]]])(
  "a saved login is not used with %j",
  async (flags) => {
    const server = guarded();
    const { code, err } = await withKept(server.port, "send", ...flags, "lobby", "hi");
    expect([code, err]).toEqual([0, expect.not.stringContaining("is used")]);
    expect(server.peers[0]?.heard.join("\n")).not.toContain("AUTHENTICATE");
  },
);

test.each([
  [["--account", "Ann"], "NICK Ann"],
  [["--account", "ann", "--nick", "other"], "NICK other"],
  [["--guest"], "NICK tester"],
])("with %j the client sends %s", async (flags, sent) => {
  const server = guarded();
  await withKept(server.port, "send", ...flags, "lobby", "hi");
  expect(server.peers[0]?.heard).toContain(sent);
});

test("--guest and --account exclude each other", async () => {
  const { code, err } = await withKept(1, "send", "--guest", "--account", "ann", "lobby", "hi");
  expect([code, err]).toEqual([2, expect.stringContaining("exclude each other; give one")]);
});
