/**
 * Sends nonsense to a server in every protocol, and to clients as their server: random bytes, lines of every command with
 * random parameters, and mutations of both, cut anywhere.
 *
 *     bun run bench:fuzz [--connections N] [--lines N] [--clients N] [--seed N] [--binary FILE]
 *
 * Exit status 1 if the server has crashed, hangs, has logged a bug or has grown, or if a client has failed. The same seed
 * gives the same nonsense.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { build, Line, Server, scratch } from "../test-server.ts";
import { hearNonsense } from "./client.ts";
import { type Sent, visit } from "./fuzz-connection.ts";

const AT_ONCE = 50; // connections
const PROBE = 2000; // ms between two probes of the server
const GROWN = 1.25; // times the memory at half of the run: caches are full by then
const SEEDS = 1_000_000; // distance between the seeds of two values of --seed

/** The settings of a run. */
export interface FuzzSetup {
  readonly binary: string;
  readonly data: string;
  readonly connections: number;
  readonly lines: number;
  /** The number of clients; each gets a thousand lines twice. */
  readonly clients: number;
  readonly seed: number;
  /** Seconds within which the server must give back memory. */
  readonly rest: number;
  /** Milliseconds without an answer after which the server hangs; a connection is given up after three times as many. */
  readonly patience: number;
}

/** The results; the last four are faults. */
export interface FuzzReport {
  readonly connections: number;
  readonly lines: number;
  readonly clients: number;
  readonly seconds: number;
  /** The server's slowest answer, in ms; infinite if it hung. */
  readonly slowest: number;
  /** Resident memory in MB: at half of the run, and at the end. */
  readonly memory: { readonly before: number; readonly after: number };
  readonly isAlive: boolean;
  readonly stuck: number;
  readonly bugs: readonly string[];
  readonly faults: readonly string[];
}

export async function fuzz(setup: FuzzSetup): Promise<FuzzReport> {
  const began = performance.now();
  const log = join(setup.data, "log");
  const server = await Server.start(setup.binary, setup.data, ["--log", "json"], { log });
  const sent: Sent = { connections: 0, lines: 0, stuck: 0 };
  const probing = probe(server, setup.patience);
  await visits(server, setup, sent, 0.5);
  const before = await settled(server, setup.rest / 2, 0);
  await visits(server, setup, sent, 1);
  const after = await settled(server, setup.rest, before * GROWN);
  const slowest = await probing.end();
  const isAlive = server.process.exitCode === null;
  await server.end("SIGTERM");
  const faults = hearNonsense(setup.seed * SEEDS, setup.clients);
  return {
    connections: sent.connections,
    lines: sent.lines,
    clients: setup.clients,
    seconds: (performance.now() - began) / 1000,
    slowest,
    memory: { before, after },
    isAlive: isAlive && server.process.exitCode === 0,
    stuck: sent.stuck,
    bugs: readFileSync(log, "utf8").split("\n").filter(isBug),
    faults: faults.map(({ seed, what }) => `client ${seed}: ${what}`),
  };
}

function isBug(line: string): boolean {
  return line !== "" && (!line.startsWith("{") ? /panic|Error:/.test(line) : JSON.parse(line).level === "error");
}

/** Opens connections until this share of all connections and lines is done. */
async function visits(server: Server, setup: FuzzSetup, sent: Sent, share: number): Promise<void> {
  const most = Math.ceil(setup.lines / setup.connections);
  const isDone = () => sent.connections >= setup.connections * share && sent.lines >= setup.lines * share;
  let next = setup.seed * SEEDS + sent.connections;
  const worker = async () => {
    while (!isDone() && server.process.exitCode === null) {
      // Once there were enough connections, further ones send more lines.
      const length = sent.connections < setup.connections * share ? most : most * 10;
      await visit(server.port, next++, length, sent, 3 * setup.patience).catch(() => {});
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** Checks at intervals that the server serves a new connection. */
function probe(server: Server, patience: number): { end(): Promise<number> } {
  let slowest = 0;
  let isOver = false;
  const probing = (async () => {
    while (!isOver && server.process.exitCode === null) {
      const began = performance.now();
      const line = await Line.open(server.port);
      const answer = line.ask(`NICK probe\r\nUSER p 0 * :P\r\nPING probe\r\n`, /PONG/);
      const isServed = await Promise.race([answer, Bun.sleep(patience).then(() => undefined)]);
      slowest = Math.max(slowest, isServed ? performance.now() - began : Number.POSITIVE_INFINITY);
      line.close();
      await Bun.sleep(PROBE);
    }
  })();
  return {
    end: async () => {
      isOver = true;
      await probing.catch(() => {});
      return slowest;
    },
  };
}

/** The lowest memory of the idle server within this many seconds, or the first value that is low enough. */
async function settled(server: Server, seconds: number, enough: number): Promise<number> {
  const end = performance.now() + seconds * 1000;
  let least = server.process.exitCode === null ? server.memory : Number.POSITIVE_INFINITY;
  while (least > enough && performance.now() < end && server.process.exitCode === null) {
    await Bun.sleep(500);
    least = Math.min(least, server.memory);
  }
  return least;
}

/** The broken promises, a sentence each. */
export function faultsOf({ isAlive, stuck, slowest, memory, bugs, faults }: FuzzReport): readonly string[] {
  const broken = [...bugs, ...faults];
  if (!isAlive) broken.push("The server has ended, or does not end as it should.");
  if (stuck > 0) broken.push(`${stuck} connections were neither served nor ended.`);
  if (slowest === Number.POSITIVE_INFINITY) broken.push("The server did not answer.");
  if (memory.after > memory.before * GROWN)
    broken.push(`The server has grown from ${memory.before.toFixed(0)} MB to ${memory.after.toFixed(0)} MB.`);
  return broken;
}

if (import.meta.main) {
  const options = {
    connections: { type: "string", default: "10000" },
    lines: { type: "string", default: "1000000" },
    clients: { type: "string", default: "1000" },
    seed: { type: "string", default: "1" },
    binary: { type: "string" },
  } as const;
  const { values } = parseArgs({ options });
  const report = await fuzz({
    binary: values.binary ?? (await build(scratch())),
    data: scratch(),
    connections: Number(values.connections),
    lines: Number(values.lines),
    clients: Number(values.clients),
    seed: Number(values.seed),
    rest: 60,
    patience: 10_000,
  });
  const broken = faultsOf(report);
  const { bugs, faults, ...numbers } = report;
  console.log(JSON.stringify({ seed: Number(values.seed), ...numbers, bugs: bugs.length, faults: faults.length }));
  for (const fault of broken.slice(0, 20)) console.error(fault);
  process.exit(broken.length === 0 ? 0 : 1);
}
