import { afterEach, expect, test } from "bun:test";
import { networkServer } from "../../../src/client/net/connect.ts";
import { Alternatives, type Connect } from "../../../src/client/net/transport.ts";
import { Conversation, type ConversationSetup } from "../../../src/client/run/conversation.ts";
import { systemClock } from "../../../src/client/run/system.ts";
import { decode, encode } from "../../../src/text/bytes.ts";
import { irc, type Peer, type Served, serve } from "../../support/client/scripted-server.ts";
import { TestClock } from "../../support/client/test-clock.ts";

const servers: Served[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.stop();
});

/** A conversation with a short patience, with a server that never completes its task. */
function begun(
  answer: (line: string, peer: Peer) => void,
  changes: Partial<ConversationSetup> = {},
  stored = () => {},
): Conversation {
  const server = serve(answer);
  servers.push(server);
  const nobody = { account: undefined, password: undefined, serverPassword: undefined, isSavedLogin: false };
  const history = { type: "lines", count: 10 } as const;
  const identity = { nick: "ann", rooms: ["#lobby"], ...nobody, newId: () => crypto.randomUUID(), history };
  const at = networkServer({ host: "127.0.0.1", port: server.port });
  const beginning = {
    server: at,
    identity,
    clock: systemClock,
    strict: false,
    delay: () => 1,
    patience: 50,
    ...changes,
  };
  const conversation = new Conversation(beginning, { connected: () => {}, show: () => {}, changed: () => {}, stored });
  conversation.start();
  return conversation;
}

const welcome = (line: string, peer: Peer) => line.startsWith("USER") && peer.say(":s 001 ann :hi", ":s 422 ann :none");

test("a task with an end gives up on a server that accepts and closes every connection", async () => {
  const conversation = begun(
    (line, peer) => {
      welcome(line, peer);
      if (line.startsWith("JOIN")) peer.socket.end();
    },
    { wantsEnd: true },
  );
  expect(await conversation.ended).toEqual({
    code: 1,
    words: [expect.stringMatching(/^(lost|no answer from) the server at 127\.0\.0\.1:\d+/)],
  });
});

test.each([
  ["welcomes and closes", (peer: Peer) => peer.socket.end()],
  [
    "talks, welcomes and closes",
    (peer: Peer) => {
      peer.say(":bob!b@h PRIVMSG ann :hi");
      peer.socket.end();
    },
  ],
  ["never says that it has anything", () => {}],
])("a task that wants confirmations gives up on a server that %s", async (_, then) => {
  const conversation = begun(
    (line, peer) => {
      welcome(line, peer);
      if (/^(?:JOIN|PRIVMSG)/.test(line)) then(peer);
    },
    { wantsAnswers: true },
  );
  conversation.say("hi");
  expect((await conversation.ended).code).toBe(1);
});

test("a task that wants confirmations has no deadline while all is confirmed", async () => {
  const waiting = new Set<() => void>();
  const after = (delay: number, act: () => void) => {
    if (delay !== 50) return systemClock.after(delay, act);
    waiting.add(act);
    return () => waiting.delete(act);
  };
  const { promise: stored, resolve } = Promise.withResolvers<void>();
  const conversation = begun(irc(), { wantsAnswers: true, clock: { ...systemClock, after } }, resolve);
  conversation.say("hi");
  expect(waiting.size).toBe(1);
  await stored;
  expect(waiting.size).toBe(0);
  conversation.quit("");
  expect((await conversation.ended).code).toBe(0);
});

test("a finished task gives up on a server that never confirms", async () => {
  const answer = irc();
  const conversation = begun((line, peer) => (/^(PRIVMSG|PING)/.test(line) ? undefined : answer(line, peer)));
  conversation.say("hi");
  conversation.finish();
  expect(await conversation.ended).toEqual({
    code: 1,
    words: [expect.stringMatching(/^(lost|no answer from) the server at 127\.0\.0\.1:\d+/)],
  });
});

/** The address of a port that is closed again. */
function deadServer() {
  const server = serve(() => {});
  server.stop();
  return networkServer({ host: "127.0.0.1", port: server.port });
}

function liveServer(answer: (line: string, peer: Peer) => void) {
  const server = serve(answer);
  servers.push(server);
  return networkServer({ host: "127.0.0.1", port: server.port });
}

