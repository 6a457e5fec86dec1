import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { ChatEvent } from "../../src/chat/event.ts";
import { CAP } from "../../src/irc/caps.ts";
import { LETTERS, modeLine } from "../../src/irc/letters.ts";
import { lineOf, packed } from "../../src/irc/line.ts";
import { parseModes } from "../../src/irc/mode.ts";
import { render } from "../../src/irc/render.ts";
import { clip } from "../../src/text/clip.ts";
import { parse } from "../../src/wire/message.ts";
import { startChat } from "../harness.ts";
import { Wire } from "../socket.ts";

const ann = { nick: "ann", user: "~ann", host: "x.cloak", realname: "Ann", account: undefined };

/** Words, emoji of several code points, accents, long runs without a blank. */
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
    manner: "words",
    text: words,
    tags: undefined,
    away: undefined,
    id: undefined,
    cuts: undefined,
    seq: 1,
    time: 0,
    origin: undefined,
    ...more,
  };
}

describe("what is said, for those who count 512 bytes", () => {
  const manner = fc.constantFrom("words", "notice", "action", "query") satisfies fc.Arbitrary<string>;

  test("no line is longer, whoever speaks and however long", () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 4 }), manner, (lines, how) => {
        const out = render(said(lines.join("\n"), { manner: how }), 0, "m1");
        for (const line of out.split("\r\n").slice(0, -1)) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(510);
      }),
    );
  });

  test("nothing is lost but blanks at the cuts, and every piece is whole text", () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 4 }), (lines) => {
        const pieces = render(said(lines.join("\n")), 0, "m1")
          .split("\r\n")
          .slice(0, -1)
          .map((line) => parse(line)?.params[1] ?? "");
        const bare = (all: readonly string[]) => all.join("").replaceAll(" ", "");
        expect(bare(pieces)).toBe(bare(lines));
        for (const piece of pieces) expect(piece.isWellFormed()).toBe(true);
      }),
    );
  });

  test("only the first piece is named", () => {
    fc.assert(
      fc.property(text, (words) => {
        const lines = render(said(words), CAP.messageTags, "m1").split("\r\n").slice(0, -1);
        expect(lines.filter((line) => line.includes("msgid=m1"))).toEqual(lines.slice(0, 1));
      }),
    );
  });

  test("tags are only those that were negotiated", () => {
    const caps = fc.constantFrom(0, CAP.serverTime, CAP.accountTag, CAP.messageTags, CAP.serverTime | CAP.messageTags);
    fc.assert(
      fc.property(caps, (form) => {
        const from = { ...ann, account: "ann", bot: true };
        const [line = ""] = render(said("hi", { from, tags: new Map([["+a", "1"]]) }), form, "m1").split("\r\n");
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

describe("a line", () => {
  test("has the parameters that it was given, made fit, in at most 512 bytes", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "grapheme" }), { maxLength: 5 }), (given) => {
        const params = given.map((param) => param.replace(/[\r\n\0]/g, ""));
        const line = lineOf("chat.test", "123", params);
        expect(Buffer.byteLength(line)).toBeLessThanOrEqual(510);
        expect(parse(line)?.params.length).toBe(params.length);
        if (params.length > 0 && Buffer.byteLength(line) < 500)
          expect(parse(line)?.params.at(-1)).toBe(params.at(-1) ?? "");
      }),
    );
  });

  test("is clipped between two characters", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.nat(50), (given, bytes) => {
        const whole = given.toWellFormed();
        const clipped = clip(whole, bytes);
        expect(whole.startsWith(clipped)).toBe(true);
        expect(Buffer.byteLength(clipped)).toBeLessThanOrEqual(bytes);
        expect(Buffer.byteLength(clipped)).toBeGreaterThan(Math.min(bytes, Buffer.byteLength(whole)) - 4);
      }),
    );
  });

  test("of words holds as many as fit, in order", () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-zé]{1,9}$/)), fc.integer({ min: 20, max: 60 }), (words, bytes) => {
        const lines = [...packed(words, bytes, " ")];
        expect(lines.flatMap((line) => line.split(" "))).toEqual(words);
        for (const line of lines) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(bytes);
      }),
    );
  });
});

/** What a room's modes are, in twenty lines: flags, a key, a limit, ranks and lists. */
class Model {
  readonly on = new Set<string>();
  key: string | undefined;
  limit: string | undefined;

  /** `+ov-k ann bob key`, as a member of the room is told. */
  take(line: string): void {
    const [letters = "", ...params] = line.split(" ");
    let sign = "+";
    for (const letter of letters) {
      if (letter === "+" || letter === "-") sign = letter;
      else if (letter === "k") this.#setKey(sign === "+", params.shift());
      else if (letter === "l") this.limit = sign === "+" ? params.shift() : undefined;
      else {
        const what = "ovbeI".includes(letter) ? `${letter} ${params.shift()}` : letter;
        if (sign === "+") this.on.add(what);
        else this.on.delete(what);
      }
    }
  }

