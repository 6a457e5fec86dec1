/**
 * Measures what a server costs before anyone comes: the time to its start, and its memory at rest; with the page and without
 * it, and after a browser has loaded the page.
 *
 *     bun run bench:idle [--rounds N] [--calm MS] [--binary FILE]...
 *
 * Several binaries are compared, such as an older one with this tree's; each round starts each of them in turn, so that all
 * meet the same moments of the machine. The figures are medians of the rounds. Exit status 1 if the page that nobody opens
 * costs more than 2 MB of memory, or 20 ms of CPU time at the start (its clock ticks every 10 ms).
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { PAGE_FILES } from "../src/web/bundle.ts";
import { build, quantile, Server, scratch } from "./test-server.ts";

const DEARER = 2; // MB
const LATER = 20; // ms

/** A way to run a server, and what each round has measured. */
interface Way {
  readonly binary: string;
  readonly what: "default" | "page off" | "page loaded";
  readonly startup: number[];
  /** CPU time of the start. */
  readonly work: number[];
  readonly memory: number[];
}

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    calm: { type: "string", default: "3000" },
    binary: { type: "string", multiple: true },
  },
});
const binaries = values.binary ?? [await build(scratch())];
const off = join(scratch(), "off.toml");
writeFileSync(off, "[web]\npage = false\n");

/** Whether a binary knows the key that switches the page off. */
function knowsPage(binary: string): boolean {
  const { exitCode } = Bun.spawnSync([binary, "server", "--check", "--port", "0", "--config", off]);
  return exitCode === 0;
}

async function measure({ binary, what, startup, work, memory }: Way): Promise<void> {
  const server = await Server.start(binary, scratch(), what === "page off" ? ["--config", off] : []);
  work.push(server.worked * 1000);
  if (what === "page loaded")
    for (const { path } of PAGE_FILES) await (await fetch(`http://127.0.0.1:${server.port}${path}`)).bytes();
  await Bun.sleep(Number(values.calm));
  startup.push(server.startup);
  memory.push(server.memory);
  await server.end("SIGTERM");
}

const ways = binaries.flatMap((binary) => {
  const kinds = knowsPage(binary) ? (["default", "page off", "page loaded"] as const) : (["default"] as const);
  return kinds.map((what): Way => ({ binary, what, startup: [], work: [], memory: [] }));
});
for (let round = 0; round < Number(values.rounds); round++) for (const way of ways) await measure(way);

console.log("binary                               page          start, ms   its CPU, ms   memory, MB");
for (const { binary, what, startup, work, memory } of ways) {
  const figures = [
    quantile(startup, 0.5).toFixed(0).padStart(9),
    quantile(work, 0.5).toFixed(0).padStart(13),
    quantile(memory, 0.5).toFixed(1).padStart(12),
  ];
  console.log(`${binary.slice(-36).padEnd(36)} ${what.padEnd(13)} ${figures.join(" ")}`);
}
const isDear = binaries.some((binary) => {
  const of = (what: Way["what"]) => ways.find((way) => way.binary === binary && way.what === what);
  const [on, without] = [of("default"), of("page off")];
  if (!on || !without) return false;
  const more = (one: readonly number[], other: readonly number[]) => quantile(one, 0.5) - quantile(other, 0.5);
  return more(on.memory, without.memory) > DEARER || more(on.work, without.work) > LATER;
});
process.exit(isDear ? 1 : 0);
