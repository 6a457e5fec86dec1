/**
 * Two people chat in a room of their own while attackers with the same address run. How late do they hear each other?
 * `bun run bench:fair [--seconds N] [--attackers N] [--rounds N] [--only NAME] [--pinned] [--binary PATH] [--json]`.
 * Exit status 1 if a bound is broken.
 */
import { readdirSync, readFileSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { build, quantile, Server, scratch } from "../test-server.ts";
import { ATTACKS } from "./attacks.ts";
import { Pair } from "./pair.ts";

const INTERVAL = 50; // ms between two lines of the people
const LOOK = 50; // ms between two looks at the server's memory
const CALM = 1500; // ms of calm before the attack
const REST = 10_000; // ms within which the server must recover
const SPARE = 4; // more descriptors than before are allowed
const BOUNDS = { p99: 100, memory: 200 } as const; // ms; MB above the memory before

/** The result of one attack, in ms, MB and descriptors. */
export interface FairResult {
  readonly name: string;
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
  /** The p99 of the people's own lateness, and the p99 delay in the first seconds after the attack. */
  readonly own: number;
  readonly after: number;
  /** The share of the attack in which the server was ready to run but had no processor. */
  readonly waited: number;
  readonly missing: number;
  readonly memory: { readonly before: number; readonly peak: number; readonly after: number };
  readonly descriptors: { readonly before: number; readonly peak: number; readonly after: number };
  /** Time until the descriptors were released, in ms; infinite if they never were. */
  readonly back: number;
}

export interface FairSetup {
  readonly binary: string;
  readonly attackers: number;
  readonly seconds: number;
  /** Whether the server and the two people get the highest priority. */
  readonly isPinned: boolean;
}

/** Runs one attack on a fresh server. */
export async function fair(name: string, { binary, attackers, seconds, isPinned }: FairSetup): Promise<FairResult> {
  const server = await Server.start(binary, scratch(), [], { wrap: isPinned ? ["nice", "-n", "-20"] : [] });
  try {
    const pair = await Pair.meet(server.port);
    pair.talk(INTERVAL);
    await Bun.sleep(CALM);
    pair.takeLatencies();
    pair.delays = [];
    const before = { memory: server.memory, descriptors: descriptorsOf(server) };
    const peak = { ...before };
    const watch = setInterval(() => {
      peak.memory = Math.max(peak.memory, server.memory);
      peak.descriptors = Math.max(peak.descriptors, descriptorsOf(server));
    }, LOOK);
    const waited = waitedBy(server);
    const attacker = Bun.spawn(
      [process.execPath, join(import.meta.dir, "attacker.ts"), String(server.port), String(attackers), name],
      { stdout: "ignore", stderr: "inherit" },
    );
    await Bun.sleep(seconds * 1000);
    attacker.kill("SIGKILL");
    await attacker.exited;
    const lacking = (waitedBy(server) - waited) / seconds;
    const ended = performance.now();
    let back = Number.POSITIVE_INFINITY;
    while (performance.now() < ended + REST) {
      if (back === Number.POSITIVE_INFINITY && descriptorsOf(server) <= before.descriptors + SPARE)
        back = performance.now() - ended;
      await Bun.sleep(LOOK);
    }
    clearInterval(watch);
    const latencies = pair.takeLatencies();
    const during = latencies.slice(0, Math.round((seconds * 1000) / INTERVAL));
    const [p50 = 0, p99 = 0, most = 0] = [0.5, 0.99, 1].map((share) => quantile(during, share));
    const result = {
      name,
      p50,
      p99,
      most,
      own: quantile(pair.delays, 0.99),
      after: quantile(latencies.slice(during.length), 0.99),
      waited: lacking,
      missing: pair.missing,
      memory: { before: before.memory, peak: peak.memory, after: server.memory },
      descriptors: { before: before.descriptors, peak: peak.descriptors, after: descriptorsOf(server) },
      back,
    };
    pair.leave();
    return result;
  } finally {
    await server.end("SIGKILL");
  }
}

/** The broken bounds, a sentence each. */
export function brokenBounds(result: FairResult): readonly string[] {
  const { name, p99, memory, back, missing } = result;
  const broken: string[] = [];
  if (!(p99 < BOUNDS.p99)) broken.push(`${name}: p99 was ${p99.toFixed(0)} ms.`);
  if (missing > 1) broken.push(`${name}: ${missing} lines were never heard.`);
  if (memory.peak > memory.before + BOUNDS.memory)
    broken.push(`${name}: memory rose from ${memory.before.toFixed(0)} to ${memory.peak.toFixed(0)} MB.`);
  if (back === Number.POSITIVE_INFINITY)
    broken.push(`${name}: ${result.descriptors.after} descriptors were left open.`);
  return broken;
}

/** The median of each number over several rounds. */
function medians(results: readonly FairResult[]): FairResult {
  const [first] = results;
  if (!first) throw new RangeError("There was no round");
  const of = (read: (result: FairResult) => number) => quantile(results.map(read), 0.5 - 1e-9);
  const both = (key: "memory" | "descriptors") => ({
    before: of((result) => result[key].before),
    peak: of((result) => result[key].peak),
    after: of((result) => result[key].after),
  });
  const { name } = first;
  return {
    name,
    p50: of(({ p50 }) => p50),
    p99: of(({ p99 }) => p99),
    most: of(({ most }) => most),
    own: of(({ own }) => own),
    after: of(({ after }) => after),
    waited: of(({ waited }) => waited),
    missing: of(({ missing }) => missing),
    memory: both("memory"),
    descriptors: both("descriptors"),
    back: of(({ back }) => back),
  };
}

function descriptorsOf(server: Server): number {
  return readdirSync(`/proc/${server.process.pid}/fd`).length;
}

/** Seconds in which the server's event loop was ready to run but had no processor. */
function waitedBy({ process: { pid } }: Server): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, "utf8").split(" ")[1]) / 1e9;
}

