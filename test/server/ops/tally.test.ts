import { expect, test } from "bun:test";
import { Counts } from "../../../src/server/ops/tally.ts";

test("counts are by name, in the order in which the names came", () => {
  const counts = new Counts();
  counts.add("said");
  counts.add("joined", 2);
  counts.add("said");
  expect([...counts]).toEqual([
    ["said", 2],
    ["joined", 2],
  ]);
  expect([counts.get("said"), counts.get("left")]).toEqual([2, 0]);
});
