import { readFileSync } from "node:fs";

const SPARE = 64; // descriptors for all that is no connection: the database, the doors, logs

/**
 * How many connections the process has descriptors for, and 0 where that cannot be told. One more, and the event loop
 * would spin on a connection that it can neither accept nor refuse.
 */
export function mostConnections(limits: () => string = procLimits): number {
  const soft = /^Max open files\s+(\d+)/m.exec(limits())?.[1];
  return soft === undefined ? 0 : Math.max(1, Number(soft) - SPARE);
}

function procLimits(): string {
  try {
    return readFileSync("/proc/self/limits", "utf8");
  } catch {
    return "";
  }
}
