/**
 * Fifty people chat while all attacks run against the server at once. No line may be lost, the people's delays must stay
 * low, and afterwards the server must be as it was before. `bun run bench:torture [--seconds N]
 * [--people N] [--json]`. Exit status 1 if a promise is broken.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, constants, setPriority } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { parseMetrics } from "../../test/support/metrics-text.ts";
import { build, quantile, Server, scratch } from "../test-server.ts";
import type { Force } from "./attack.ts";
import type { Done } from "./attacking-connection.ts";
import { attacksOf } from "./attacks.ts";
import { type Hearing, People } from "./people.ts";
import { brokenPromises, table } from "./verdict.ts";

const SETTLE = 20_000; // ms within which the last lines must come
const LOOK = 250; // ms between two looks at the server's memory
const NEARLY = 1.1; // times the memory before: this is little enough

/** The settings of a run. */
export interface TortureSetup {
  readonly binary: string;
  readonly data: string;
  readonly people: number;
  /** Seconds of a first attack, before the measurement. */
  readonly skirmish: number;
  /** Seconds of calm before and after, and of the attacks. */
  readonly calm: number;
  readonly storm: number;
  /** Milliseconds by which the attacks are prolonged, at most, until each has been refused. */
  readonly longer: number;
  /** Seconds within which the server must give back memory. */
  readonly rest: number;
  readonly force: Force;
  /** Whether the server has a processor of its own, everything else another; server and people get the highest priority. */
  readonly isPinned: boolean;
}

/** The deliveries of one phase; latencies in ms. */
export interface Phase extends Omit<Hearing, "latencies" | "delays"> {
  readonly name: string;
  readonly seconds: number;
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
  /** The 99th percentile of the people's own lateness. */
  readonly own: number;
  /** The server's share of one processor, in per cent. */
  readonly processor: number;
  /** Resident memory at the end, in MB. */
  readonly memory: number;
}

/** The result of one attack. */
export interface Outcome extends Done {
  readonly name: string;
  /** The increase of each of its reasons; attacks may share a reason. */
  readonly counted: Readonly<Record<string, number>>;
}

export interface TortureReport {
  readonly isPinned: boolean;
  readonly phases: readonly Phase[];
  readonly attacks: readonly Outcome[];
  /** All refusals, by reason. */
  readonly refusals: Readonly<Record<string, number>>;
  /**
   * Resident memory in MB: at the start; before the attacks, when the server has seen each attack for a moment (its
   * threads, code and buffers are no leak); and the lowest value after them.
   */
  readonly memory: { readonly fresh: number; readonly before: number; readonly after: number };
  readonly bugs: number;
  /** Log lines of level error. */
  readonly errors: readonly string[];
}

const CONFIG = `
[server]
motd = "Be kind."
[limits]
exempt = []
send_queue = {send_queue}
rooms_per_member = 10
list_entries = 10
message_lines = 20
[admin]
listen = "127.0.0.1:0"
[[operators]]
name = "boss"
password = "not to be guessed"
`;

/** Runs all phases. */
export async function torture(setup: TortureSetup): Promise<TortureReport> {
  const log = join(setup.data, "log");
  const server = await startServer(setup, log);
  try {
    const people = await People.gather(server.port, setup.people);
    if (setup.isPinned) hurry();
    const fresh = server.memory;
    const skirmish = new Siege(server.port, setup);
    const first = await phase(server, people, "attacked a little", setup.skirmish);
    await skirmish.end();
    await leastMemory(server, fresh, setup.rest / 4);
    const calm = await phase(server, people, "calm", setup.calm);
    const siege = new Siege(server.port, setup);
    const attacked = await phase(server, people, "attacked", setup.storm, {
      isEnough: () => isCounted(setup.force, log),
      longer: setup.longer,
    });
    const done = await siege.end();
    const settled = await phase(server, people, "calm again", setup.calm);
    const after = await leastMemory(server, calm.memory * NEARLY, setup.rest);
    const { refusals, bugs } = await metrics(log);
    people.leave();
    const errors = readFileSync(log, "utf8").split("\n");
    return {
      isPinned: setup.isPinned,
      phases: [first, calm, attacked, settled],
      attacks: outcomes(setup.force, done, refusals),
      refusals,
      memory: { fresh, before: calm.memory, after },
      bugs,
      errors: errors.filter((line) => line.startsWith("{") && JSON.parse(line).level === "error"),
    };
  } finally {
    await server.end("SIGTERM");
  }
}

function startServer({ binary, data, force, isPinned }: TortureSetup, log: string): Promise<Server> {
  const config = join(data, "torture.toml");
  writeFileSync(config, CONFIG.replace("{send_queue}", String(force.sendQueue)));
  const run = `ulimit -n ${force.descriptors}; exec ${isPinned ? "nice -n -20 taskset -c 0 " : ""}"$@"`;
  const wrap = ["sh", "-c", run, "sh"];
  return Server.start(binary, data, ["--config", config, "--log", "json"], { wrap, log });
}

/**
 * Raises the priority of the people (and of the server, which starts with it), so that they do not wait for the attackers
 * or other work. Needs root; without it all have the same priority, and the report tells the people's own delays.
 */
function hurry(): void {
  try {
    setPriority(constants.priority.PRIORITY_HIGHEST);
  } catch {}
}

