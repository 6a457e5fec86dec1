import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { isTooLong, lineOf, packed } from "../../../src/irc/render/line.ts";
import { parse } from "../../../src/wire/message.ts";

describe("a line", () => {
  test("has its parameters, made valid, in at most 512 bytes", () => {
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

  test("of words has as many as fit, in order", () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-zé]{1,9}$/)), fc.integer({ min: 20, max: 60 }), (words, bytes) => {
        const lines = [...packed(words, bytes, " ")];
        expect(lines.flatMap((line) => line.split(" "))).toEqual(words);
        for (const line of lines) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(bytes);
      }),
    );
  });

  test.each([
    ["PRIVMSG bob :", 510, false],
    ["PRIVMSG bob :", 511, true],
    ["REGISTER * * :", 510 + 1024, false],
    ["register * * :", 510 + 1024, false],
    ["REGISTER * * :", 511 + 1024, true],
    ["@label=a REGISTER * * :", 9 + 510 + 1024, false],
    ["PRIVMSG NickServ :", 510 + 1024, false],
    ["PRIVMSG NickServe :", 511, true],
    ["NS IDENTIFY ", 510 + 1024, false],
    ["NSFW ", 511, true],
    [`@${"a".repeat(4094)} `, 4096 + 510, false],
    [`@${"a".repeat(4095)} `, 4097, true],
    ["@", 511, true],
  ])("that begins with %j, of %i bytes, is too long: %p", (begin, bytes, isLong) => {
    expect(isTooLong(Buffer.from(begin + "x".repeat(bytes - begin.length)))).toBe(isLong);
  });
});