const COLUMNS = [
  "",
  "p50",
  "p99",
  "most",
  "own p99",
  "after",
  "waited",
  "memory",
  "peak",
  "after",
  "descr.",
  "peak",
  "back",
];

function row(result: FairResult): readonly string[] {
  const { p50, p99, most, own, after, memory, descriptors, back } = result;
  const times = [p50, p99, most, own, after].map((value) => `${value.toFixed(value < 10 ? 1 : 0)} ms`);
  const sizes = [memory.before, memory.peak, memory.after].map((value) => `${value.toFixed(0)} MB`);
  const seconds = back === Number.POSITIVE_INFINITY ? "never" : `${(back / 1000).toFixed(1)} s`;
  return [
    result.name,
    ...times,
    `${(result.waited * 100).toFixed(0)} %`,
    ...sizes,
    String(descriptors.before),
    String(descriptors.peak),
    seconds,
  ];
}

function line(cells: readonly string[]): string {
  return cells.map((cell, at) => (at === 0 ? cell.padEnd(24) : cell.padStart(9))).join("");
}

if (import.meta.main) {
  const options = {
    seconds: { type: "string", default: "6" },
    attackers: { type: "string", default: "8" },
    rounds: { type: "string", default: "1" },
    only: { type: "string", default: "" },
    pinned: { type: "boolean", default: false },
    binary: { type: "string" },
    json: { type: "boolean" },
  } as const;
  const { values } = parseArgs({ options });
  if (values.pinned) setPriority(constants.priority.PRIORITY_HIGHEST);
  const setup = {
    binary: values.binary ?? (await build(scratch())),
    attackers: Number(values.attackers),
    seconds: Number(values.seconds),
    isPinned: values.pinned,
  };
  const results: FairResult[] = [];
  if (!values.json) console.log(line(COLUMNS));
  for (const name of [...ATTACKS.map((attack) => attack.name), "all"].filter((each) => each.includes(values.only))) {
    const rounds: FairResult[] = [];
    for (let round = 0; round < Number(values.rounds); round++) rounds.push(await fair(name, setup));
    const result = medians(rounds);
    results.push(result);
    if (!values.json) console.log(line(row(result)));
  }
  if (values.json) console.log(JSON.stringify(results));
  const broken = results.flatMap(brokenBounds);
  for (const bound of broken) console.error(bound);
  process.exit(broken.length === 0 ? 0 : 1);
}
