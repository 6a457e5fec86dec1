import { expect, test } from "bun:test";
import { readBriefly } from "../../src/chat/history.ts";
import type { Place, Remembered, Span } from "../../src/chat/store.ts";
import { fold } from "../../src/text/fold.ts";

const place: Place = fold("#r");

/** A room in which messages of this length were said, numbered from 1; and how many of them were read. */
function room(count: number, length: number, more: Partial<Remembered> = {}) {
  let read = 0;
  const said = (seq: number): Remembered => ({
    type: "said",
    seq,
    time: seq,
    origin: undefined,
    from: { nick: "ann", user: "a", host: "h", realname: "", account: undefined },
    to: "#r",
    inRoom: true,
    rank: undefined,
    manner: "words",
    text: "x".repeat(length),
    tags: undefined,
    away: undefined,
    ...more,
  });
  const all = Array.from({ length: count }, (_, i) => said(i + 1));
  const history = (_: Place, { from, before = count + 1, limit }: Span) => {
    const page = all.filter(({ seq }) => seq >= from && seq < before).slice(-limit);
    read += page.length;
    return page;
  };
  return { store: { history }, read: () => read };
}

const seqs = (messages: readonly Remembered[]) => messages.map(({ seq }) => seq);
const upTo = (last: number, count: number) => Array.from({ length: count }, (_, i) => last - count + 1 + i);

test.each([
  [100, 50],
  [37, 50],
  [10, 10],
  [0, 50],
])("of %i messages of usual length the latest %i are shown, oldest first", (count, limit) => {
  const { store } = room(count, 100);
  expect(seqs(readBriefly(store, place, { from: 0, limit }))).toEqual(upTo(count, Math.min(count, limit)));
});

test("what is read lies between the ends that are given", () => {
  const { store } = room(100, 100);
  expect(seqs(readBriefly(store, place, { from: 60, before: 81, limit: 50 }))).toEqual(upTo(80, 21));
});

test("of a flood of long messages a newcomer is shown a few, and no more are read", () => {
  const { store, read } = room(1000, 4000);
  const shown = seqs(readBriefly(store, place, { from: 0, limit: 50 }));
  expect(shown).toEqual(upTo(1000, 7));
  expect(read()).toBe(10);
});

test("lines and tags count too, as they are sent", () => {
  const tags = new Map([["+x", "v".repeat(4000)]]);
  const many = Array.from({ length: 100 }, () => "1").join("\n");
  for (const more of [{ tags }, { text: many }]) {
    const { store } = room(1000, 1, more);
    const found = readBriefly(store, place, { from: 0, limit: 50 });
    expect(found.length).toBeLessThan(9);
    expect(found.at(-1)?.seq).toBe(1000);
  }
});

test("one message is shown, however large it is", () => {
  const { store } = room(3, 100_000);
  expect(seqs(readBriefly(store, place, { from: 0, limit: 50 }))).toEqual([3]);
});
