import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { clientCost } from "../client/fullscreen.ts";
import { redraws } from "../client/redraw.ts";
import { history } from "../growth/history.ts";
import type { AudiencePlan } from "../load/audience.ts";
import type { Answer, Job } from "../load/load.ts";
import type { Pace } from "../load/phase.ts";
import { scratch } from "../test-server.ts";
import { type Cores, descriptors, pinned } from "../usage.ts";
import { type ServerKind, startServer, withUs } from "./servers.ts";

/** A figure of a scenario, as a column of its table. */
export interface Column {
  readonly head: string;
  /** The figure's name in an answer. */
  readonly figure: string;
  readonly unit: "" | "ms" | "µs" | "s" | "bytes" | "share";
  /** Whether docs/performance.md shows this figure besides the first one. */
  readonly isHeadline?: boolean;
}

/** The settings of all runs. */
export interface Setting {
  /** The path of tcpchat's binary. */
  readonly binary: string;
  /** How long messages are sent, in each run. */
  readonly seconds: number;
  /** The share of members, connections and messages that is used; below 1 only to try the bench out. */
  readonly scale: number;
  readonly cores: Cores | undefined;
}

/** A scenario: a load on a server, and the figures that it gives. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** The first figure is the one to compare by. */
  readonly columns: readonly Column[];
  /** Whether a greater first figure is the better one. */
  readonly isMoreBetter: boolean;
  /** The servers that it measures; `ours`: tcpchat alone. */
  readonly faces: readonly ServerKind["speaks"][] | "ours";
  /** Runs once; returns `undefined` if the server is not installed. */
  run(kind: ServerKind, setting: Setting): Promise<Answer | undefined>;
}

const TRAFFIC: readonly Column[] = [
  { head: "deliveries per CPU-s", figure: "deliveriesPerCpu", unit: "" },
  { head: "deliveries/s", figure: "deliveriesPerSecond", unit: "" },
  { head: "p50", figure: "p50", unit: "ms" },
  { head: "server CPU", figure: "serverCpu", unit: "share" },
  { head: "load busy", figure: "loadBusy", unit: "share" },
  { head: "waited", figure: "waited", unit: "share" },
];

