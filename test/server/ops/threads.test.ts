import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { release } from "node:os";
import { yieldThreads } from "../../../src/server/ops/threads.ts";
import { PasswordHashing } from "../../../src/server/password-hashing.ts";

const BATCH = 3; // sched(7)

/** Reads the kernel's facts about a thread of this process; `undefined` where there are none, or it has ended. */
function told(thread: number, file: "stat" | "sched"): string | undefined {
  try {
    return readFileSync(`/proc/self/task/${thread}/${file}`, "utf8");
  } catch {
    return undefined;
  }
}

/** This process' threads, with their nice values and policies (proc_pid_stat(5), the 19th field and the 41st). */
function threads(): readonly { id: number; name: string; nice: number; policy: number }[] {
  return readdirSync("/proc/self/task").flatMap((thread) => {
    const stat = told(Number(thread), "stat");
    if (stat === undefined) return [];
    const end = stat.lastIndexOf(")");
    const fields = stat.slice(end + 2).split(" ");
    const name = stat.slice(stat.indexOf("(") + 1, end);
    return [{ id: Number(thread), name, nice: Number(fields[16]), policy: Number(fields[38]) }];
  });
}

test.if(process.platform === "linux")("threads that hash have a lower priority than the chat", async () => {
  await new PasswordHashing().hash("sesame");
  const pool = threads().filter(({ name }) => name.startsWith("Bun Pool"));
  expect(pool).not.toBeEmpty();
  const own = threads().find(({ id }) => id === process.pid)?.nice ?? 0;
  expect([...new Set(pool.map(({ nice }) => nice))]).toEqual([Math.max(own, 0) + 5]);
});

/** The threads that there are, but for the event loop's, once they give way: others may begin meanwhile. */
function givingWay(): ReturnType<typeof threads> {
  const before = new Set(threads().map(({ id }) => id));
  yieldThreads();
  return threads().filter(({ id }) => id !== process.pid && before.has(id));
}

test.if(process.platform === "linux")(
  "all threads except the event loop's have the batch scheduling policy",
  async () => {
    const worker = new Worker("data:text/javascript,postMessage(1)");
    await new Promise((told) => worker.addEventListener("message", told));
    const others = givingWay();
    expect(others).not.toBeEmpty();
    expect([...new Set(others.map(({ policy }) => policy))]).toEqual([BATCH]);
    expect(threads().find(({ id }) => id === process.pid)?.policy).not.toBe(BATCH);
    worker.terminate();
  },
);

/** The time that a thread has at once, in nanoseconds. */
function sliceOf(thread: number): number | undefined {
  const found = /^se\.slice\s*:\s*(\d+)/m.exec(told(thread, "sched") ?? "");
  return found ? Number(found[1]) : undefined;
}

const [major = 0, minor = 0] = release().split(".").map(Number);
const choosesSlices = process.platform === "linux" && (major > 6 || (major === 6 && minor >= 12));

test.if(choosesSlices && sliceOf(process.pid) !== undefined)("the event loop has the shortest slice", () => {
  const slices = givingWay().flatMap(({ id }) => sliceOf(id) ?? []);
  expect(slices).not.toBeEmpty();
  expect(Math.min(...slices)).toBeGreaterThan(sliceOf(process.pid) ?? Number.POSITIVE_INFINITY);
});
