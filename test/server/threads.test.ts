import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { PasswordHashing } from "../../src/server/hashing.ts";

/** The nice values of this process' threads whose names begin so (proc(5), stat: the 19th field). */
function nicesOf(prefix: string): readonly number[] {
  return readdirSync("/proc/self/task")
    .filter((thread) => readFileSync(`/proc/self/task/${thread}/comm`, "utf8").startsWith(prefix))
    .map((thread) => readFileSync(`/proc/self/task/${thread}/stat`, "utf8"))
    .map((stat) => Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[16]));
}

test.skipIf(process.platform !== "linux")("threads that hash have a lower priority than the chat", async () => {
  await new PasswordHashing().hash("sesame");
  const nices = nicesOf("Bun Pool");
  expect(nices.length).toBeGreaterThan(0);
  expect([...new Set(nices)]).toEqual([10]);
});
