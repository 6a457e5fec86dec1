import { expect, test } from "bun:test";
import { Sequences } from "../../bench/load/sequences.ts";

const RIGHT = { got: 4, missing: 0, doubled: 0, reordered: 0, strange: 0 };

test.each([
  ["all in order", [0, 1, 2, 3], {}],
  ["one is missing", [0, 2, 3], { got: 3, missing: 1 }],
  ["the last is missing", [0, 1, 2], { got: 3, missing: 1 }],
  ["the first is missing", [1, 2, 3], { got: 3, missing: 1 }],
  ["one comes twice", [0, 1, 1, 2, 3], { doubled: 1 }],
  ["one comes again much later", [0, 1, 2, 3, 0], { doubled: 1 }],
  ["two change places", [0, 2, 1, 3], { reordered: 1 }],
  ["one comes late, twice", [0, 2, 1, 1, 3], { reordered: 1, doubled: 1 }],
  ["one that nobody has sent", [0, 1, 2, 3, 0xfffffff], { strange: 1 }],
] as const)("%s", (_, seqs, odd) => {
  const check = new Sequences([0]);
  for (const seq of seqs) check.take(0, seq);
  const { got, doubled, reordered, strange } = check;
  expect({ got, missing: check.missing([4]), doubled, reordered, strange }).toEqual({ ...RIGHT, ...odd });
});

test("each sender has its own numbers, from the given start", () => {
  const check = new Sequences([5, 0]);
  for (const [sender, seq] of [
    [0, 5],
    [1, 0],
    [0, 6],
    [1, 1],
  ] as const)
    check.take(sender, seq);
  expect(check).toMatchObject({ got: 4, doubled: 0, reordered: 0 });
  expect(check.missing([7, 3])).toBe(1);
});

test("an unknown sender is counted as strange", () => {
  const check = new Sequences([0]);
  check.take(1, 0);
  expect(check).toMatchObject({ got: 0, strange: 1 });
});