test("of several addresses, the first that accepts the client is used", async () => {
  const turnedAway = liveServer((_, peer) => {
    peer.say("ERROR :this server cannot reach the others");
    peer.socket.end();
  });
  const server = new Alternatives([deadServer(), turnedAway, liveServer(irc())]);
  const { promise: stored, resolve } = Promise.withResolvers<void>();
  const conversation = begun(() => {}, { server, patience: 60_000 }, resolve);
  conversation.say("hi");
  await stored;
  conversation.quit("");
  expect((await conversation.ended).code).toBe(0);
});

test("if no address accepts the client, the last one's reason is shown", async () => {
  const turnsAway = (_: string, peer: Peer) => {
    peer.say("ERROR :this server cannot reach the others");
    peer.socket.end();
  };
  const dead = deadServer();
  const other = deadServer();
  const refused = await begun(() => {}, { server: new Alternatives([other, dead]) }).ended;
  expect(refused).toMatchObject({
    code: 3,
    words: [
      `could not connect to 127.0.0.1:${other.port}, 127.0.0.1:${dead.port}: connection refused; is one of these servers running?`,
    ],
  });
  const away = liveServer(turnsAway);
  const turnedAway = await begun(() => {}, { server: new Alternatives([deadServer(), away]) }).ended;
  expect(turnedAway.code).toBe(1);
  expect(turnedAway.words).toEqual([
    `the server at 127.0.0.1:${away.port} did not let us in: this server cannot reach the others`,
  ]);
});

test("when the server closes, the next address is used", async () => {
  const answer = irc();
  const first = liveServer((line, peer) => (line.startsWith("JOIN") ? peer.socket.end() : answer(line, peer)));
  const server = new Alternatives([first, deadServer(), liveServer(irc())]);
  const { promise: stored, resolve } = Promise.withResolvers<void>();
  const conversation = begun(() => {}, { server, patience: 60_000 }, resolve);
  conversation.say("hi");
  await stored;
  conversation.quit("");
  expect((await conversation.ended).code).toBe(0);
});

test("read markers are sent soon, and ever less often for a busy room", () => {
  const clock = new TestClock();
  const sent: string[] = [];
  let receive: (text: string) => void = () => {};
  const nothing = () => {};
  const transport = {
    write: (bytes: Uint8Array) => sent.push(...decode(bytes).trimEnd().split("\r\n")) && bytes.length,
    ...{ pause: nothing, resume: nothing, finish: nothing, close: nothing, terminate: nothing },
  };
  const connect: Connect = (listener) => {
    receive = (text) => listener.received(encode(text));
    listener.opened(transport, "accepted");
  };
  const nobody = { account: undefined, password: undefined, serverPassword: undefined, isSavedLogin: false };
  const identity = {
    nick: "ann",
    rooms: [],
    ...nobody,
    newId: () => "id",
    history: { type: "lines", count: 0 } as const,
  };
  const server = { host: "s", port: 1, connect };
  const conversation = new Conversation(
    { server, identity, clock, strict: false },
    { connected: nothing, show: nothing, changed: nothing },
  );
  conversation.start();
  receive(":s CAP * ACK :draft/read-marker\r\n:s 900 ann a ann :in\r\n:s 001 ann :hi\r\n:s 422 ann :none\r\n");
  /** The times of MARKREADs of a room in which a line is read every 100 ms, and the last one's marker. */
  const told = (room: string, span: number) => {
    const times: number[] = [];
    for (let at = 0; at < span; at += 100) {
      sent.length = 0;
      conversation.read(room, clock.now() + 1000);
      clock.pass(100);
      if (sent.some((line) => line.startsWith(`MARKREAD ${room} `))) times.push(at + 100);
    }
    return times;
  };
  expect(told("#dev", 8000)).toEqual([200, 700, 1700, 3700, 7700]);
  // Another room: the marker of the last one is sent before.
  sent.length = 0;
  conversation.read("#ops", clock.now() + 1000);
  expect(sent.map((line) => line.split(" ")[1])).toEqual(["#dev"]);
  clock.pass(200);
  expect(sent.map((line) => line.split(" ")[1])).toEqual(["#dev", "#ops"]);
  conversation.read("#ops", clock.now() + 1000);
  conversation.quit("");
  expect(sent.map((line) => line.split(" ")[0])).toEqual(["MARKREAD", "MARKREAD", "MARKREAD", "QUIT"]);
});
