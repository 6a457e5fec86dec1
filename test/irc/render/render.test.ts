import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { ChatEvent } from "../../../src/chat/model/event.ts";
import { CAP } from "../../../src/irc/capabilities.ts";
import { RenderCache, render } from "../../../src/irc/render/render.ts";
import { showLine } from "../../../src/text/filter.ts";
import { parse } from "../../../src/wire/message.ts";
import { anAccount } from "../../support/chat-fixture.ts";
import { rule } from "../../support/transcript.ts";

const ann = { nick: "ann", user: "~ann", host: "x.cloak", realname: "Ann", account: undefined };

/** Text of words, emoji of several code points, accents, and long runs without a blank. */
const text = fc
  .array(
    fc.oneof(
      fc.constantFrom("👩‍👩‍👧‍👦", "🇩🇪", "e\u0301", "naïve", "x".repeat(600), "日本語", " ", "hello", "\u{1f600}"),
      fc.string({ unit: "grapheme", maxLength: 40 }).map((word) => word.replace(/[\p{C}\r\n]/gu, "")),
    ),
    { minLength: 1, maxLength: 60 },
  )
  .map((words) => words.join(" "))
  .filter((words) => words.trim() !== "");

function said(words: string, more: Partial<Extract<ChatEvent, { type: "said" }>> = {}): ChatEvent {
  return {
    type: "said",
    from: ann,
    to: "#dev",
    inRoom: true,
    rank: undefined,
    kind: "words",
    text: words,
    tags: undefined,
    away: undefined,
    id: undefined,
    cuts: undefined,
    seq: 1,
    msgid: "m1",
    time: 0,
    origin: undefined,
    ...more,
  };
}

/** The text of each line that was rendered. */
function piecesOf(lines: string): readonly string[] {
  return lines
    .split("\r\n")
    .slice(0, -1)
    .map((line) => parse(line)?.params[1] ?? "");
}

describe("a message in lines of 512 bytes", () => {
  const kind = fc.constantFrom("words", "notice", "action", "query") satisfies fc.Arbitrary<string>;

  test("has no longer line, for any sender and any length of text", () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 4 }), kind, (lines, how) => {
        const out = render(said(lines.join("\n"), { kind: how }), 0, "chat.test");
        for (const line of out.split("\r\n").slice(0, -1)) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(510);
      }),
    );
  });

  test("loses nothing but blanks at the cuts, and no character is cut", () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 4 }), (lines) => {
        const pieces = piecesOf(render(said(lines.join("\n")), 0, "chat.test"));
        const bare = (all: readonly string[]) => all.join("").replaceAll(" ", "");
        expect(bare(pieces)).toBe(bare(lines.map(showLine)));
        for (const piece of pieces) expect(piece.isWellFormed()).toBe(true);
      }),
    );
  });

  test.each([
    ["one", [], ["one"]],
    ["one\n\ntwo\n", [], ["one", "two"]],
    ["one two", [4], ["one ", "two"]],
    ["one two\nthree", [4], ["one ", "two", "three"]],
    ["one\ntwo three\n\n", [8], ["one", "two ", "three"]],
    [`${"x".repeat(600)} y`, [601], ["x".repeat(478), `${"x".repeat(122)} `, "y"]],
    [`${"x".repeat(400)}${"y".repeat(400)}`, [400], ["x".repeat(400), "y".repeat(400)]],
  ])("%j, cut at %j, is the lines %j", (words, cuts, expected) => {
    expect(piecesOf(render(said(words, { cuts }), 0, "chat.test"))).toEqual(expected);
  });

  test("has the sender's lines, without the blank ones", () => {
    const one = fc.record({
      words: fc.string({ unit: "grapheme", maxLength: 60 }).map((words) => showLine(words)),
      goesOn: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 100 }), (lines) => {
        const cuts: number[] = [];
        let whole = "";
        for (const [at, { words, goesOn }] of lines.entries()) {
          if (at > 0 && goesOn) cuts.push(whole.length);
          else if (at > 0) whole += "\n";
          whole += words;
        }
        const sent = lines.map(({ words }) => words).filter((words) => words !== "");
        expect(piecesOf(render(said(whole, { cuts }), 0, "chat.test"))).toEqual(sent);
      }),
    );
  });

  test("has a msgid on its first line only", () => {
    fc.assert(
      fc.property(text, (words) => {
        const lines = render(said(words), CAP.messageTags, "chat.test").split("\r\n").slice(0, -1);
        expect(lines.filter((line) => line.includes("msgid=m1"))).toEqual(lines.slice(0, 1));
      }),
    );
  });

  // "Servers […] MUST only include the msgid tag on the first message" (draft/multiline, "Fallback")
  test.each([
    [4, 100, 4],
    [40, 100, 40],
    [41, 100, 1],
    [100, 40, 100],
    [100, 42, 1],
    [100, 4090, 1],
  ])("of %i lines with %i bytes of client tags, %i carry these", (count, bytes, tagged) => {
    const tags = new Map([["+x", "v".repeat(bytes - 4)]]);
    const text = Array.from({ length: count }, (_, i) => String(i % 10)).join("\n");
    const lines = render(said(text, { tags }), CAP.messageTags, "chat.test").split("\r\n").slice(0, -1);
    expect(lines.length).toBe(count);
    expect(lines.slice(0, tagged).every((line) => line.includes(";+x=") || line.includes("@+x="))).toBe(true);
    expect(lines.filter((line) => line.includes("+x=")).length).toBe(tagged);
  });

  test("is less than 64 KiB, whatever the largest message is made of", () => {
    const from = {
      nick: "n".repeat(32),
      user: "u".repeat(18),
      host: `${"h".repeat(32)}.cloak`,
      realname: "",
      account: anAccount("a".repeat(32)),
    };
    const tags = new Map([["+x", "v".repeat(4089)]]);
    const form = CAP.messageTags | CAP.serverTime | CAP.accountTag;
    const text = Array.from({ length: 100 }, () => "é".repeat(19)).join("\n");
    const to = `#${"r".repeat(63)}`;
    expect(
      Buffer.byteLength(render(said(text, { from, to, tags, msgid: "12345678-zzzzzzzz" }), form, "chat.test")),
    ).toBeLessThan(65_536);
  });

  test("has only tags that were negotiated", () => {
    const caps = fc.constantFrom(0, CAP.serverTime, CAP.accountTag, CAP.messageTags, CAP.serverTime | CAP.messageTags);
    fc.assert(
      fc.property(caps, (form) => {
        const from = { ...ann, account: anAccount("ann"), bot: true };
        const [line = ""] = render(said("hi", { from, tags: new Map([["+a", "1"]]) }), form, "chat.test").split("\r\n");
        const keys = [...(parse(line)?.tags.keys() ?? [])];
        const wanted = [
          ...(form & CAP.serverTime ? ["time"] : []),
          ...(form & CAP.accountTag ? ["account"] : []),
          ...(form & CAP.messageTags ? ["msgid", "bot", "+a"] : []),
        ];
        expect(keys.sort()).toEqual(wanted.sort());
      }),
    );
  });
});

