import { expect, test } from "bun:test";
import { correctionIn, mayTakeBack, react } from "../../../src/client/model/annotations.ts";
import { note, type Reaction } from "../../../src/client/model/state.ts";
import { disconnected, update } from "../../../src/client/model/update.ts";
import { parse } from "../../../src/wire/message.ts";
import { inLobby, Play } from "../../support/client/play.ts";

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

test("a sent reaction has an id, and its echo confirms it", () => {
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

const CORRECTING = "echo-message message-tags";

test.each([
  ["s/teh/the/", "teh", "the", false, true],
  ["s/teh/the", "teh", "the", false, false],
  ["s/a b/c d/g", "a b", "c d", true, true],
  ["s/x//", "x", "", false, true],
  ["s/a\\/b/c\\/d/", "a/b", "c/d", false, true],
])("%s replaces %j by %j", (line, from, to, everywhere, isComplete) => {
  expect(correctionIn(line)).toEqual({ from, to, everywhere, isComplete });
});

test.each([" s/a/b/", "s//b/", "s/a", "s/a/", "s/a/b/c", "s/a/b/x", "see s/a/b/", "//s/a/b/"])(
  "%j is no correction",
  (line) => {
    expect(correctionIn(line)).toBeUndefined();
  },
);

/** A client whose last message in #lobby is this text. */
function after(text: string) {
  const play = inLobby(CORRECTING);
  play.server(`@msgid=m1 :ann!a@h PRIVMSG #lobby :${text}`);
  return play;
}

function saidBy(lines: readonly string[]): readonly string[] {
  return lines.map((line) => line.replace(/\+tcpchat\/id=id-\d+;?/, ""));
}

test.each([
  ["s/teh/the/", "see the cat, teh cat"],
  ["s/teh/the/g", "see the cat, the cat"],
  ["s/teh/the", "see the cat, teh cat"],
  ["s/teh/$&/", "see $& cat, teh cat"],
])("%s says the last message again, as a reply to it", (line, text) => {
  expect(saidBy(after("see teh cat, teh cat").types(line))).toEqual([
    `> @+draft/reply=m1;+tcpchat/corrects PRIVMSG #lobby :${text}`,
  ]);
});

test("a correction without its new text is refused", () => {
  expect(after("see teh cat").types("s/teh/")).toEqual([
    "-- Not said: the new text is missing: s/teh/new/ corrects, s/teh// removes. Put a space before it to send it unchanged.",
  ]);
  expect(saidBy(after("see teh cat").types("s/teh //"))).toEqual([
    "> @+draft/reply=m1;+tcpchat/corrects PRIVMSG #lobby :see cat",
  ]);
});

test("a line from a pipe is said as it is", () => {
  const play = new Play({ isPiped: true });
  play.open();
  play.server(":s 001 ann :hi", ":s 422 ann :none", ":ann!a@h JOIN #lobby", "@msgid=m1 :ann!a@h PRIVMSG #lobby :teh");
  expect(play.types("s/teh/the/")[0]).toBe("> PRIVMSG #lobby s/teh/the/");
});

test("an action is corrected as an action", () => {
  expect(saidBy(after("\x01ACTION wavse\x01").types("s/wavse/waves/"))).toEqual([
    "> @+draft/reply=m1;+tcpchat/corrects PRIVMSG #lobby :\x01ACTION waves\x01",
  ]);
});

test("a correction that fits nothing is refused with a hint; a path is said", () => {
  const play = after("hello");
  expect(play.types("s/teh/the/")).toEqual([
    "-- Not said: “teh” is not in your last message. Put a space before it to send it unchanged.",
  ]);
  expect(saidBy(play.types(" s/teh/the/"))).toEqual(["> @ PRIVMSG #lobby : s/teh/the/"]);
  expect(saidBy(after("hello").types("s/teh/the"))).toEqual(["> @ PRIVMSG #lobby s/teh/the"]);
  expect(inLobby(CORRECTING).types("s/a/b/")).toEqual([
    "-- Not said: you have said nothing here that it could correct. Put a space before it to send it unchanged.",
  ]);
  expect(after("x").types("s/x//")).toEqual([
    "-- Not said: nothing would be left. /undo takes your last message back.",
  ]);
});

test("an unsent message is changed in place; the correction of one being sent waits for the confirmation", () => {
  const play = after("hello");
  play.types("just sent");
  expect(play.types("s/just/now/")).toEqual([]);
  expect(play.types("s/sent/said/")).toEqual([]);
  const { id } = play.model.outbox[0] ?? {};
  const lines = play.server(`@msgid=m2;+tcpchat/id=${id} :ann!a@h PRIVMSG #lobby :just sent`);
  expect(saidBy(lines).at(-1)).toBe("> @+draft/reply=m2;+tcpchat/corrects PRIVMSG #lobby :now said");
  play.apply(disconnected(play.model, 0));
  play.types("wiat for me");
  expect(play.types("s/wiat/wait/")).toEqual([]);
  expect(play.model.outbox.at(-1)).toMatchObject({ text: "wait for me", state: "waiting" });
});

test("a message that is refused after its correction has the corrected text; without ids nothing can be corrected", () => {
  const play = after("hello");
  play.types("just sent");
  play.types("s/just/now/");
  play.server(":s 404 ann #lobby :No");
  expect(play.model.outbox).toMatchObject([{ text: "now sent", state: "failed" }]);
  play.types("/forget");
  play.types("once more");
  play.types("s/once/twice/");
  expect(play.server(":ann!a@h PRIVMSG #lobby :once more")).toContain(
    "-- Not corrected: this server gives its messages no ids.",
  );
});

const TAKING_BACK = "batch draft/chathistory draft/message-redaction echo-message labeled-response message-tags";

/** Says a text, which the server stores under a msgid. */
function says(play: Play, text: string, msgid: string): void {
  const [line = ""] = play.types(text);
  const label = /label=([^; ]+)/.exec(line)?.[1];
  play.server(`@label=${label};msgid=${msgid} :ann!ann@h PRIVMSG #lobby :${text}`);
}

test.each([
  [":bob!b@h REDACT #lobby m1 :typo", "bob took back m1 in #lobby: typo"],
  [":bob!b@h REDACT ann m1", "bob took back m1 in bob"],
  [":ann!a@h REDACT bob m1", "ann took back m1 in bob"],
])("%s takes a message back", (line, shown) => {
  expect(inLobby(TAKING_BACK).server(line)).toEqual([shown]);
});

test("/undo takes back the last message, and the next time the one before", () => {
  const play = inLobby(TAKING_BACK);
  says(play, "one", "m1");
  says(play, "two", "m2");
  expect(play.types("/undo")).toEqual(["> @label=c0 REDACT #lobby m2"]);
  play.server("@label=c0 :ann!ann@h REDACT #lobby m2");
  expect(play.types("/undo")).toEqual(["> @label=c1 REDACT #lobby m1"]);
  expect(play.server("@label=c1 :s FAIL REDACT REDACT_FORBIDDEN #lobby m1 :Not yours")).toEqual(["-- Not yours"]);
});

test("/undo drops an unsent message; one that may have been sent is redacted once it is confirmed", () => {
  const play = inLobby(TAKING_BACK);
  play.types("half way");
  play.apply(disconnected(play.model, 0));
  play.types("never sent");
  expect(play.types("/undo")).toEqual(["-- Your last message is dropped; nobody has seen it."]);
  expect(play.types("/undo")).toEqual([
    "-- The server may have your last message already: it is taken back as soon as it is confirmed.",
  ]);
  play.model = { ...play.model, deduplicates: true, phase: "here", outbox: play.model.outbox };
  expect(play.server("@label=id-1;msgid=m1 :ann!ann@h PRIVMSG #lobby :half way")).toEqual([
    "<ann> half way",
    "stored id-1",
    "> @label=c0 REDACT #lobby m1",
  ]);
});

test("/undo says when there is nothing to take back, and when the server cannot", () => {
  expect(inLobby(TAKING_BACK).types("/undo")).toEqual([
    "-- There is no message of yours here that could be taken back.",
  ]);
  const play = inLobby("echo-message labeled-response message-tags");
  says(play, "one", "m1");
  expect(play.types("/undo")).toEqual(["-- On this server nothing can be taken back."]);
});

test("where nothing can be taken back, that is said when the message is confirmed", () => {
  const play = inLobby("echo-message labeled-response message-tags");
  play.types("hello");
  play.types("/undo");
  const echo = parse("@label=id-1;msgid=m1 :ann!ann@h PRIVMSG #lobby :hello");
  const effects = echo && update(play.model, echo, 5000).effects;
  expect(effects).toContainEqual(note("trouble", 5000, "On this server nothing can be taken back."));
});

test("a message that was taken back is not shown by history that was requested before", () => {
  const play = inLobby(TAKING_BACK, "CHATHISTORY=50");
  play.types("/join dev");
  play.server(":ann!ann@h JOIN #dev", "@msgid=m3 :bob!b@h PRIVMSG #dev :three");
  play.server(":s BATCH +x chathistory #dev", "@batch=x;msgid=m1 :bob!b@h PRIVMSG #dev :one");
  play.server("@batch=x;msgid=m2 :bob!b@h PRIVMSG #dev :two", ":bob!b@h REDACT #dev m1", ":bob!b@h REDACT #dev m3");
  expect(play.server(":s BATCH -x")).toEqual(["<bob> two", "-- ann joined #dev"]);
});

test("one's own message is taken back anywhere, another's only by operators of the room or the server", () => {
  const play = inLobby(TAKING_BACK);
  play.server(":s MODE #lobby -o ann");
  const may = (own = false) => mayTakeBack(play.model, "#lobby", own ? { own } : {});
  expect([may(), may(true), mayTakeBack(play.model, "bob", {})]).toEqual([false, true, false]);
  play.server(":s MODE #lobby +v ann");
  expect(may()).toBe(false);
  play.server(":s MODE #lobby +o ann");
  expect(may()).toBe(true);
  play.server(":s MODE #lobby -o ann", ":s MODE ann :+iow");
  expect([may(), mayTakeBack(play.model, "bob", {})]).toEqual([true, false]);
  play.server(":s MODE ann :-o");
  expect(may()).toBe(false);
  expect(mayTakeBack(inLobby("").model, "#lobby", { own: true })).toBe(false);
});
