import { afterEach, expect, test } from "bun:test";
import { networkServer } from "../../../src/client/net/connect.ts";
import { Conversation, type ConversationSetup } from "../../../src/client/run/conversation.ts";
import { systemClock } from "../../../src/client/run/system.ts";
import { irc, type Peer, type Served, serve } from "../../support/client/scripted-server.ts";

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
