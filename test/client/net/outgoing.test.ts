import { expect, test } from "bun:test";
import fc from "fast-check";
import { Outgoing } from "../../../src/client/net/outgoing.ts";

test("whatever the sink takes at a time, all bytes come out once and in order", () => {
  fc.assert(
    fc.property(fc.array(fc.string()), fc.array(fc.integer({ min: -1, max: 5 })), (texts, appetites) => {
      const outgoing = new Outgoing();
      let out = "";
      const sink = (appetite: number) => ({
        write: (bytes: Uint8Array): number => {
          const taken = Math.min(appetite, bytes.length);
          out += Buffer.from(bytes.subarray(0, Math.max(0, taken))).toString("latin1");
          return taken;
        },
      });
      for (const [i, text] of texts.entries()) {
        outgoing.push(Buffer.from(text));
        outgoing.flush(sink(appetites[i] ?? 0));
      }
      expect(outgoing.flush(sink(Number.MAX_SAFE_INTEGER))).toBe(true);
      expect([out, outgoing.size]).toEqual([Buffer.from(texts.join("")).toString("latin1"), 0]);
    }),
  );
});
