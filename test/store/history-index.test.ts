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

const ALL = { from: 0, limit: 10_000 };

function seqs(store: ReturnType<TemporaryStore["opens"]>, place = DEV): readonly number[] {
  return store.history(place, ALL).map(({ seq }) => seq);
}

function posted(temp: TemporaryStore): unknown {
  return temp.reads("SELECT place, count(*) AS count FROM posting GROUP BY place");
}

test("messages are posted by the next read, and not before", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  for (const seq of [1, 2, 3]) store.append(DEV, said(seq));
  store.commit();
  expect(posted(temp)).toEqual([]);
  expect(seqs(store)).toEqual([1, 2, 3]);
  store.commit();
  expect(posted(temp)).toEqual([{ place: 1, count: 3 }]);
});

test("many unposted messages are posted without a read, in all places", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  for (let seq = 1; seq <= 5000; seq++) store.append(seq % 2 === 0 ? DEV : OPS, said(seq));
  store.commit();
  expect(posted(temp)).toEqual([
    { place: 1, count: 2500 },
    { place: 2, count: 2500 },
  ]);
  expect(seqs(store).slice(0, 3)).toEqual([2, 4, 6]);
});

test("messages that a crash left unposted are read", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  for (const seq of [1, 2]) store.append(DEV, said(seq));
  expect(seqs(store)).toEqual([1, 2]);
  for (const seq of [3, 4]) store.append(DEV, said(seq));
  store.commit();
  // A second store on the same file sees what a restart after a crash would see.
  expect(seqs(temp.opens())).toEqual([1, 2, 3, 4]);
});

test("while nothing can be written, unposted messages are read in order, from either end", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  for (const seq of [1, 2, 3]) store.append(DEV, said(seq));
  expect(seqs(store)).toEqual([1, 2, 3]);
  for (const seq of [4, 5]) store.append(seq === 4 ? DEV : OPS, said(seq));
  store.append(DEV, said(6));
  store.commit();
  temp.fills("posting", "meta", "message");
  expect(seqs(store)).toEqual([1, 2, 3, 4, 6]);
  const span = (spanned: object) => store.history(DEV, { from: 0, limit: 2, ...spanned }).map(({ seq }) => seq);
  expect(span({})).toEqual([4, 6]);
  expect(span({ limit: 3 })).toEqual([3, 4, 6]);
  expect(span({ first: true, from: 3 })).toEqual([3, 4]);
  expect(span({ before: 6 })).toEqual([3, 4]);
  expect(span({ from: 5 })).toEqual([6]);
});

test("postings of a failed tick are made again", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  for (const seq of [1, 2]) store.append(DEV, said(seq));
  store.commit();
  expect(seqs(store)).toEqual([1, 2]);
  temp.fills("message");
  store.append(DEV, said(3));
  expect(store.commit()).toHaveLength(1);
  expect(seqs(store)).toEqual([1, 2]);
  temp.empties();
  temp.now += 2000;
  store.append(DEV, said(4));
  expect(seqs(store)).toEqual([1, 2, 4]);
  store.commit();
  expect(posted(temp)).toEqual([{ place: 1, count: 3 }]);
});

test("postings without a message leave no gap in a read", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  for (const seq of [1, 2, 3, 4]) store.append(DEV, said(seq));
  expect(seqs(store)).toEqual([1, 2, 3, 4]);
  store.commit();
  temp.meddles("DELETE FROM message WHERE seq <= 2");
  expect(store.history(DEV, { from: 0, limit: 2, first: true }).map(({ seq }) => seq)).toEqual([3, 4]);
});