/** Starts a fresh server, and gives the load a job. */
async function underLoad(
  kind: ServerKind,
  { cores }: Setting,
  job: (port: number, pid: number) => Job,
): Promise<Answer | undefined> {
  const folder = scratch();
  mkdirSync(join(folder, "data"));
  await using server = await startServer(kind, folder, cores);
  if (server === undefined) return undefined;
  const text = JSON.stringify(job(server.port, server.pid));
  const command = pinned([process.execPath, join(import.meta.dir, "..", "load", "load.ts"), text], cores?.load);
  const load = Bun.spawn(command, { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  withUs(load);
  const [answer, complaint] = await Promise.all([load.stdout.text(), load.stderr.text()]);
  if (answer === "") return { figures: {}, wrong: `the load ended: ${complaint.trim().split("\n").at(-1)}` };
  return JSON.parse(answer);
}

/** The audience of one server. */
function audienceOf(kind: ServerKind, port: number, plan: Partial<AudiencePlan>): AudiencePlan {
  const { speaks, opening, echo, atOnce } = kind;
  return { port, speaks, opening, echo, atOnce, groups: 1, size: 100, rooms: 1, senders: 1, body: 100, ...plan };
}

/** Sends messages through a server; with `times`, measures several times and returns the median. */
export function talk(
  kind: ServerKind,
  setting: Setting,
  plan: Partial<AudiencePlan>,
  pace: Omit<Pace, "seconds">,
  times = 1,
): Promise<Answer | undefined> {
  return underLoad(kind, setting, (port, pid) => ({
    ...{ type: "talk", pid, times, audience: audienceOf(kind, port, plan) },
    pace: { ...pace, seconds: setting.seconds },
  }));
}

/** Connects as many clients as the last step says; measures the memory at each step. */
export function connections(kind: ServerKind, setting: Setting, steps: readonly number[]): Promise<Answer | undefined> {
  return underLoad(kind, setting, (port, pid) => ({ type: "storm", pid, port, steps, atOnce: kind.atOnce }));
}

function fanOut(name: string, title: string, size: number, senders: number, window: number): Scenario {
  return {
    name,
    title,
    columns: TRAFFIC,
    isMoreBetter: true,
    faces: ["irc"],
    run: (kind, setting) => talk(kind, setting, { size: scaled(size, setting), senders }, { window }),
  };
}

function scaled(many: number, { scale }: Setting): number {
  return Math.max(12, Math.round(many * scale));
}

/** The wanted number of connections, or the most that the limit of open files allows. */
function affordable(many: number): number {
  return Math.min(many, descriptors() - 200);
}

async function coldStart(kind: ServerKind, { cores }: Setting): Promise<Answer | undefined> {
  if (kind.isVariant) return undefined;
  const times: number[] = [];
  for (let i = 0; i < 5; i++) {
    const folder = scratch();
    mkdirSync(join(folder, "data"));
    await using server = await startServer(kind, folder, cores);
    if (server === undefined) return undefined;
    times.push(server.startup);
  }
  times.sort((a, b) => a - b);
  return { figures: { startup: times[2] ?? Number.NaN, slowest: times.at(-1) ?? Number.NaN }, wrong: "" };
}

/** Every scenario. */
export const SCENARIOS: readonly Scenario[] = [
  fanOut("fan100", "Room of 100, 1 sender, 64 messages on their way", 100, 1, 64),
  fanOut("fan100w1", "Room of 100, 1 sender, 1 message on its way", 100, 1, 1),
  fanOut("fan1000", "Room of 1,000, 1 sender, 64 messages on their way", 1000, 1, 64),
  fanOut("fan1000w1", "Room of 1,000, 1 sender, 1 message on its way", 1000, 1, 1),
  fanOut("fan1000x10", "Room of 1,000, 10 senders with 16 messages each on their way", 1000, 10, 16),
  {
    name: "rooms",
    title: "100 rooms of 10, all send, 1 message each on its way",
    columns: TRAFFIC,
    isMoreBetter: true,
    faces: ["irc"],
    run: (kind, setting) => {
      const many = scaled(100, setting);
      return talk(kind, setting, { groups: many, rooms: many, size: 10, senders: 10 }, { window: 1 });
    },
  },
  {
    name: "latency",
    title: "Latency, 200 messages a second into a room of 500",
    columns: [
      { head: "p50", figure: "p50", unit: "ms" },
      { head: "p99", figure: "p99", unit: "ms", isHeadline: true },
      { head: "longest", figure: "max", unit: "ms" },
      { head: "server CPU", figure: "serverCpu", unit: "share" },
      { head: "waited", figure: "waited", unit: "share" },
    ],
    isMoreBetter: false,
    faces: ["irc"],
    run: (kind, setting) => talk(kind, setting, { size: scaled(500, setting), senders: 10 }, { window: 1, rate: 200 }),
  },
  {
    name: "connect",
    title: "Connection storm to 10,000, as many at once as the backlog holds; then all are idle",
    columns: [
      { head: "CPU each", figure: "cpuEach", unit: "µs" },
      { head: "registrations/s", figure: "perSecond", unit: "" },
      { head: "p99", figure: "p99", unit: "ms" },
      { head: "memory each", figure: "memoryEach", unit: "bytes", isHeadline: true },
      { head: "connections", figure: "connections", unit: "" },
    ],
    isMoreBetter: false,
    faces: ["irc"],
    run: (kind, setting) => connections(kind, setting, [affordable(scaled(10_000, setting))]),
  },
  {
    name: "churn",
    title: "Churn: 20 connect, register, join and quit, over and over, before 480 others",
    columns: [
      { head: "comings and goings/s", figure: "perSecond", unit: "" },
      { head: "CPU each", figure: "cpuEach", unit: "µs", isHeadline: true },
      { head: "seen/s", figure: "eventsPerSecond", unit: "" },
      { head: "server CPU", figure: "serverCpu", unit: "share" },
    ],
    isMoreBetter: true,
    faces: ["irc"],
    run: (kind, setting) =>
      underLoad(kind, setting, (port, pid) => ({
        ...{ type: "churn", pid, seconds: setting.seconds, churners: scaled(20, setting) },
        audience: audienceOf(kind, port, { size: scaled(480, setting), senders: 0 }),
      })),
  },
  {
    name: "slow",
    title: "One of 50 stops reading: what the others' deliveries cost, before by after",
    columns: [
      { head: "before : after", figure: "kept", unit: "share" },
      { head: "messages/s before", figure: "before", unit: "" },
      { head: "after", figure: "after", unit: "" },
      { head: "cut after", figure: "cutAfter", unit: "s", isHeadline: true },
      { head: "memory after", figure: "memory", unit: "bytes" },
    ],
    isMoreBetter: true,
    faces: ["irc"],
    run: (kind, setting) =>
      underLoad(kind, setting, (port, pid) => ({
        ...{ type: "slow", pid, audience: audienceOf(kind, port, { size: scaled(50, setting), body: 400 }) },
        pace: { window: 64, seconds: setting.seconds },
      })),
  },
  {
    name: "plain",
    title: "Plain text: room of 100, 10 senders with 16 messages each on their way",
    columns: TRAFFIC,
    isMoreBetter: true,
    faces: ["plain"],
    run: (kind, setting) => talk(kind, setting, { size: scaled(100, setting), senders: 10 }, { window: 16 }),
  },
  {
    name: "start",
    title: "Cold start: from the command to the port that answers",
    columns: [
      { head: "median of 5", figure: "startup", unit: "ms" },
      { head: "slowest", figure: "slowest", unit: "ms" },
    ],
    isMoreBetter: false,
    faces: ["irc", "plain"],
    run: coldStart,
  },
  {
    name: "history",
    title: "History: 100,000 messages in 100 rooms",
    columns: [
      { head: "CHATHISTORY of 100, p50", figure: "readP50", unit: "ms" },
      { head: "p99", figure: "readP99", unit: "ms" },
      { head: "kept, each", figure: "append", unit: "µs" },
      { head: "start-up", figure: "startup", unit: "ms" },
      { head: "search for two words, p50", figure: "searchP50", unit: "ms" },
    ],
    isMoreBetter: false,
    faces: "ours",
    run: async (_, setting) => {
      const report = await history(setting.binary, scaled(100_000, setting));
      return {
        figures: {
          readP50: report.chathistoryMs.p50,
          readP99: report.chathistoryMs.p99,
          append: report.appendMicroseconds,
          startup: report.startupMs.p50,
          searchP50: report.searchMs["two frequent words in one room"]?.p50 ?? Number.NaN,
        },
        wrong: "",
      };
    },
  },
  {
    name: "client",
    title: "The full screen, at 10,000 messages a minute",
    columns: [
      { head: "of a core", figure: "cpu", unit: "share" },
      { head: "start to prompt", figure: "prompt", unit: "ms" },
      { head: "memory", figure: "memory", unit: "bytes" },
    ],
    isMoreBetter: false,
    faces: "ours",
    run: async (_, setting) => ({ figures: { ...(await clientCost(setting.binary, setting.seconds * 2)) }, wrong: "" }),
  },
  {
    name: "redraw",
    title: "Redraw of the full screen, 200×50",
    columns: [
      { head: "a key, p99", figure: "key", unit: "ms" },
      { head: "a line, p99", figure: "line", unit: "ms" },
      { head: "a page, p99", figure: "page", unit: "ms" },
      { head: "another size, p99", figure: "size", unit: "ms" },
    ],
    isMoreBetter: false,
    faces: "ours",
    run: async () => ({ figures: { ...redraws() }, wrong: "" }),
  },
];
