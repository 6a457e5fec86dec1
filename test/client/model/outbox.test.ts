import { expect, test } from "bun:test";
import fc from "fast-check";
import { lastSaid } from "../../../src/client/model/outbox.ts";
import { disconnected } from "../../../src/client/model/update.ts";
import { inLobby, type Play } from "../../support/client/play.ts";

const CAPS = "batch draft/multiline echo-message labeled-response message-tags";

/**
 * A client as ann in #lobby of a tcpchat server: it drops duplicates, and takes messages of 4096 bytes in 100 lines.
 */
function onTcpchat(): Play {
  const play = inLobby(CAPS);
  const offered = new Set([...play.model.offered, "draft/multiline=max-bytes=4096,max-lines=100"]);
  play.model = { ...play.model, offered, deduplicates: true };
  return play;
}

/** Ends the connection and restores it; returns the client's lines after that. */
function reconnect(play: Play): string[] {
  play.apply(disconnected(play.model, 0));
  play.open();
  return play.server(
    `:s CAP * ACK :${CAPS}`,
    ":s 001 ann :hi",
    ":s 004 ann s tcpchat-1 i n n",
    ":s 422 ann :none",
    ":ann!ann@h JOIN #lobby",
  );
}

test("a message is sent with an id, and the echo with its label confirms it", () => {
  const play = onTcpchat();
  expect(play.types("hi")).toEqual(["> @label=id-1;+tcpchat/id=id-1 PRIVMSG #lobby hi"]);
  expect(play.server("@label=id-1;msgid=m :ann!ann@h PRIVMSG #lobby hi")).toEqual(["<ann> hi", "stored id-1"]);
  expect(play.model.outbox).toEqual([]);
});

test("an unconfirmed message is sent again with its id after a reconnect, and shown once", () => {
  const play = onTcpchat();
  play.types("one");
  play.types("two");
  play.server("@label=id-1;msgid=m1 :ann!ann@h PRIVMSG #lobby one");
  expect(reconnect(play)).toContain("> @label=id-2;+tcpchat/id=id-2 PRIVMSG #lobby two");
  expect(play.server("@label=id-2;msgid=m2 :ann!ann@h PRIVMSG #lobby two")).toEqual(["<ann> two", "stored id-2"]);
});

test("on other servers an unconfirmed message has failed, and /forget drops it", () => {
  const play = inLobby("echo-message");
  play.types("hi");
  expect(play.apply(disconnected(play.model, 0))).toEqual(["-- Not confirmed by the server: hi"]);
  expect(play.model.outbox).toMatchObject([{ state: "failed" }]);
  play.types("/forget");
  expect(play.model.outbox).toEqual([]);
});

test("messages typed without a connection are sent in order after the reconnect", () => {
  const play = onTcpchat();
  play.apply(disconnected(play.model, 0));
  expect(play.types("one")).toEqual([]);
  expect(play.types("two")).toEqual([]);
  expect(reconnect(play).filter((line) => line.includes("PRIVMSG"))).toEqual([
    "> @label=id-1;+tcpchat/id=id-1 PRIVMSG #lobby one",
    "> @label=id-2;+tcpchat/id=id-2 PRIVMSG #lobby two",
  ]);
});

test("at most 8 messages are unconfirmed at once; a confirmation sends the next", () => {
  const play = onTcpchat();
  const sent = Array.from({ length: 12 }, (_, i) => play.types(`n${i}`)).flat();
  expect(sent.length).toBe(8);
  expect(play.server("@label=id-1;msgid=m :ann!ann@h PRIVMSG #lobby n0")).toContain(
    "> @label=id-9;+tcpchat/id=id-9 PRIVMSG #lobby n8",
  );
});

test("with draft/multiline several lines are one message with the id on its opening", () => {
  const play = onTcpchat();
  expect(play.types("one\n\ntwo")).toEqual([
    "> @label=id-1;+tcpchat/id=id-1 BATCH +id-1 draft/multiline #lobby",
    "> @batch=id-1 PRIVMSG #lobby one",
    "> @batch=id-1 PRIVMSG #lobby :",
    "> @batch=id-1 PRIVMSG #lobby two",
    "> BATCH -id-1",
  ]);
  expect(
    play.server(
      "@label=id-1;msgid=m :ann!ann@h BATCH +x draft/multiline #lobby",
      "@batch=x :ann!ann@h PRIVMSG #lobby one",
      "@batch=x :ann!ann@h PRIVMSG #lobby :",
      "@batch=x :ann!ann@h PRIVMSG #lobby two",
      "BATCH -x",
    ),
  ).toEqual(["<ann> one\n<ann> \n<ann> two", "stored id-1"]);
});

test("without draft/multiline each line is a message", () => {
  expect(inLobby("echo-message").types("one\n\ntwo")).toEqual(["> PRIVMSG #lobby one", "> PRIVMSG #lobby two"]);
});

