import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism, cpus, release } from "node:os";

const TICKS = 100; // clock ticks a second in /proc, on every Linux (USER_HZ)

/** The resources that a process has used. */
export interface Usage {
  /** CPU time in seconds, of the process and of the kernel for it. */
  readonly cpu: number;
  /** Resident memory now, in bytes. */
  readonly memory: number;
  /** Seconds in which its threads were ready to run but had no CPU. */
  readonly waited: number;
}

export function usageOf(pid: number): Usage {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  let waited = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) waited += waitedBy(`/proc/${pid}/task/${thread}/schedstat`);
  return {
    cpu: (Number(fields[11]) + Number(fields[12])) / TICKS,
    memory: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024,
    waited,
  };
}

function waitedBy(path: string): number {
  try {
    return Number(readFileSync(path, "utf8").split(" ")[1]) / 1e9;
  } catch {
    return 0; // the thread has ended, or the kernel does not count
  }
}

/** The machine of a measurement: hardware, system, Bun, date. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly kernel: string;
  readonly bun: string;
  /** The day, such as `2026-11-23`. */
  readonly date: string;
}

export function thisMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    kernel: `Linux ${/^\d+\.\d+(?:\.\d+)?/.exec(release())?.[0] ?? release()}`,
    bun: Bun.version,
    date: new Date().toISOString().slice(0, 10),
  };
}

/** The cores of the server and of the load; `undefined` if the machine has only one. */
export interface Cores {
  readonly server: number;
  readonly load: number;
}

export function twoCores(): Cores | undefined {
  const cores = availableParallelism();
  return cores > 1 && Bun.which("taskset") !== null ? { server: 0, load: cores - 1 } : undefined;
}

/** The command, bound to a core if one is given. */
export function pinned(command: readonly string[], core: number | undefined): string[] {
  return core === undefined ? [...command] : ["taskset", "-c", String(core), ...command];
}

/** The limit of open files of a process. */
export function descriptors(): number {
  const limit = /Max open files\s+\d+\s+(\d+)/.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
  return limit === undefined ? 1024 : Number(limit);
}