/** People chat for this many seconds, at most `longer` ms more until `isEnough`, and then until everybody has heard everything. */
async function phase(
  server: Server,
  people: People,
  name: string,
  least: number,
  { isEnough = async () => true, longer = 0 } = {},
): Promise<Phase> {
  people.account();
  const began = performance.now();
  const worked = server.worked;
  people.talk();
  await Bun.sleep(least * 1000);
  while (performance.now() - began < longer + least * 1000 && !(await isEnough())) await Bun.sleep(LOOK);
  const seconds = (performance.now() - began) / 1000;
  const processor = ((server.worked - worked) / seconds) * 100;
  const { memory } = server;
  await people.hush(SETTLE);
  const { latencies, delays, ...heard } = people.account();
  const [p50, p99, most] = [0.5, 0.99, 1].map((share) => quantile(latencies, share));
  return {
    name,
    seconds,
    ...heard,
    p50: p50 ?? 0,
    p99: p99 ?? 0,
    most: most ?? 0,
    own: quantile(delays, 0.99),
    processor,
    memory,
  };
}

/** All attacks at once, in a process of lower priority. */
class Siege {
  readonly #process: Bun.Subprocess<"pipe", "pipe", "inherit">;
  readonly #last: Promise<Readonly<Record<string, Done>>>;

  constructor(port: number, { force, isPinned }: TortureSetup) {
    // Even a process of the lowest priority runs to the end of its time slice; an idle-class process gives way at once.
    const yielding = Bun.which("chrt") === null ? ["nice", "-n", "39"] : ["chrt", "--idle", "0"];
    const wrap = isPinned ? [...yielding, "taskset", "-c", "1"] : yielding;
    const command = [process.execPath, join(import.meta.dir, "attacker.ts"), String(port), JSON.stringify(force)];
    this.#process = Bun.spawn([...wrap, ...command], { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
    this.#last = this.#process.stdout.text().then((text) => JSON.parse(text.trim().split("\n").at(-1) ?? "{}"));
  }

  /** Stops the attacks; returns their numbers. */
  async end(): Promise<Readonly<Record<string, Done>>> {
    await this.#process.stdin.end();
    return this.#last;
  }
}

function outcomes(
  force: Force,
  done: Readonly<Record<string, Done>>,
  refusals: Readonly<Record<string, number>>,
): readonly Outcome[] {
  return attacksOf(force).map(({ name, reasons }) => ({
    name,
    ...(done[name] ?? { connections: 0, lines: 0, bytes: 0, cut: 0, refused: 0 }),
    counted: Object.fromEntries(reasons.map((reason) => [reason, refusals[reason] ?? 0])),
  }));
}

/** The server's lowest memory within this many seconds, or the first value that is low enough. */
async function leastMemory(server: Server, enough: number, seconds: number): Promise<number> {
  const end = performance.now() + seconds * 1000;
  let least = server.memory;
  while (least > enough && performance.now() < end) {
    await Bun.sleep(LOOK);
    least = Math.min(least, server.memory);
  }
  return least;
}

/** Whether each attack has been refused for each of its reasons. */
async function isCounted(force: Force, log: string): Promise<boolean> {
  const { refusals } = await metrics(log);
  return attacksOf(force).every(({ reasons }) => reasons.every((reason) => reason in refusals));
}

/** The server's metrics. */
async function metrics(log: string): Promise<Pick<TortureReport, "refusals" | "bugs">> {
  const address = /Metrics are at (\S+)/.exec(readFileSync(log, "utf8"))?.[1] ?? "";
  const families = parseMetrics(await (await fetch(address)).text());
  const samples = families.get("tcpchat_refusals_total")?.samples ?? new Map<string, number>();
  const refusals = [...samples].map(([name, count]) => [/reason="(.*)"/.exec(name)?.[1] ?? "", count] as const);
  return {
    refusals: Object.fromEntries(refusals.sort(([, a], [, b]) => b - a)),
    bugs: families.get("tcpchat_bugs_total")?.samples.get("tcpchat_bugs_total") ?? 0,
  };
}

if (import.meta.main) {
  const options = {
    seconds: { type: "string", default: "600" },
    people: { type: "string", default: "50" },
    calm: { type: "string" },
    deaf: { type: "string", default: "1000" },
    loud: { type: "string", default: "6" },
    descriptors: { type: "string", default: "2048" },
    logins: { type: "string", default: "2" },
    rest: { type: "string", default: "120" },
    only: { type: "string", default: "" },
    binary: { type: "string" },
    json: { type: "boolean" },
  } as const;
  const { values } = parseArgs({ options });
  const seconds = Number(values.seconds);
  const isPinned = availableParallelism() > 1 && Bun.which("taskset") !== null;
  if (isPinned) Bun.spawnSync(["taskset", "-cp", "1", String(process.pid)]);
  const report = await torture({
    binary: values.binary ?? (await build(scratch())),
    data: scratch(),
    people: Number(values.people),
    calm: values.calm === undefined ? Math.min(120, Math.ceil(seconds / 3)) : Number(values.calm),
    skirmish: Math.min(60, Math.ceil(seconds / 4)),
    storm: seconds,
    rest: Number(values.rest),
    longer: 30_000,
    force: {
      deaf: Number(values.deaf),
      loud: Number(values.loud),
      sendQueue: 1 << 20,
      descriptors: Number(values.descriptors),
      logins: Number(values.logins),
      only: values.only,
    },
    isPinned,
  });
  const broken = brokenPromises(report, { latency: 2, memory: NEARLY });
  console.log(values.json ? JSON.stringify({ ...report, broken }) : table(report));
  for (const promise of broken) console.error(promise);
  process.exit(broken.length === 0 ? 0 : 1);
}