  #setKey(on: boolean, key: string | undefined): void {
    this.key = on ? key : undefined;
  }

  /** As RPL_CHANNELMODEIS tells it. */
  get shown(): string {
    const flags = [..."Cimnst"].filter((flag) => this.on.has(flag)).join("");
    const params = [this.key, this.limit].filter((param) => param !== undefined);
    return [`+${flags}${this.key ? "k" : ""}${this.limit ? "l" : ""}`, ...params].join(" ");
  }
}

describe("MODE", () => {
  const letter = fc.constantFrom(..."+-CimnstovbeIkl");
  const param = fc.constantFrom("ann", "bob", "x!*@*", "*!y@*", "7", "sesame");

  test("what is told is what is, whatever was asked for", async () => {
    await using chat = startChat();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.array(letter, { minLength: 1, maxLength: 8 }), fc.array(param, { maxLength: 6 })), {
          maxLength: 8,
        }),
        async (script) => {
          const wire = await entered(chat.port, "ann");
          const other = await entered(chat.port, "bob");
          const model = new Model();
          for (const start of ["+nt", "+o ann"]) model.take(start);
          for (const [letters, params] of script) wire.send(`MODE #dev ${[letters.join(""), ...params].join(" ")}\r\n`);
          wire.send("MODE #dev\r\nMODE #dev b\r\nMODE #dev e\r\nMODE #dev I\r\nNAMES #dev\r\nPING done\r\n");
          const lines = await wire.until(/ PONG /);
          for (const line of lines) if (line.includes(" MODE #dev ")) model.take(line.split(" MODE #dev ")[1] ?? "");
          const shown = lines.findLast((line) => line.includes(" 324 "));
          expect(shown).toEndWith(` 324 ann #dev ${model.shown}`);
          const entries = (code: string) =>
            lines.filter((line) => line.includes(` ${code} `)).slice(-count(model, code));
          for (const [list, code] of LIST_CODES)
            for (const line of count(model, code) > 0 ? entries(code) : [])
              expect(model.on).toContain(`${list} ${line.split(" ")[4]}`);
          const names =
            lines
              .findLast((line) => line.includes(" 353 "))
              ?.split(":")
              .pop() ?? "";
          for (const nick of ["ann", "bob"]) {
            const sign = model.on.has(`o ${nick}`) ? "@" : model.on.has(`v ${nick}`) ? "+" : "";
            expect(names.split(" ")).toContain(sign + nick);
          }
          other.send("PING done\r\n");
          const heard = (await other.until(/ PONG /)).filter((line) => line.includes(" MODE #dev "));
          expect(heard).toEqual(lines.filter((line) => line.includes(" MODE #dev ")));
          for (const each of [wire, other]) each.send("QUIT\r\n");
          await Promise.all([wire.closed(), other.closed()]);
        },
      ),
      { numRuns: 40 },
    );
  });

  test("changes are taken apart as they were put together", () => {
    const change = fc.oneof(
      fc.record({ mode: fc.constantFrom("secret", "moderated", "no-queries"), on: fc.boolean() }),
      fc.record({ mode: fc.constantFrom("operator", "voice"), on: fc.boolean(), nick: fc.constantFrom("ann", "bob") }),
      fc.record({ mode: fc.constantFrom("ban", "exception"), on: fc.boolean(), mask: fc.constant("a!*@*") }),
      fc.record({ mode: fc.constant("key"), on: fc.boolean(), key: fc.constant("sesame") }),
    );
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 9 }), (changes) => {
        const [letters = "", ...params] = modeLine(changes as Parameters<typeof modeLine>[0]).split(" ");
        const request = parseModes(letters, params);
        expect(request.changes).toEqual(changes as typeof request.changes);
      }),
    );
  });

  test("no two modes have the same letter", () => {
    expect(new Set(LETTERS.keys()).size).toBe(6 + 2 + 3 + 2);
  });
});

const LIST_CODES = [
  ["b", "367"],
  ["e", "348"],
  ["I", "346"],
] as const;

function count(model: Model, code: string): number {
  const list = LIST_CODES.find(([, its]) => its === code)?.[0];
  return [...model.on].filter((what) => what.startsWith(`${list} `)).length;
}

async function entered(port: number, nick: string): Promise<Wire> {
  const wire = await Wire.open(port);
  wire.send(`NICK ${nick}\r\nUSER ${nick} 0 * :${nick}\r\nJOIN #dev\r\n`);
  await wire.until(/ 366 /);
  return wire;
}
