import { expect, test } from "bun:test";
import { note } from "../../../src/client/model/state.ts";
import { mayTakeBack } from "../../../src/client/model/taking-back.ts";
import { disconnected, update } from "../../../src/client/model/update.ts";
import { parse } from "../../../src/wire/message.ts";
import { inLobby, type Play } from "../../support/client/play.ts";

const CAPS = "batch draft/chathistory draft/message-redaction echo-message labeled-response message-tags";

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
  expect(inLobby(CAPS).server(line)).toEqual([shown]);
});

test("/undo takes back the last message, and the next time the one before", () => {
  const play = inLobby(CAPS);
  says(play, "one", "m1");
  says(play, "two", "m2");
  expect(play.types("/undo")).toEqual(["> @label=c0 REDACT #lobby m2"]);
  play.server("@label=c0 :ann!ann@h REDACT #lobby m2");
  expect(play.types("/undo")).toEqual(["> @label=c1 REDACT #lobby m1"]);
  expect(play.server("@label=c1 :s FAIL REDACT REDACT_FORBIDDEN #lobby m1 :Not yours")).toEqual(["-- Not yours"]);
});

test("/undo of what was never sent drops it; of what may be sent, it is redacted once it is confirmed", () => {
  const play = inLobby(CAPS);
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
  expect(inLobby(CAPS).types("/undo")).toEqual(["-- There is no message of yours here that could be taken back."]);
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
  const play = inLobby(CAPS, "CHATHISTORY=50");
  play.types("/join dev");
  play.server(":ann!ann@h JOIN #dev", "@msgid=m3 :bob!b@h PRIVMSG #dev :three");
  play.server(":s BATCH +x chathistory #dev", "@batch=x;msgid=m1 :bob!b@h PRIVMSG #dev :one");
  play.server("@batch=x;msgid=m2 :bob!b@h PRIVMSG #dev :two", ":bob!b@h REDACT #dev m1", ":bob!b@h REDACT #dev m3");
  expect(play.server(":s BATCH -x")).toEqual(["<bob> two", "-- ann joined #dev"]);
});

test("one's own message is taken back anywhere, another's only by operators of the room or the server", () => {
  const play = inLobby(CAPS);
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
