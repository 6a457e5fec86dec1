import { expect, test } from "bun:test";
import fc from "fast-check";
import { RecordScanner } from "../../../src/server/net/tls.ts";

function record(type: number, length: number): readonly number[] {
  return [type, 3, 3, length >> 8, length & 255, ...new Array<number>(length).fill(0x15)];
}

test.each([
  ["an alert in the clear", [record(21, 2)], 7],
  ["an alert of TLS 1.2", [record(23, 100), record(21, 26)], 31],
  ["data as short as an alert of TLS 1.3", [record(23, 300), record(23, 19)], 24],
  ["longer data", [record(21, 2), record(23, 20)], 0],
  ["a handshake", [record(22, 19)], 0],
  ["half an alert", [record(21, 26).slice(0, 20)], 0],
  ["half a header behind an alert", [record(21, 2), [21, 3, 3]], 0],
  ["nothing", [], 0],
])("%s at the end", (_, parts, expected) => {
  expect(new RecordScanner().scan(Uint8Array.from(parts.flat()))).toBe(expected);
});

test("records are followed however they are cut, and an alert is seen where it is whole", () => {
  const records = fc.array(fc.tuple(fc.constantFrom(20, 22, 23), fc.integer({ min: 0, max: 300 })), { maxLength: 5 });
  fc.assert(
    fc.property(records, fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 30 }), (parts, cuts) => {
      const scanner = new RecordScanner();
      const bytes = Uint8Array.from(parts.flatMap(([type, length]) => record(type, length)));
      let at = 0;
      for (const cut of cuts) {
        scanner.scan(bytes.subarray(at, at + cut));
        at += cut;
      }
      scanner.scan(bytes.subarray(at));
      expect(scanner.scan(Uint8Array.from(record(21, 26)))).toBe(31);
    }),
  );
});
