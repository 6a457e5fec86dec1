import { ptr } from "bun:ffi";
import { readdirSync, readFileSync } from "node:fs";
import { setPriority } from "node:os";
import { openLibc } from "./libc.ts";

const NICE = 10; // of the kernel's 19: where processors are few, the chat goes first
const SLICE = 100_000n; // ns that such a thread has at least, once it runs; the kernel's own is 3 ms
const CALLS: Partial<Record<NodeJS.Architecture, number>> = { x64: 314, arm64: 274 }; // sched_setattr's number

/** `struct sched_attr` (sched_setattr(2)): size and policy, flags, nice and priority, runtime, deadline, period. */
const attributes = new BigUint64Array([48n, 0n, BigInt(NICE), SLICE, 0n, 0n]);
const libc = openLibc({ syscall: { args: ["i64", "i32", "ptr", "u32"], returns: "i64" } });

/**
 * Has the threads of this process whose names begin so give way to the event loop. Only Linux knows a priority of one
 * thread.
 *
 * A lower priority alone does not do it: the kernel lets a thread that runs have its slice even if the event loop wakes
 * meanwhile, so that on one processor a line waits up to 3 ms for a password that is hashed. From Linux 6.12 on a thread
 * may have a slice of its own; before, the kernel takes no notice.
 */
export function giveWay(prefix: string): void {
  if (process.platform !== "linux") return;
  for (const thread of readdirSync("/proc/self/task")) {
    try {
      if (!readFileSync(`/proc/self/task/${thread}/comm`, "utf8").startsWith(prefix)) continue;
      setPriority(Number(thread), NICE);
      libc?.syscall(CALLS[process.arch] ?? -1, Number(thread), ptr(attributes), 0);
    } catch {
      // It is gone meanwhile.
    }
  }
}
