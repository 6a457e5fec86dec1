import { afterEach, expect, test } from "bun:test";
import { type Peer, run, type Served, serve } from "../support/client/scripted-server.ts";

const servers: Served[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.stop();
});

/**
 * Characters that must not reach a terminal: C0 except tab, DEL, C1, bidi controls, zero-width spaces, tag characters.
 */
const CONTROLS =
  "\x00\x01\x07\x08\x0b\x0c\x0e\x1b[31m\x1b]0;evil\x07\x7f\x80\x85\x9b31m\u200b\u202e\u2066\ufeff\u{e0041}";
const UNSEEN = /[\0-\x08\v-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069\ufeff]|[\u{e0000}-\u{e007f}]/u;

/** A word followed by all control characters. */
function nasty(word: string): string {
  return `${word}${CONTROLS}`;
}

/** Runs the client in a pipe against a server that answers its lines; returns the exit code and all output. */
async function runAgainst(answer: (line: string, peer: Peer) => void): Promise<{ code: number; all: string }> {
  const server = serve(answer);
  servers.push(server);
  const { out, err, code } = await run(server.port, "hello\n");
  expect(err).not.toMatch(/\bat .*\.ts\b/); // no stack trace
  return { code, all: out + err };
}

const leave = (peer: Peer, ...words: string[]): void => {
  peer.say(...words);
  peer.socket.end();
};

test.each<[string, string, string[]]>([
  ["at once", "CAP LS", []],
  ["after what it offers", "CAP LS", [":s CAP * LS :batch"]],
  ["amid what it offers", "CAP LS", [":s CAP * LS * :batch"]],
  ["at the nick", "NICK", []],
  ["after what it grants", "USER", [":s CAP * LS :batch", ":s CAP * ACK :batch"]],
  ["with an ERROR", "USER", [":s NOTICE * :wait", "ERROR :go away"]],
  ["and speaks HTTP", "CAP LS", ["HTTP/1.1 400 Bad Request", "", "<html>"]],
  ["after an endless line", "CAP LS", ["x".repeat(1 << 20)]],
])("a server that closes %s is reported as not letting us in", async (_, at, words) => {
  const { code, all } = await runAgainst((line, peer) => void (line.startsWith(at) && leave(peer, ...words)));
  expect([code, all]).toEqual([1, expect.stringContaining("did not let us in")]);
});

test.each(["433", "432", "437"])("the client gives up on a server that always answers %s", async (numeric) => {
  const { code } = await runAgainst(
    (line, peer) => void (line.startsWith("NICK") && peer.say(`:s ${numeric} * ${line.slice(5)} :${nasty("no")}`)),
  );
  expect(code).toBe(1);
});

test.each([
  [4, ":s 464 * :"],
  [1, ":s 465 * :"],
  [1, ":s 433 * x :"],
])("a refusal ends with %i and is shown filtered: %s", async (expected, refusal) => {
  const { code, all } = await runAgainst(
    (line, peer) => void (line.startsWith("USER") && leave(peer, refusal + nasty("no"))),
  );
  expect(code).toBe(expected);
  expect(all).not.toMatch(UNSEEN);
});

test("every message is shown without control characters", async () => {
  const [bob, room, me] = [nasty("bob"), "#lobby", "ann"];
  const { all } = await runAgainst((line, peer) => {
    if (line.startsWith("USER")) {
      peer.say(":s 001 ann :hi", `:s 005 ann PREFIX=(ov)${nasty("@+")} :are`, `:s 372 ann :${nasty("motd")}`);
      peer.say(":s 422 ann :none");
    }
    if (line.startsWith("QUIT")) peer.socket.end();
    if (line.startsWith("PING")) peer.say(`:s PONG s ${line.slice(5)}`);
    if (!line.startsWith("JOIN")) return;
    peer.say(
      `:${me}!${nasty("u")}@h JOIN ${room}`,
      `:s 353 ann = ${room} :@${bob} ann`,
      `:s 366 ann ${room} :end`,
      `:s 332 ann ${room} :${nasty("topic")}`,
      `@time=${nasty("never")};msgid=${nasty("m")};account=${nasty("a")} :${bob}!u@h PRIVMSG ${room} :${nasty("hi ann")}`,
      `@time=+275760-09-13T00:00:00.000Z :bob!u@h PRIVMSG ${room} :at the end of time`,
      `:${bob}!u@h PRIVMSG ${me} :\x01ACTION ${nasty("waves")}\x01`,
      `:${bob}!u@h NOTICE ${room} :${nasty("beep")}`,
      `:${bob}!u@h NICK ${nasty("rob")}`,
      `:${nasty("rob")}!u@h QUIT :${nasty("gone")}`,
      `:${bob}!u@h INVITE ann ${nasty("#r")}`,
      `:${bob}!u@h KICK ${room} ${nasty("carl")} :${nasty("no")}`,
      `:${bob}!u@h MODE ${room} ${nasty("+o")} ${nasty("carl")}`,
      `:${bob}!u@h TOPIC ${room} :${nasty("topic")}`,
      `:s 322 ann ${nasty("#l")} ${nasty("1")} :${nasty("t")}`,
      `:s 367 ann ${room} ${nasty("*!*@*")} ${bob} 1`,
      `:s 401 ann ${nasty("zoe")} :${nasty("none")}`,
      `:s 301 ann ${bob} :${nasty("away")}`,
      `:s FAIL X Y :${nasty("fail")}`,
    );
  });
  expect(all).toContain("hi ann");
  expect(all).not.toMatch(UNSEEN);
});
