import { expect, test } from "bun:test";
import { kill9 } from "../bench/kill9.ts";
import { binary, nowhere } from "./support/binary.ts";

test("after kill -9 under load, every message that anybody saw is in the history, once and in order", async () => {
  const report = await kill9({ binary: await binary(), data: nowhere(), rounds: 3, clients: 20, seen: [500, 4000] });
  expect(report).toMatchObject({ lost: 0, doubled: 0, disordered: 0 });
  expect(report.seen).toBeGreaterThan(100);
  expect(report.kept).toBeGreaterThanOrEqual(report.seen);
});
