import { expect, test } from "bun:test";
import fc from "fast-check";
import { SmallSet } from "../../../src/chat/model/member.ts";

const LAW = 60_000; // ms: a law takes under a second alone, and must pass on a busy machine

const THINGS = [{ name: "a" }, { name: "b" }, { name: "c" }];

test(
  "it has the elements of a Set, in the same order, after any additions and deletions",
  () => {
    const step = fc.record({ adds: fc.boolean(), which: fc.nat(2) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const few = new SmallSet<object>();
        const set = new Set<object>();
        for (const { adds, which } of steps) {
          const thing = THINGS[which] ?? {};
          if (adds) {
            few.add(thing);
            set.add(thing);
          } else {
            expect(few.delete(thing)).toBe(set.delete(thing));
          }
          expect([...few]).toEqual([...set]);
          expect(few.size).toBe(set.size);
          for (const other of THINGS) expect(few.has(other)).toBe(set.has(other));
        }
      }),
    );
  },
  LAW,
);

test("an element deleted during iteration was visited", () => {
  const few = new SmallSet<object>();
  for (const thing of THINGS.slice(0, 1)) few.add(thing);
  const seen: object[] = [];
  for (const thing of few) {
    few.delete(thing);
    seen.push(thing);
  }
  expect(seen).toEqual(THINGS.slice(0, 1));
});
