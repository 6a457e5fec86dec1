/**
 * Three machines with an etcd and a node each, people who talk on all of them, and one fault after another: for each,
 * the longest time without an echo to anybody, and whether anything was lost, doubled or seen in another order.
 * `bun run bench:cluster [--fault NAME]... [--runs N] [--minutes N] [--senders N] [--window N] [--json]`, as root:
 * the machines are network namespaces of the program itself. The etcd is $ETCD_BIN, or the one on the PATH.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { build, quantile, scratch } from "../test-server.ts";
import { Cluster } from "./cluster.ts";
import { enterNamespace, type Machine, makeMachines } from "./machines.ts";
import { Observations, readPast, Sender, Watcher } from "./people.ts";
import { isKept, type Verdict, verdictOf } from "./verdict.ts";

const BEFORE = 3000; // ms of talk before a fault
const AFTER = 6000; // ms of talk behind it
const FINISH = 30_000; // ms until the last message has to have an echo

/** A fault: `happen` begins it and resolves when it is over, with everything running again. */
interface Fault {
  readonly words: string;
  readonly happen: (cluster: Cluster) => Promise<void>;
}

const FAULTS: Readonly<Record<string, Fault>> = {
  none: { words: "nothing, for 5 s", happen: () => Bun.sleep(5000) },
  "kill-node": {
    words: "a node killed, started again after 5 s",
    happen: async (cluster) => {
      const machine = one(cluster.machines);
      await cluster.end("node", machine);
      await Bun.sleep(5000);
      cluster.startNode(machine);
      await cluster.ready(machine);
    },
  },
  "kill-leader": {
    words: "the leading etcd killed, started again after 5 s",
    happen: async (cluster) => {
      const machine = await cluster.leader();
      await cluster.end("etcd", machine);
      await Bun.sleep(5000);
      cluster.startEtcd(machine);
      await Bun.sleep(2000);
    },
  },
  "kill-machine": {
    words: "a machine with the leading etcd killed, started again after 8 s",
    happen: async (cluster) => {
      const machine = await cluster.leader();
      await Promise.all([cluster.end("etcd", machine), cluster.end("node", machine)]);
      await Bun.sleep(8000);
      cluster.startEtcd(machine);
      cluster.startNode(machine);
      await cluster.ready(machine);
    },
  },
  "cut-machine": {
    words: "the machine with the leading etcd cut off for 10 s",
    happen: async (cluster) => {
      const machine = await cluster.leader();
      machine.cut(true);
      await Bun.sleep(10_000);
      machine.cut(false);
      await cluster.ready(machine);
    },
  },
  "stop-node": {
    words: "a node stopped for 9 s (SIGSTOP)",
    happen: async (cluster) => {
      const machine = one(cluster.machines);
      cluster.signal("node", machine, "SIGSTOP");
      await Bun.sleep(9000);
      cluster.signal("node", machine, "SIGCONT");
      await cluster.ready(machine);
    },
  },
  "stop-two-nodes": {
    words: "all nodes killed and started again, then two of them stopped for 8 s (SIGSTOP)",
    happen: async (cluster) => {
      await Promise.all(cluster.machines.map((machine) => cluster.end("node", machine)));
      for (const machine of cluster.machines) cluster.startNode(machine);
      for (const machine of cluster.machines) await cluster.ready(machine);
      await Bun.sleep(5000); // people are back on all three
      const kept = one(cluster.machines);
      const stopped = cluster.machines.filter((machine) => machine !== kept);
      for (const machine of stopped) cluster.signal("node", machine, "SIGSTOP");
      await Bun.sleep(8000);
      for (const machine of stopped) cluster.signal("node", machine, "SIGCONT");
      for (const machine of stopped) await cluster.ready(machine);
    },
  },
  "kill-all-nodes": {
    words: "all nodes killed and started again",
    happen: async (cluster) => {
      await Promise.all(cluster.machines.map((machine) => cluster.end("node", machine)));
      for (const machine of cluster.machines) cluster.startNode(machine);
      for (const machine of cluster.machines) await cluster.ready(machine);
    },
  },
  "kill-everything": {
    words: "all nodes and all etcds killed and started again",
    happen: async (cluster) => {
      const programs = ["node", "etcd"] as const;
      await Promise.all(cluster.machines.flatMap((machine) => programs.map((kind) => cluster.end(kind, machine))));
      for (const machine of cluster.machines) cluster.startEtcd(machine);
      for (const machine of cluster.machines) cluster.startNode(machine);
      for (const machine of cluster.machines) await cluster.ready(machine);
    },
  },
  "stop-leader": {
    words: "the leading etcd stopped for 6 s (SIGSTOP)",
    happen: async (cluster) => {
      const machine = await cluster.leader();
      cluster.signal("etcd", machine, "SIGSTOP");
      await Bun.sleep(6000);
      cluster.signal("etcd", machine, "SIGCONT");
      await Bun.sleep(2000);
    },
  },
  "no-majority": {
    words: "two of three etcds killed for 5 s",
    happen: async (cluster) => {
      const [first, second] = cluster.machines.slice(1);
      if (!first || !second) throw new Error("The fault needs three machines.");
      await Promise.all([cluster.end("etcd", first), cluster.end("etcd", second)]);
      await Bun.sleep(5000);
      for (const machine of [first, second]) cluster.startEtcd(machine);
      for (const machine of cluster.machines) await cluster.ready(machine);
    },
  },
  "rolling-restart": {
    words: "each node stopped with SIGTERM and started again, one after the other",
    happen: async (cluster) => {
      for (const machine of cluster.machines) {
        await cluster.end("node", machine, "SIGTERM");
        cluster.startNode(machine);
        await cluster.ready(machine);
      }
    },
  },
  "clock-jump": {
    words: "a node's clock set one hour forward and back again (libfaketime)",
    happen: async (cluster) => {
      const machine = one(cluster.machines);
      const file = join(cluster.dataFolder(machine), "..", "clock");
      writeFileSync(file, "+0");
      const library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";
      cluster.environment.set(machine, {
        LD_PRELOAD: library,
        FAKETIME_TIMESTAMP_FILE: file,
        FAKETIME_NO_CACHE: "1",
        FAKETIME_DONT_FAKE_MONOTONIC: "1",
      });
      await cluster.end("node", machine, "SIGTERM");
      cluster.startNode(machine);
      await cluster.ready(machine);
      for (const offset of ["+3600", "+0"]) {
        writeFileSync(file, offset);
        await Bun.sleep(3000);
      }
      cluster.environment.delete(machine);
    },
  },
  "disk-full": {
    words: "the disk of a node full for 5 s",
    happen: async (cluster) => {
      const machine = one(cluster.machines);
      const folder = cluster.dataFolder(machine);
      await cluster.end("node", machine, "SIGTERM");
      mountSmall(folder);
      cluster.startNode(machine);
      await cluster.ready(machine);
      const filler = join(folder, "filler");
      Bun.spawnSync(["dd", "if=/dev/zero", `of=${filler}`, "bs=1M"], { stderr: "ignore" });
      await Bun.sleep(5000);
      Bun.spawnSync(["rm", filler]);
      if (!(await isBack(cluster, machine))) {
        await cluster.end("node", machine);
        cluster.startNode(machine);
      }
      await cluster.ready(machine);
    },
  },
};

