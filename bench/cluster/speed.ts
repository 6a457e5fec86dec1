/**
 * Measures the cost of a cluster: three machines with an etcd and a node each, and a server on its own beside them, on this one
 * machine. `bun run bench:cluster-speed [--seconds N] [--binary FILE]`, as root. The etcd is $ETCD_BIN, or the one on
 * the PATH.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { build, quantile, scratch } from "../test-server.ts";
import { Cluster } from "./cluster.ts";
import { enterNamespace, makeMachines } from "./machines.ts";
import { Observations, PacedSender, Sender, startAlone } from "./people.ts";

const FINISH = 30_000; // ms until the last message has to have an echo
const ALONE = "10.77.0.1"; // the machine of the server on its own

interface Load {
  readonly senders: number;
  /** Messages of each sender on their way at the same time. */
  readonly window: number;
}

/** Messages echoed in a second, and ms until the echo. */
interface Speed {
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
}

/** Some senders that have always this much on their way. */
async function flood(addresses: readonly string[], { senders, window }: Load, seconds: number): Promise<Speed> {
  const seen = new Observations();
  const turned = (at: number) => [...addresses.slice(at), ...addresses.slice(0, at)];
  const run = runs++;
  const all = Array.from(
    { length: senders },
    (_, at) => new Sender(`f${run}x${at}`, turned(at % addresses.length), window, seen),
  );
  for (const sender of all) sender.start();
  await Bun.sleep(2000);
  seen.delays.length = 0;
  const began = performance.now();
  await Bun.sleep(seconds * 1000);
  const count = seen.delays.length;
  const rate = (count / (performance.now() - began)) * 1000;
  const delays = seen.delays.slice(0, count);
  await Promise.all(all.map((sender) => sender.finish(FINISH)));
  return { rate, p50: quantile(delays, 0.5), p99: quantile(delays, 0.99) };
}

/** A message now and then, in turn from each machine. */
async function pace(addresses: readonly string[], rate: number, seconds: number): Promise<Speed> {
  const run = runs++;
  const all = addresses.map((address, at) => new PacedSender(`p${run}x${at}`, address));
  await Promise.all(all.map((sender) => sender.start()));
  const end = performance.now() + seconds * 1000;
  let sent = 0;
  for (; performance.now() < end; sent++) {
    all[sent % all.length]?.send();
    await Bun.sleep(1000 / rate);
  }
  await Bun.sleep(1000);
  const delays = all.flatMap((sender) => sender.delays);
  for (const sender of all) sender.close();
  return { rate: delays.length / seconds, p50: quantile(delays, 0.5), p99: quantile(delays, 0.99) };
}

let runs = 0;

function told(name: string, { rate, p50, p99 }: Speed): void {
  console.log(
    `${name.padEnd(34)} ${Math.round(rate)} messages/s, echo p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(0)} ms`,
  );
}

if (import.meta.main) {
  enterNamespace();
  const { values } = parseArgs({
    options: { seconds: { type: "string", default: "10" }, binary: { type: "string" } },
  });
  const etcd = process.env.ETCD_BIN ?? Bun.which("etcd");
  if (!etcd) throw new Error("No etcd: name one of 3.5.3 or newer in ETCD_BIN.");
  const seconds = Number(values.seconds);
  const binary = values.binary ?? (await build(scratch()));
  const cluster = await Cluster.start({ machines: makeMachines(["a", "b", "c"]), binary, etcd, folder: scratch() });
  const alone = await startAlone(binary, ALONE, join(scratch(), "data"));
  const addresses = cluster.machines.map(({ address }) => address);
  try {
    await Bun.sleep(3000);
    const used = () => cluster.machines.map((machine) => [cluster.cpu("node", machine), cluster.cpu("etcd", machine)]);
    const before = used();
    await Bun.sleep(seconds * 1000);
    const idle = used().map(([node = 0, log = 0], at) => [node - (before[at]?.[0] ?? 0), log - (before[at]?.[1] ?? 0)]);
    for (const [at, [node = 0, log = 0]] of idle.entries())
      console.log(
        `idle, machine ${at + 1}: node ${((node / seconds) * 100).toFixed(1)} %, etcd ${((log / seconds) * 100).toFixed(1)} % of a core`,
      );
    for (const rate of [20, 200]) {
      told(`alone, ${rate}/s`, await pace([ALONE], rate, seconds));
      told(`three nodes, ${rate}/s`, await pace(addresses, rate, seconds));
    }
    for (const load of [
      { senders: 6, window: 16 },
      { senders: 12, window: 64 },
    ]) {
      told(`alone, ${load.senders} x ${load.window}`, await flood([ALONE], load, seconds));
      told(`three nodes, ${load.senders} x ${load.window}`, await flood(addresses, load, seconds));
    }
    const [first, second, third] = cluster.machines;
    if (!first || !second || !third) throw new Error("There are three machines.");
    await cluster.end("node", third, "SIGTERM");
    const others = [first.address, second.address];
    const load = await flood(others, { senders: 12, window: 64 }, seconds);
    const missed = load.rate * (seconds + 2);
    const began = performance.now();
    cluster.startNode(third);
    await cluster.ready(third);
    const took = (performance.now() - began) / 1000;
    console.log(
      `catching up: ${Math.round(missed)} messages in ${took.toFixed(1)} s with its start, ${Math.round(missed / took)}/s`,
    );
  } finally {
    await alone.end();
    await cluster.stop();
  }
  process.exit(0);
}
