import { expect, test } from "bun:test";
import { react } from "../../../src/client/model/reactions.ts";
import type { Reaction } from "../../../src/client/model/state.ts";
import { disconnected } from "../../../src/client/model/update.ts";
import { inLobby } from "../../support/client/play.ts";

const CAPS = "batch draft/chathistory echo-message labeled-response message-tags";

function reaction(kind: Reaction["kind"], text: string): Pick<Reaction, "kind" | "of" | "text"> {
  return { kind, of: "m1", text };
}

test.each([
  ["@+draft/reply=m1;+draft/react=👍;msgid=r1 :bob!b@h TAGMSG #lobby", ["bob reacted 👍 to m1 in #lobby"]],
  ["@+reply=m1;+react=ok :bob!b@h TAGMSG #lobby", ["bob reacted ok to m1 in #lobby"]],
  ["@+draft/reply=m1;+draft/unreact=👍 :bob!b@h TAGMSG #lobby", ["bob unreacted 👍 to m1 in #lobby"]],
  ["@+draft/reply=m1;+draft/react=👍 :bob!b@h TAGMSG ann", ["bob reacted 👍 to m1 in our talk"]],
  ["@+draft/reply=m1;+draft/react=👍 :bob!b@h TAGMSG #elsewhere", []],
  ["@+draft/react=👍 :bob!b@h TAGMSG #lobby", []],
  ["@+draft/reply=m1;+draft/react= :bob!b@h TAGMSG #lobby", []],
  ["@+draft/reply=m1;+draft/react=a\x1b[2Jb :bob!b@h TAGMSG #lobby", ["bob reacted ab to m1 in #lobby"]],
])("%s is a reaction or nothing", (line, shown) => {
  expect(inLobby(CAPS).server(line)).toEqual(shown);
});

test("a reaction sent twice with one msgid counts once", () => {
  const play = inLobby(CAPS);
  const line = "@+draft/reply=m1;+draft/react=👍;msgid=r1 :bob!b@h TAGMSG #lobby";
  expect(play.server(line, line)).toEqual(["bob reacted 👍 to m1 in #lobby"]);
});

test("an emoji is the same reaction with U+FE0F and without, in what comes and in what is sent", () => {
  const play = inLobby(CAPS);
  const [bare, whole] = ["\u2764", "\u2764\ufe0f"];
  for (const text of [bare, whole])
    expect(play.server(`@+draft/reply=m1;+draft/react=${text} :bob!b@h TAGMSG #lobby`)).toEqual([
      `bob reacted ${whole} to m1 in #lobby`,
    ]);
  expect(play.apply(react(play.model, "#lobby", reaction("reacted", bare), 0)).join()).toContain(`react=${whole} `);
});

test("a reaction of ours has an id, and its echo confirms it", () => {
  const play = inLobby(CAPS);
  expect(play.apply(react(play.model, "#lobby", reaction("reacted", "👍"), 0))).toEqual([
    "> @label=id-1;+tcpchat/id=id-1;+draft/reply=m1;+draft/react=👍 TAGMSG #lobby",
  ]);
  expect(play.server("@label=id-1;msgid=r;+draft/reply=m1;+draft/react=👍 :ann!ann@h TAGMSG #lobby")).toEqual([
    "ann reacted 👍 to m1 in #lobby",
    "stored id-1",
  ]);
  expect(play.model.outbox).toEqual([]);
});

test("without echoes a PING confirms a reaction, which is shown then", () => {
  const play = inLobby("message-tags");
  expect(play.apply(react(play.model, "#lobby", reaction("unreacted", "👍"), 0))).toEqual([
    "> @+tcpchat/id=id-1;+draft/reply=m1;+draft/unreact=👍 TAGMSG #lobby",
    "> PING said-id-1",
  ]);
  expect(play.server(":s PONG s said-id-1")).toEqual(["ann unreacted 👍 to m1 in #lobby", "stored id-1, pong"]);
});

test("an echo without a label confirms the reaction, and not a message with the same text", () => {
  const play = inLobby("echo-message message-tags");
  play.types("👍");
  play.apply(react(play.model, "#lobby", reaction("reacted", "👍"), 0));
  play.server("@+draft/reply=m1;+draft/react=👍 :ann!ann@h TAGMSG #lobby");
  expect(play.model.outbox.map(({ kind }) => kind)).toEqual(["said"]);
});

test("a reaction made without a connection is sent after the reconnect", () => {
  const play = inLobby(CAPS);
  play.apply(disconnected(play.model, 0));
  expect(play.apply(react(play.model, "#lobby", reaction("reacted", "👍"), 0))).toEqual([]);
  play.open();
  play.server(`:s CAP * ACK :${CAPS}`, ":s 001 ann :hi", ":s 422 ann :none");
  expect(play.server(":ann!ann@h JOIN #lobby")).toContain(
    "> @label=id-1;+tcpchat/id=id-1;+draft/reply=m1;+draft/react=👍 TAGMSG #lobby",
  );
});

test.each([
  ["without message-tags", "echo-message", "NICKLEN=32"],
  ["where the server denies the tag", CAPS, "CLIENTTAGDENY=*,-typing"],
  ["where the server denies this tag", CAPS, "CLIENTTAGDENY=draft/react"],
])("%s a reaction is refused with a reason", (_, caps, support) => {
  const play = inLobby(caps, support);
  expect(play.apply(react(play.model, "#lobby", reaction("reacted", "👍"), 0))).toEqual([
    "-- This server does not pass reactions on: write an answer instead.",
  ]);
});

test("history has reactions, behind the messages they are about; joins in it are skipped and not counted", () => {
  const play = inLobby(`${CAPS} draft/event-playback`, "CHATHISTORY=4");
  play.types("/join dev");
  expect(play.server(":ann!ann@h JOIN #dev")).toContain("> CHATHISTORY LATEST #dev * 4");
  const page = (...lines: string[]) =>
    play.server(":s BATCH +x chathistory #dev", ...lines.map((line) => `@batch=x;${line}`), ":s BATCH -x");
  const at = (second: number) => `time=2020-01-01T00:00:0${second}.000Z`;
  expect(
    page(
      `msgid=j1;${at(1)} :zoe!z@h JOIN #dev`,
      `msgid=m1;${at(2)} :bob!b@h PRIVMSG #dev :hi`,
      `msgid=r1;${at(3)};+draft/reply=m1;+draft/react=👍 :zoe!z@h TAGMSG #dev`,
      `msgid=j2;${at(4)} :zoe!z@h PART #dev`,
    ),
  ).toEqual(["> CHATHISTORY BEFORE #dev msgid=j1 4", "await history"]);
  expect(page(`msgid=m0;${at(0)} :bob!b@h PRIVMSG #dev :first`)).toEqual([
    "<bob> first",
    "<bob> hi",
    "zoe reacted 👍 to m1 in #dev",
    "-- ann joined #dev",
  ]);
});