/** Gives a folder a disk of its own of 256 MB, with what it had. */
function mountSmall(folder: string): void {
  const script = `set -e; cp -a "$1" "$1.kept"; mount -t tmpfs -o size=256m tmpfs "$1"; cp -a "$1.kept/." "$1"; rm -r "$1.kept"`;
  const { exitCode, stderr } = Bun.spawnSync(["sh", "-c", script, "sh", folder]);
  if (exitCode !== 0) throw new Error(`No small disk: ${stderr.toString()}`);
}

/** Whether a node came back by itself. */
async function isBack(cluster: Cluster, machine: Machine): Promise<boolean> {
  return cluster.ready(machine).then(
    () => true,
    () => false,
  );
}

function one<T>(choices: readonly T[]): T {
  const chosen = choices[Math.floor(Math.random() * choices.length)];
  if (chosen === undefined) throw new Error("Nothing to choose from.");
  return chosen;
}

/** The result of one fault under load. */
interface Report extends Verdict {
  readonly fault: string;
  /** The longest time without an echo to anybody, in ms. */
  readonly silence: number;
  readonly p50: number;
  readonly p99: number;
  /** Messages that never had an echo. */
  readonly unanswered: number;
}

/** Runs a fault under load on a fresh room of people, and checks everything that was ever seen in this cluster. */
async function measure(cluster: Cluster, name: string, seen: Observations, people: PeopleSetup): Promise<Report> {
  const fault = FAULTS[name];
  if (!fault) throw new Error(`No fault is called ${name}; there are ${Object.keys(FAULTS).join(", ")}`);
  const run = runs++;
  const addresses = cluster.machines.map(({ address }) => address);
  const senders = Array.from({ length: people.senders }, (_, at) => {
    const turned = [...addresses.slice(at % addresses.length), ...addresses.slice(0, at % addresses.length)];
    return new Sender(`s${run}x${at}`, turned, people.window, seen);
  });
  const watchers = cluster.machines.map(({ name, address }) => new Watcher(`w${run}${name}`, address, seen));
  for (const each of [...watchers, ...senders]) each.start();
  seen.delays.length = 0;
  await Bun.sleep(BEFORE);
  seen.begin();
  await fault.happen(cluster);
  await Bun.sleep(AFTER);
  seen.end();
  await Promise.all(senders.map((sender) => sender.finish(FINISH)));
  await Bun.sleep(1000);
  for (const watcher of watchers) watcher.finish();
  const pasts = await Promise.all(addresses.map(readPast));
  return {
    fault: name,
    silence: Math.round(seen.longestSilence),
    p50: quantile(seen.delays, 0.5),
    p99: quantile(seen.delays, 0.99),
    unanswered: seen.sent.size - seen.echoed.size,
    ...verdictOf(seen, pasts),
  };
}

