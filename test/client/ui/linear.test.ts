import { afterEach, expect, test } from "bun:test";
import { client, irc, run, type Served, serve } from "../../support/client/scripted-server.ts";

const servers: Served[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.stop();
});

function started(server: Served): Served {
  servers.push(server);
  return server;
}

function untimed(text: string): string[] {
  return text.replace(/^\[\d\d:\d\d\] /gm, "").split("\n");
}

test("lines in, lines out: the client quits after all messages are answered", async () => {
  const server = started(serve(irc()));
  const { out, err, code } = await run(server.port, "one\ntwo\n/me waves\nrest");
  expect(untimed(out)).toEqual([
    "-- ann joined #lobby",
    "-- In #lobby: ann",
    "<ann> one",
    "<ann> two",
    "* ann waves",
    "<ann> rest",
    "",
  ]);
  expect(err).toBe(`Connected to 127.0.0.1:${server.port}\n`);
  expect(server.peers[0]?.heard.slice(-2)).toEqual(["PING last", "QUIT"]);
  expect(code).toBe(0);
});

test("without echoes, the PONG after each message confirms it", async () => {
  const { out, code } = await run(started(serve(irc("server-time"))).port, "one\ntwo\n");
  expect(untimed(out).slice(2)).toEqual(["<ann> one", "<ann> two", ""]);
  expect(code).toBe(0);
});

test("many lines wait for their answers, and none is lost", async () => {
  const server = started(serve(irc()));
  const lines = Array.from({ length: 500 }, (_, i) => `line ${i}`);
  const { out, code } = await run(server.port, lines.join("\n"));
  expect(untimed(out).slice(2, -1)).toEqual(lines.map((line) => `<ann> ${line}`));
  expect(code).toBe(0);
});

test("a refused message is reported on stderr, and the exit code is 1", async () => {
  const { out, err, code } = await run(started(serve(irc())).port, "/nope\nhi\n");
  expect(untimed(out).slice(2)).toEqual(["<ann> hi", ""]);
  expect(err).toContain("-- There is no /nope");
  expect(code).toBe(1);
});

test("a nick in use is replaced by the next free one", async () => {
  const { out, code } = await run(started(serve(irc("echo-message", ["ann"]))).port, "hi\n");
  expect(untimed(out)).toEqual([
    "-- ann-2 joined #lobby",
    "-- In #lobby: ann-2",
    "-- ann is in use: you are ann-2 until it is free.",
    "<ann-2> hi",
    "",
  ]);
  expect(code).toBe(0);
});

test("a refused connection gives an error with a remedy, and the exit code 3", async () => {
  const server = serve(irc());
  const { port } = server;
  server.stop();
  const { out, err, code } = await run(port, "hi\n");
  expect([out, code]).toEqual(["", 3]);
  expect(err).toBe(
    `tcpchat: could not connect to 127.0.0.1:${port}: connection refused; nothing listens there; \`tcpchat server --port ${port}\` starts a server\n`,
  );
});

test("a server that does not speak IRC is named, with a remedy, and the exit code is 1", async () => {
  const server = started(
    serve((_, peer) => {
      peer.say("Received: hello");
      peer.socket.end();
    }),
  );
  const { err, code } = await run(server.port, "hi\n");
  expect(err).toContain("did not let us in");
  expect(err).toContain("--raw");
  expect(code).toBe(1);
});

test("a wrong password exits 4", async () => {
  const server = started(
    serve((_, peer) => {
      peer.say(":s 464 * :Password incorrect", "ERROR :Closing link");
      peer.socket.end();
    }),
  );
  const { err, code } = await run(server.port, "hi\n");
  expect(err).toContain("The server asks for a password: Password incorrect; --server-password-file FILE gives it\n");
  expect(code).toBe(4);
});

test("after a lost connection the client reconnects, rejoins, and sends waiting messages", async () => {
  const answer = irc();
  const server = started(
    serve((line, peer) => {
      if (line.startsWith("JOIN") && server.peers.length === 1) peer.socket.terminate();
      else answer(line, peer);
    }),
  );
  const { out, err, code } = await run(server.port, "hi\n");
  expect(untimed(out).slice(-2)).toEqual(["<ann> hi", ""]);
  expect(err).toContain("Trying again until it is back.");
  expect(err).toContain(`Connected to 127.0.0.1:${server.port} again.`);
  expect([server.peers.length, code]).toEqual([2, 0]);
});

test("a connection lost before the answer exits with 1 and names the unconfirmed message", async () => {
  const answer = irc();
  const server = started(
    serve((line, peer) => {
      if (line.startsWith("PING last")) peer.socket.terminate();
      else if (!line.startsWith("PRIVMSG")) answer(line, peer);
    }),
  );
  const { err, code } = await run(server.port, "hi\n");
  expect(err).toContain("-- Not confirmed by the server: hi");
  expect(code).toBe(1);
});

test("an endless line from the server is skipped, within its memory limit", async () => {
  const answer = irc();
  const server = started(
    serve((line, peer) => {
      if (line.startsWith("JOIN")) peer.say(`:x!y@z PRIVMSG #lobby :${"x".repeat(200_000)}`);
      answer(line, peer);
    }),
  );
  const { out, code } = await run(server.port, "hi\n");
  expect(out).not.toContain("xxx");
  expect(code).toBe(0);
});

test("when its output is closed, the client quits quietly", async () => {
  const answer = irc();
  let ticker: Timer | undefined;
  const server = started(
    serve((line, peer) => {
      answer(line, peer);
      if (line.startsWith("JOIN")) ticker = setInterval(() => peer.say(":x!y@z PRIVMSG #lobby :more"), 5);
    }),
  );
  const program = client(server.port);
  await server.heard("JOIN");
  await program.stdout.cancel();
  expect(await program.exited).toBe(0);
  clearInterval(ticker);
  expect(await program.stderr.text()).toBe(`Connected to 127.0.0.1:${server.port}\n`);
});

test("escape sequences from the network do not reach a pipe", async () => {
  const answer = irc();
  const server = started(
    serve((line, peer) => {
      answer(line, peer);
      if (line.startsWith("JOIN")) peer.say(":x!y@z PRIVMSG #lobby :\x1b[2Jboo\x07");
    }),
  );
  const { out } = await run(server.port, "hi\n");
  expect(untimed(out)).toContain("<x> boo");
  expect(out).not.toContain("\x1b");
});
