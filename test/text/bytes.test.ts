import { expect, test } from "bun:test";
import fc from "fast-check";
import { base64, byteLength, decode, encode, randomHex } from "../../src/text/bytes.ts";

test.each([
  [[0x68, 0x69], "hi"],
  [[0x61, 0xff, 0x62], "a\ufffdb"],
  [[0xe2, 0x82], "\ufffd"],
  [[0xc0, 0xaf], "\ufffd\ufffd"], // an overlong slash is no slash
  [[0xed, 0xa0, 0x80], "\ufffd\ufffd\ufffd"], // a surrogate in UTF-8 is none
  [[0xef, 0xbb, 0xbf, 0x61], "\ufeffa"], // the filter's business, not the decoder's
])("the bytes %j are %j", (bytes, text) => {
  expect(decode(Uint8Array.from(bytes))).toBe(text);
});

const anyText = fc.string({ unit: "binary" });

test("decoding an encoded text gives it back, and its byte length is right", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(decode(encode(text))).toBe(text);
      expect(byteLength(text)).toBe(Buffer.byteLength(text));
    }),
  );
});

test("base64 encodes the UTF-8 bytes", () => {
  fc.assert(fc.property(anyText, (text) => expect(base64(text)).toBe(Buffer.from(text).toString("base64"))));
});

test("random bytes have two digits each, and differ each time", () => {
  const ids = Array.from({ length: 100 }, () => randomHex(16));
  expect(ids.filter((id) => !/^[0-9a-f]{32}$/.test(id))).toEqual([]);
  expect(new Set(ids).size).toBe(100);
});
