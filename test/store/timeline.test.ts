import { expect, test } from "bun:test";
import fc from "fast-check";
import type { StoredEvent } from "../../src/chat/store.ts";
import { fold } from "../../src/text/fold.ts";
import { said, TemporaryStore } from "../support/temporary-store.ts";

const DEV = fold("#dev");
const OPS = fold("#ops");

test("a time stands for the last row with that time or an earlier one, message or room event", () => {
  const step = fc.record({ by: fc.integer({ min: -20, max: 5 }), gap: fc.nat(3), isTalk: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), fc.nat(60), fc.boolean(), (steps, asked, reopens) => {
      using temp = new TemporaryStore();
      let store = temp.opens();
      let seq = 0;
      let time = 30;
      const all = steps.map(({ by, gap, isTalk }) => {
        seq += 1 + gap;
        const isStep = by < -15 && time + by > 0;
        if (isStep) store.markClockStep(seq);
        time += isStep ? by : Math.max(0, by);
        if (isTalk) store.append(seq % 2 === 0 ? DEV : OPS, said(seq, { time }));
        else store.appendEvent(DEV, left(seq, time));
        return { seq, time };
      });
      if (reopens) store = temp.reopens();
      const last = all.findLast((one) => one.time <= asked);
      expect(store.lastAt(asked)).toBe(last?.seq ?? 0);
      // Rows with exactly this time are adjacent, except for those after a step back.
      const upTo = last ? all.indexOf(last) + 1 : 0;
      const first = all.slice(0, upTo).findLastIndex(({ time }) => time !== asked) + 1;
      expect(all.findIndex((one) => one.seq >= store.firstAt(asked))).toBe(first < all.length ? first : -1);
      expect(store.lastTime).toBe(reopens ? (all.at(-1)?.time ?? 0) : 0);
    }),
    { numRuns: 60 },
  );
});

function left(seq: number, time: number): StoredEvent {
  return { type: "left", seq, msgid: "", time, origin: undefined, who: said(1).from, room: "#dev", reason: "" };
}

test("a millisecond is a span of seqs, of messages and room events", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  const at = (seq: number, time: number) => store.append(seq % 2 === 0 ? DEV : OPS, said(seq, { time }));
  at(1, 10);
  at(2, 11);
  store.appendEvent(DEV, left(4, 11));
  at(7, 11);
  at(8, 12);
  expect([1, 2, 4, 7, 8].map((seq) => store.millisecondOf(seq))).toEqual([
    { from: 1, to: 1 },
    { from: 2, to: 7 },
    { from: 2, to: 7 },
    { from: 2, to: 7 },
    { from: 8, to: 8 },
  ]);
});
