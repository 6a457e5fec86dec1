import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { lineOf, packed } from "../../src/irc/line.ts";
import { parse } from "../../src/wire/message.ts";

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
