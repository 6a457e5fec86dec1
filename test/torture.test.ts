import { expect, test } from "bun:test";
import { torture } from "../bench/attack/torture.ts";
import { brokenPromises } from "../bench/attack/verdict.ts";
import { binary, nowhere } from "./support/binary.ts";

test("under all attacks at once people lose no message, and each attack is refused and counted", async () => {
  const report = await torture({
    binary: await binary(),
    data: nowhere(),
    people: 20,
    skirmish: 2,
    calm: 2,
    storm: 8,
    rest: 20,
    longer: 120_000,
    force: { deaf: 60, loud: 16, sendQueue: 1 << 18, descriptors: 512, logins: 2, only: "" },
    isPinned: false,
  });
  // Delays are measured by the long form (bun run bench:torture) on an idle machine.
  expect(brokenPromises(report, { latency: 1000, memory: 1.5 })).toEqual([]);
  expect(report.phases.map(({ said }) => said > 0)).toEqual([true, true, true, true]);
});