test("the pieces of a long line joined by multiline-concat are the line", () => {
  const word = fc.string({ unit: "grapheme", maxLength: 40 });
  fc.assert(
    fc.property(fc.array(word, { minLength: 20, maxLength: 60 }), (words) => {
      const text = `begin ${words.join(" ").replace(/[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff]/g, "")} end`;
      fc.pre(Buffer.byteLength(text) > 450 && Buffer.byteLength(text) < 4000);
      const play = onTcpchat();
      const lines = play.types(text);
      const parts = lines.filter((line) => line.includes(" PRIVMSG "));
      const joined = parts.map((line) => line.replace(/^> \S+ PRIVMSG #lobby :?/, "")).join("");
      expect(joined).toBe(play.model.outbox[0]?.text ?? "");
      for (const line of parts)
        expect(Buffer.byteLength(`:ann!ann@h ${line.replace(/^> \S+ /, "")}\r\n`)).toBeLessThanOrEqual(512);
    }),
    { numRuns: 50 },
  );
});

test("a message that the server could not store is sent again after a reconnect, unless it is old", () => {
  const play = onTcpchat();
  play.types("one");
  play.server("@label=id-1 FAIL PRIVMSG NOT_STORED :Not done: this server cannot reach the others at present");
  expect(play.model.outbox).toMatchObject([{ state: "failed" }]);
  const [failed] = play.model.outbox;
  if (!failed) throw new Error("It is gone");
  const later = (span: number) => disconnected(play.model, failed.time + span).model.outbox;
  expect(later(14_999)).toMatchObject([{ id: "id-1", state: "waiting" }]);
  expect(later(15_000)).toMatchObject([{ state: "failed" }]);
});

test("a message that the server could not store is sent again once it has stored another one", () => {
  const play = onTcpchat();
  play.types("one");
  play.server("@label=id-1 FAIL PRIVMSG NOT_STORED :Not done: this server cannot reach the others at present");
  play.types("two");
  expect(play.server("@label=id-2;msgid=m2 :ann!ann@h PRIVMSG #lobby two")).toContain(
    "> @label=id-1;+tcpchat/id=id-1 PRIVMSG #lobby one",
  );
});

test("a refusal with a label concerns that message, one without a label the first to its target", () => {
  const play = onTcpchat();
  play.types("one");
  play.types("two");
  play.server("@label=id-2 :s 404 ann #lobby :Cannot send");
  expect(play.model.outbox).toMatchObject([{ state: "sending" }, { state: "failed", why: "Cannot send" }]);
  play.server("@label=id-1 FAIL PRIVMSG ID_REUSED #lobby :This id was another text's");
  expect(play.model.outbox).toMatchObject([{ state: "failed" }, { state: "failed" }]);
});

test("messages refused before our JOIN is answered are sent after it, in order", () => {
  const play = onTcpchat();
  for (const text of ["one", "two", "three"]) play.types(`/msg #dev ${text}`);
  play.server("@label=id-1 :s 404 ann #dev :Cannot send");
  play.types("/join dev");
  play.types("/retry");
  play.server("@label=id-2 :s 404 ann #dev :Cannot send", "@label=id-3 :s 404 ann #dev :Cannot send");
  expect(play.server(":ann!ann@h JOIN #dev").filter((line) => line.includes("PRIVMSG"))).toEqual([
    "> @label=id-1;+tcpchat/id=id-1 PRIVMSG #dev one",
    "> @label=id-2;+tcpchat/id=id-2 PRIVMSG #dev two",
    "> @label=id-3;+tcpchat/id=id-3 PRIVMSG #dev three",
  ]);
});

test("an error that never answers a message refuses none", () => {
  const play = inLobby();
  play.types("hi");
  play.server(
    ":s 482 ann #lobby :You're not channel operator",
    ":s 441 ann #lobby #lobby :They aren't on that channel",
  );
  expect(play.model.outbox.map(({ state }) => state)).toEqual(["sending"]);
  play.server(":s 404 ann #lobby :Cannot send to channel");
  expect(play.model.outbox.map(({ state }) => state)).toEqual(["failed"]);
});

const SAID_CAPS = "account-tag batch draft/chathistory echo-message message-tags";

test("the user's last message in a room is known, from any device; notices and others' messages do not count", () => {
  const play = inLobby(SAID_CAPS);
  play.server("@msgid=m1 :ann!a@h PRIVMSG #lobby :mine", "@msgid=m2 :ann!a@h NOTICE #lobby :a program's");
  play.server("@msgid=m3 :bob!b@h PRIVMSG #lobby :his", "@msgid=m4 :ann!a@h PRIVMSG bob :to him");
  expect(lastSaid(play.model, "#lobby")).toEqual({ kind: "said", msgid: "m1", text: "mine" });
  expect(lastSaid(play.model, "bob")).toEqual({ kind: "said", msgid: "m4", text: "to him" });
  expect(lastSaid(play.model, "zoe")).toBeUndefined();
});

test("in history only messages of the user's account are the user's: the nick may have been somebody else's", () => {
  const history = (tags: string) => [
    ":s BATCH +x chathistory #lobby",
    `@batch=x;msgid=m1${tags} :ann!a@h PRIVMSG #lobby :old`,
    ":s BATCH -x",
  ];
  const guest = inLobby(SAID_CAPS);
  guest.server(...history(""));
  expect(lastSaid(guest.model, "#lobby")).toBeUndefined();
  const ann = inLobby(SAID_CAPS);
  ann.model = { ...ann.model, account: "Ann" };
  ann.server(...history(";account=ann"));
  expect(lastSaid(ann.model, "#lobby")).toMatchObject({ msgid: "m1" });
});
