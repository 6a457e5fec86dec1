import { expect, test } from "bun:test";
import { correctionIn } from "../../../src/client/model/corrections.ts";
import { disconnected } from "../../../src/client/model/update.ts";
import { inLobby, Play } from "../../support/client/play.ts";

const CAPS = "echo-message message-tags";

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
  const play = inLobby(CAPS);
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
    "-- Not said: the new text is missing: s/teh/new/ corrects, s/teh// removes. With a blank before it, it is said as it is.",
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
    "-- Not said: “teh” is not in your last message. With a blank before it, it is said as it is.",
  ]);
  expect(saidBy(play.types(" s/teh/the/"))).toEqual(["> @ PRIVMSG #lobby : s/teh/the/"]);
  expect(saidBy(after("hello").types("s/teh/the"))).toEqual(["> @ PRIVMSG #lobby s/teh/the"]);
  expect(inLobby(CAPS).types("s/a/b/")).toEqual([
    "-- Not said: you have said nothing here that it could correct. With a blank before it, it is said as it is.",
  ]);
  expect(after("x").types("s/x//")).toEqual([
    "-- Not said: nothing would be left. /undo takes your last message back.",
  ]);
});

test("what was never sent is changed in place; the correction of what is being sent waits for the confirmation", () => {
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
