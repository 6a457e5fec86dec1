import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { PasswordHashing } from "../../src/server/hashing.ts";
import { yieldThreads } from "../../src/server/threads.ts";

const BATCH = 3; // sched(7)

/** This process' threads, with their nice values and policies (proc_pid_stat(5), the 19th field and the 41st). */
function threads(): readonly { id: number; name: string; nice: number; policy: number }[] {
  return readdirSync("/proc/self/task").map((thread) => {
    const stat = readFileSync(`/proc/self/task/${thread}/stat`, "utf8");
    const end = stat.lastIndexOf(")");
    const fields = stat.slice(end + 2).split(" ");
    const name = stat.slice(stat.indexOf("(") + 1, end);
    return { id: Number(thread), name, nice: Number(fields[16]), policy: Number(fields[38]) };
  });
}

test.if(process.platform === "linux")("threads that hash have a lower priority than the chat", async () => {
  await new PasswordHashing().hash("sesame");
  const pool = threads().filter(({ name }) => name.startsWith("Bun Pool"));
  expect(pool).not.toBeEmpty();
  expect([...new Set(pool.map(({ nice }) => nice))]).toEqual([19]);
});

test.if(process.platform === "linux")("all threads but the event loop's take nobody's place", async () => {
  const worker = new Worker("data:text/javascript,postMessage(1)");
  await new Promise((told) => worker.addEventListener("message", told));
  yieldThreads();
  const others = threads().filter(({ id }) => id !== process.pid);
  expect(others).not.toBeEmpty();
  expect([...new Set(others.map(({ policy }) => policy))]).toEqual([BATCH]);
  expect(threads().find(({ id }) => id === process.pid)?.policy).not.toBe(BATCH);
  worker.terminate();
});
