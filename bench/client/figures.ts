/**
 * Measures the full-screen client against its bars, in one table: 10,000 messages a minute, a start with ten rooms and
 * 2,000 unread messages, and redraws of 200×50.
 *
 *     bun run bench:client [SECONDS]
 *
 * On a busy machine the times of a start are those of a busy machine, so the load stands above them; CPU time and the
 * least time of each frame in several runs are nearly the same there.
 */
import { loadavg } from "node:os";
import { build, scratch } from "../test-server.ts";
import { clientCost } from "./fullscreen.ts";
import { redraws } from "./redraw.ts";
import { startCost } from "./start.ts";

const RUNS = 5;
const STARTS = 9;

const seconds = Number(process.argv[2] ?? 60);
const binary = await build(scratch());

console.log(`load ${loadavg()[0]?.toFixed(1)}, ${seconds} s of messages, ${STARTS} starts, ${RUNS} runs of each frame`);
const cost = await clientCost(binary, seconds);
const start = await startCost(binary, STARTS);
const frames = redraws(RUNS);

const MB = 1024 * 1024;
const rows: readonly (readonly [what: string, value: number, unit: string, bar: number])[] = [
  ["10,000 messages a minute, of a core", cost.cpu * 100, "%", 20],
  ["memory afterwards", cost.memory / MB, "MB", 120],
  ["start to the first prompt", start.prompt, "ms", 150],
  ["start to ten rooms with 2,000 unread", start.rooms, "ms", 150],
  ["CPU time of that start", start.cpu * 1000, "ms", 150],
  ["redraw for a key, p99", frames.key, "ms", 2],
  ["redraw for a line, p99", frames.line, "ms", 2],
  ["redraw for a page, p99", frames.page, "ms", 3],
  ["redraw for another size, p99", frames.size, "ms", 5],
];
for (const [what, value, unit, bar] of rows) {
  const verdict = value < bar ? "" : "  over";
  console.log(
    `${what.padEnd(38)}${`${value.toFixed(value < 10 ? 2 : 0)} ${unit}`.padStart(10)}  bar ${bar} ${unit}${verdict}`,
  );
}
