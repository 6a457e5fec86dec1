import { ptr } from "bun:ffi";
import { readdirSync, readFileSync } from "node:fs";
import { openLibc } from "../libc.ts";

const NICE = 19; // the kernel's lowest: a sixtieth of the event loop's share, where both want all of a processor
const OWN_SLICE = 100_000n; // ns that the event loop has at a time, the kernel's shortest
const SLICE = 1_000_000n; // the others': longer, but too short to be owed much later, for what they let others go first
// The event loop may wait for these: what compiles and collects holds locks, and what gives back the memory of a loop
// that sleeps has it whole until it is done. As long as it is not, the loop asks in vain, thousands of times.
const AWAITED = ["HeapHelper", "JITWorker", "mi-scavenger"];
const AWAITED_NICE = 5; // below the event loop's: a third of its share
const CALLS: Partial<Record<NodeJS.Architecture, number>> = { x64: 314, arm64: 274 }; // sched_setattr's number
const NORMAL = 0; // sched(7)
const BATCH = 3;

const libc = openLibc({ syscall: { args: ["i64", "i32", "ptr", "u32"], returns: "i64" } });

interface Schedule {
  readonly name: string;
  readonly nice: number;
  readonly policy: number;
}

let isShort = false; // the event loop's slice

/**
 * Has all other threads of this process, which compile, collect garbage, search and hash, give way to the event loop,
 * which calls this; again, for those that were started meanwhile. Only Linux knows a schedule of one thread.
 *
 * Else, on one processor, a thread that is woken takes the event loop's place, or keeps its own when that wakes, until
 * the kernel looks again: a line waits some 4 ms for work that has time. One of policy batch takes nobody's place
 * (sched(7)); it gives up its own to one whose slice is shorter (Linux 6.12 and later; before, the kernel takes no
 * notice). The lower its share, the sooner it has had it, and the longer until it may take that place again.
 */
export function yieldThreads(): void {
  const own = libc && scheduleOf(process.pid);
  if (!own) return;
  shortenSlice(own);
  for (const thread of readdirSync("/proc/self/task")) {
    if (Number(thread) !== process.pid) yieldThread(Number(thread), own);
  }
}

/** Once is enough, and only where nobody has given the process a policy of another kind. */
function shortenSlice({ policy, nice }: Schedule): void {
  if (isShort) return;
  isShort = true;
  if (policy === NORMAL) setSchedule(process.pid, NORMAL, nice, OWN_SLICE);
}

/** Who asks that of a thread which does so already has the kernel look who is to run: not without need. */
function yieldThread(thread: number, own: Schedule): void {
  const schedule = scheduleOf(thread);
  if (!schedule) return;
  // A thread that has just begun has the name of who began it; and what it has lost, only root can give back.
  const isAwaited = AWAITED.includes(schedule.name) || schedule.name === own.name;
  // What is above the normal is the event loop's alone.
  const due = isAwaited ? Math.min(Math.max(own.nice, 0) + AWAITED_NICE, NICE) : NICE;
  if (schedule.policy !== BATCH || schedule.nice !== due) setSchedule(thread, BATCH, due, SLICE);
}

/** A thread's name, nice value and policy; `undefined` if it is gone meanwhile. */
function scheduleOf(thread: number): Schedule | undefined {
  try {
    const stat = readFileSync(`/proc/self/task/${thread}/stat`, "latin1");
    // proc_pid_stat(5): a name in brackets; then, from the third field on, the 19th is nice and the 41st the policy.
    const end = stat.lastIndexOf(")");
    const fields = stat.slice(end + 2).split(" ");
    const name = stat.slice(stat.indexOf("(") + 1, end);
    return { name, nice: Number(fields[19 - 3]), policy: Number(fields[41 - 3]) };
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
