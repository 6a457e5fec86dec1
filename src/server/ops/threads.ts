import { ptr } from "bun:ffi";
import { readdirSync, readFileSync } from "node:fs";
import { openLibc } from "../libc.ts";

const NICE = 5; // below the event loop's: a third of its share, since people wait for hashes, searches and checkpoints
const OWN_SLICE = 100_000n; // ns of the event loop, the kernel's shortest
const SLICE = 1_000_000n; // ns of the other threads
const LOWEST = 19; // nice(2)
const CALLS: Partial<Record<NodeJS.Architecture, number>> = { x64: 314, arm64: 274 }; // sched_setattr's number
const NORMAL = 0; // sched(7)
const BATCH = 3;

const libc = openLibc({ syscall: { args: ["i64", "i32", "ptr", "u32"], returns: "i64" } });

interface Schedule {
  readonly nice: number;
  readonly policy: number;
}

let isShort = false; // the event loop's slice

/**
 * Gives all other threads of this process (compiler, collector, search, password hashing) policy BATCH and a lower
 * priority than the calling thread, the event loop's. Called again for threads that start later. Linux only.
 *
 * Without it, on a busy processor, a woken thread preempts the event loop, or delays its wake-up until the kernel's next
 * tick: a line then waits up to 4 ms. A thread of policy BATCH preempts nobody (sched(7)), and yields to a thread with a
 * shorter slice (Linux 6.12 and later; earlier kernels ignore slices).
 */
export function yieldThreads(): void {
  const own = libc && scheduleOf(process.pid);
  if (!own) return;
  shortenSlice(own);
  for (const thread of readdirSync("/proc/self/task")) {
    if (Number(thread) !== process.pid) yieldThread(Number(thread), own);
  }
}

/** Shortens the event loop's slice, once, unless the process was given another policy. */
function shortenSlice({ policy, nice }: Schedule): void {
  if (isShort) return;
  isShort = true;
  if (policy === NORMAL) setSchedule(process.pid, NORMAL, nice, OWN_SLICE);
}

/** Sets a thread's schedule if it differs: setting it makes the kernel reschedule. */
function yieldThread(thread: number, own: Schedule): void {
  const schedule = scheduleOf(thread);
  if (!schedule) return;
  const due = Math.min(Math.max(own.nice, 0) + NICE, LOWEST);
  if (schedule.policy !== BATCH || schedule.nice !== due) setSchedule(thread, BATCH, due, SLICE);
}

/** A thread's nice value and policy; `undefined` if the thread has ended. */
function scheduleOf(thread: number): Schedule | undefined {
  try {
    const stat = readFileSync(`/proc/self/task/${thread}/stat`, "latin1");
    // proc_pid_stat(5): behind the name in brackets comes the third field; the 19th is nice, the 41st the policy.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { nice: Number(fields[19 - 3]), policy: Number(fields[41 - 3]) };
  } catch {
    return undefined;
  }
}

/** sched_setattr(2), with `struct sched_attr`: size and policy, flags, nice and priority, runtime, deadline, period. */
function setSchedule(thread: number, policy: number, nice: number, slice: bigint): void {
  const kind = 48n | (BigInt(policy) << 32n);
  // The nice value has 32 bits, and a sign.
  const attributes = new BigUint64Array([kind, 0n, BigInt.asUintN(32, BigInt(nice)), slice, 0n, 0n]);
  libc?.syscall(CALLS[process.arch] ?? -1, thread, ptr(attributes), 0);
}
