import { ptr } from "bun:ffi";
import { readdirSync, readFileSync } from "node:fs";
import { getPriority } from "node:os";
import { openLibc } from "./libc.ts";

const NICE = 19; // the kernel's lowest: a sixtieth of the event loop's share, where both want all of a processor
const SLICE = 20_000_000n; // ns that a thread has at a time; the kernel's own is 3 ms
const AWAITED = ["HeapHelper", "JITWorker"]; // the event loop may wait for what these hold
const AWAITED_NICE = 5; // below the event loop's: a third of its share
const HASHES = "Bun Pool"; // how Bun names its threads that hash; the others do not wait for these
const HASH_SLICE = 100_000_000n; // the kernel's longest
const CALLS: Partial<Record<NodeJS.Architecture, number>> = { x64: 314, arm64: 274 }; // sched_setattr's number
const BATCH = 3; // sched(7)

const libc = openLibc({ syscall: { args: ["i64", "i32", "ptr", "u32"], returns: "i64" } });

/**
 * Has all other threads of this process, which compile, collect garbage, search and hash, give way to the event loop,
 * which calls this; again, for those that were started meanwhile. Only Linux knows a schedule of one thread.
 *
 * Else, on one processor, a thread that is woken takes the event loop's place, or keeps its own when that wakes, until
 * the kernel looks again: a line waits some 4 ms for work that has time. One of policy batch takes nobody's place
 * (sched(7)); and to give up its own, it has a longer slice (Linux 6.12 and later; before, the kernel takes no notice).
 * The lower its share, the sooner it has had it, and the longer until it may take that place again.
 */
export function yieldThreads(): void {
  if (!libc) return;
  const own = Math.max(getPriority(), 0); // a high one is the event loop's alone
  for (const thread of readdirSync("/proc/self/task")) {
    if (Number(thread) !== process.pid) yieldThread(Number(thread), own);
  }
}

/** Who asks that of a thread which does so already has the kernel look who is to run: not without need. */
function yieldThread(thread: number, own: number): void {
  try {
    const stat = readFileSync(`/proc/self/task/${thread}/stat`, "latin1");
    // proc_pid_stat(5): a name in brackets; then, from the third field on, the 19th is nice and the 41st the policy.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [nice, policy] = [Number(fields[19 - 3]), Number(fields[41 - 3])];
    const isAwaited = AWAITED.some((name) => stat.includes(`(${name}`));
    const due = isAwaited ? Math.min(own + AWAITED_NICE, NICE) : NICE;
    if (policy === BATCH && nice === due) return;
    setSchedule(thread, due, stat.includes(`(${HASHES}`) ? HASH_SLICE : SLICE);
  } catch {
    // It is gone meanwhile.
  }
}

/** sched_setattr(2), with `struct sched_attr`: size and policy, flags, nice and priority, runtime, deadline, period. */
function setSchedule(thread: number, nice: number, slice: bigint): void {
  const kind = 48n | (BigInt(BATCH) << 32n);
  const attributes = new BigUint64Array([kind, 0n, BigInt(nice), slice, 0n, 0n]);
  libc?.syscall(CALLS[process.arch] ?? -1, thread, ptr(attributes), 0);
}