// "each client gets only the tags it negotiated": sessions with the same capabilities share a group, and change it with them.
rule(
  "a session that changes its capabilities gets a room's events in the new form at once",
  `
    ann: irc
    bob: irc server-time
    eve: irc server-time
    ann> JOIN #dev
    ann< :ann!* JOIN #dev
    ann< * 353 *
    ann< * 366 *
    bob> JOIN #dev
    bob< @time=* JOIN #dev
    bob< * 353 *
    bob< * 366 *
    ann< :bob!* JOIN #dev
    eve> JOIN #dev
    eve< @time=* JOIN #dev
    eve< * 353 *
    eve< * 366 *
    ann< :eve!* JOIN #dev
    bob< @time=*Z :eve!* JOIN #dev
    ann> PRIVMSG #dev :1
    bob< @time=*Z :ann!* PRIVMSG #dev :1
    eve< @time=*Z :ann!* PRIVMSG #dev :1
    bob> CAP REQ :-server-time
    bob< * ACK *
    ann> PRIVMSG #dev :2
    bob< :ann!* PRIVMSG #dev :2
    eve< @time=*Z :ann!* PRIVMSG #dev :2
    eve> CAP REQ :message-tags -server-time
    eve< * ACK *
    ann> PRIVMSG #dev :3
    bob< :ann!* PRIVMSG #dev :3
    eve< @msgid=* :ann!* PRIVMSG #dev :3
    bob> PART #dev
    bob< * PART #dev
    ann< * PART #dev
    eve< * PART #dev
    ann> PRIVMSG #dev :4
    eve< @msgid=* :ann!* PRIVMSG #dev :4
    bob|
  `,
);

const who = { nick: "ann", user: "u", host: "h", realname: "", account: undefined };

function left(seq: number): ChatEvent {
  return { type: "left", who, room: "#dev", reason: "", seq, msgid: `m${seq}`, time: 0, origin: undefined };
}

test("an event is rendered once per form, and each form has its own bytes", () => {
  const renderCache = new RenderCache("chat.test");
  const event = left(1);
  const plain = renderCache.bytes(event, 0);
  expect(renderCache.bytes(event, 0)).toBe(plain);
  expect(Buffer.from(plain).toString()).toBe(":ann!u@h PART #dev\r\n");
  expect(Buffer.from(renderCache.bytes(event, CAP.messageTags)).toString()).toBe("@msgid=m1 :ann!u@h PART #dev\r\n");
  expect(renderCache.bytes(left(2), 0)).not.toBe(plain);
});