let runs = 0;

interface PeopleSetup {
  readonly senders: number;
  /** Messages of each sender on their way at the same time. */
  readonly window: number;
}

if (import.meta.main) {
  enterNamespace();
  const { values } = parseArgs({
    options: {
      fault: { type: "string", multiple: true },
      runs: { type: "string", default: "1" },
      minutes: { type: "string" },
      senders: { type: "string", default: "9" },
      window: { type: "string", default: "4" },
      binary: { type: "string" },
      folder: { type: "string" },
      json: { type: "boolean" },
    },
  });
  const etcd = process.env.ETCD_BIN ?? Bun.which("etcd");
  if (!etcd) throw new Error("No etcd: name one of 3.5.3 or newer in ETCD_BIN.");
  const binary = values.binary ?? (await build(scratch()));
  const folder = values.folder ?? scratch();
  const cluster = await Cluster.start({ machines: makeMachines(["a", "b", "c"]), binary, etcd, folder });
  const seen = new Observations();
  const people = { senders: Number(values.senders), window: Number(values.window) };
  const names = values.fault ?? Object.keys(FAULTS);
  const end = values.minutes === undefined ? undefined : performance.now() + Number(values.minutes) * 60_000;
  const reports: Report[] = [];
  const report = async (name: string): Promise<void> => {
    const result = await measure(cluster, name, seen, people);
    reports.push(result);
    if (values.json) return console.log(JSON.stringify(result));
    const { silence, p50, p99, echoed, lost, doubled, different, disordered, unanswered } = result;
    console.log(
      `${name.padEnd(16)} silence ${(silence / 1000).toFixed(1)} s, echo p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(0)} ms; ` +
        `echoed ${echoed}, lost ${lost}, doubled ${doubled}, different nodes ${different}, disordered ${disordered}, unanswered ${unanswered}` +
        `${isKept(result) ? "" : "  BROKEN"}`,
    );
  };
  try {
    if (end !== undefined) while (performance.now() < end) await report(one(names));
    else for (let run = 0; run < Number(values.runs); run++) for (const name of names) await report(name);
  } finally {
    await cluster.stop();
    for (const machine of cluster.machines)
      Bun.spawnSync(["umount", "--all-targets", cluster.dataFolder(machine)], { stderr: "ignore" });
  }
  process.exit(reports.every(isKept) ? 0 : 1);
}
