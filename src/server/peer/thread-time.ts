import { ptr } from "bun:ffi";
import { openLibc } from "../libc.ts";

const THREAD_TIME = 3; // CLOCK_THREAD_CPUTIME_ID, Linux

const libc = openLibc({ clock_gettime: { args: ["i32", "ptr"], returns: "i32" } });
const time = new BigInt64Array(2); // `struct timespec`: seconds, nanoseconds

/** For how long this thread has had a processor, in ms; the time that has passed, where that cannot be told. */
export function threadTime(): number {
  if (libc?.clock_gettime(THREAD_TIME, ptr(time)) !== 0) return performance.now();
  return Number(time[0]) * 1000 + Number(time[1]) / 1e6;
}
