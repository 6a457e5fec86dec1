import { expect, test } from "bun:test";
import fc from "fast-check";
import { networkServer } from "../../../src/client/net/connect.ts";
import { delayOf, Link, Outgoing, readMessage } from "../../../src/client/net/link.ts";
import type { Connect } from "../../../src/client/net/transport.ts";
import { systemClock } from "../../../src/client/run/system.ts";
import { decode, encode } from "../../../src/text/bytes.ts";
import { serve } from "../../support/client/scripted-server.ts";
import { TestClock } from "../../support/client/test-clock.ts";

test.each([
  [0, 0, 0],
  [1, 0, 1000],
  [1, 1, 500],
  [2, 0, 2000],
  [5, 0, 16_000],
  [7, 0, 60_000],
  [1000, 0, 60_000],
  [1000, 1, 30_000],
])("attempt %i with the random number %d waits %i ms", (attempt, random, delay) => {
  expect(delayOf(attempt, random)).toBe(delay);
});

test.each([
  [0, 0.5, 125],
  [1, 1, 250],
  [2, 0, 0],
  [3, 0, 1000],
  [4, 1, 250],
  [6, 0, 2000],
  [300, 0, 15_000],
])("with three addresses, attempt %i with the random number %d waits %i ms", (attempt, random, delay) => {
  expect(delayOf(attempt, random, 3)).toBe(delay);
});

/** A link to a silent server with so many addresses, its sent lines and its events. */
function silentLink(addresses: number) {
  const clock = new TestClock();
  const told: string[] = [];
  const nothing = () => {};
  let receive: (text: string) => void = nothing;
  const transport = {
    write: (bytes: Uint8Array) => told.push(decode(bytes).trimEnd()) && bytes.length,
    ...{ pause: nothing, resume: nothing, finish: nothing, close: nothing, terminate: nothing },
  };
  const connect: Connect = (listener) => {
    receive = (text) => listener.received(encode(text));
    listener.opened(transport, "accepted");
  };
  const closed = (error: unknown) => void told.push(String(error));
  const link = new Link(
    { connect, addresses },
    { opened: nothing, message: nothing, chunkHandled: nothing, closed, told: nothing },
    clock,
  );
  link.open();
  return { link, clock, told, receive: (text: string) => receive(text) };
}

const SILENT = "Error: the server is silent";

test("a server with another address is left when it owes an answer for a few seconds", () => {
  const { link, clock, told } = silentLink(2);
  clock.pass(1000);
  link.send("PRIVMSG", ["#dev", "hi"]);
  clock.pass(1000);
  expect(told).toEqual(["PRIVMSG #dev hi", "PING alive"]);
  clock.pass(3999);
  expect(told).toHaveLength(2);
  clock.pass(1);
  expect(told.at(-1)).toBe(SILENT);
});

test("a server with another address that answers is kept, and an idle one is asked now and then", () => {
  const { link, clock, told, receive } = silentLink(2);
  for (let turn = 0; turn < 10; turn++) {
    link.send("PRIVMSG", ["#dev", "hi"]);
    clock.pass(1500);
    receive(":ann PRIVMSG #dev hi\r\n");
  }
  expect(told).not.toContain(SILENT);
  told.length = 0;
  clock.pass(16_000);
  expect(told).toEqual(["PING alive"]);
  receive("PONG alive\r\n");
  clock.pass(16_000);
  expect(told).toEqual(["PING alive", "PING alive"]);
  clock.pass(6000);
  expect(told.at(-1)).toBe(SILENT);
});

test("a server with one address is given two minutes", () => {
  const { link, clock, told } = silentLink(1);
  link.send("PRIVMSG", ["#dev", "hi"]);
  clock.pass(60_000);
  expect(told).toEqual(["PRIVMSG #dev hi", "PING alive"]);
  clock.pass(59_999);
  expect(told).toHaveLength(2);
  clock.pass(1);
  expect(told.at(-1)).toBe(SILENT);
});

test("messages arrive in order, PING is answered, and CR and LF are removed from commands", async () => {
  const told: string[] = [];
  const server = serve(
    (line, peer) => {
      if (line.startsWith("NICK")) peer.socket.end();
    },
    (peer) => peer.say(":s PING :are you there", "FIRST", "", "SECOND x"),
  );
  await new Promise<void>((resolve) => {
    const link: Link = new Link(
      networkServer({ host: "127.0.0.1", port: server.port }),
      {
        opened: () => told.push("opened"),
        message: (message) => {
          told.push(message.command);
          if (message.command === "SECOND") link.send("NICK", ["a\r\nQUIT"]);
        },
        chunkHandled: () => {},
        closed: (error) => {
          told.push(`closed ${error}`);
          resolve();
        },
        told: () => {},
      },
      systemClock,
    );
    link.open();
  });
  server.stop();
  expect(told).toEqual(["opened", "FIRST", "SECOND", "closed undefined"]);
  expect(server.peers[0]?.heard).toEqual(["PONG :are you there", "NICK aQUIT"]);
});

const read = (line: string) => readMessage(Buffer.from(line));

test("a line is a message with the tags that the client uses", () => {
  expect(read("@time=2026-01-01T00:00:00.000Z;+other=active;msgid=m1;x=y :bob!b@h PRIVMSG #x :hé 漢")).toEqual({
    tags: new Map([
      ["time", "2026-01-01T00:00:00.000Z"],
      ["msgid", "m1"],
    ]),
    source: "bob!b@h",
    command: "PRIVMSG",
    params: ["#x", "hé 漢"],
  });
  expect([read(""), read(":only")]).toEqual([undefined, undefined]);
});

test("a tag that is too long is left out, and a long source is cut", () => {
  const message = read(`@msgid=${"m".repeat(300)};account=bob :${"n".repeat(900)} JOIN #x`);
  expect([...(message?.tags ?? [])]).toEqual([["account", "bob"]]);
  expect(message?.source?.length).toBe(400);
});

test("however little the sink takes at a time, all bytes are written once and in order", () => {
  fc.assert(
    fc.property(fc.array(fc.string()), fc.array(fc.integer({ min: -1, max: 5 })), (texts, appetites) => {
      const outgoing = new Outgoing();
      let out = "";
      const sink = (appetite: number) => ({
        write: (bytes: Uint8Array): number => {
          const taken = Math.min(appetite, bytes.length);
          out += Buffer.from(bytes.subarray(0, Math.max(0, taken))).toString("latin1");
          return taken;
        },
      });
      for (const [i, text] of texts.entries()) {
        outgoing.push(Buffer.from(text));
        outgoing.flush(sink(appetites[i] ?? 0));
      }
      expect(outgoing.flush(sink(Number.MAX_SAFE_INTEGER))).toBe(true);
      expect([out, outgoing.size]).toEqual([Buffer.from(texts.join("")).toString("latin1"), 0]);
    }),
  );
});
