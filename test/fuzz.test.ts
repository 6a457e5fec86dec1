import { expect, test } from "bun:test";
import { hearNonsense } from "../bench/fuzz/client.ts";
import { faultsOf, fuzz } from "../bench/fuzz/fuzz.ts";
import { binary, nowhere } from "./support/binary.ts";

test("nonsense in every protocol does not crash or hang the server, and finds no bug", async () => {
  const seed = 1 + Math.floor(Math.random() * 1000);
  const report = await fuzz({
    binary: await binary(),
    data: nowhere(),
    connections: 300,
    lines: 6000,
    clients: 0,
    rest: 0,
    patience: 30_000,
    seed,
  });
  // The run is too short to measure growth.
  const memory = { before: 0, after: 0 };
  expect([seed, ...faultsOf({ ...report, memory })]).toEqual([seed]);
  expect(report.connections).toBeGreaterThanOrEqual(300);
});

test("nonsense from a server puts nothing but text on a client's screen", () => {
  expect(hearNonsense(1 + Math.floor(Math.random() * 1e6), 2)).toEqual([]);
});

const FOUND = [
  31_000_764, // a nick of control characters, completed with Tab
];

test.each(FOUND)("nonsense that once put escape sequences on the screen shows text now: seed %i", (seed) => {
  expect(hearNonsense(seed, 1)).toEqual([]);
});
