import type { ServerAct } from "../chat/model/act.ts";
import { savedPoint } from "../chat/presence.ts";
import type { Store } from "../chat/store.ts";
import type { Process } from "../client/run/process.ts";
import { EtcdLog } from "../cluster/etcd.ts";
import type { RecordLog } from "../cluster/log.ts";
import { administerByLog, type Listening, listenToNodes, type NodeReport } from "../cluster/operator.ts";
import type { NodePoint } from "../cluster/order.ts";
import type { ClusterConfig } from "../server/config/read.ts";
import { otherRuleWords } from "../server/config/reload.ts";
import { randomHex } from "../text/bytes.ts";
import { messageOf } from "../text/filter.ts";
import type { AccountChanges } from "./admin.ts";
import { fileConfig } from "./files.ts";
import { keptWords, tlsOf } from "./node.ts";
import { AdminError, type Options } from "./options.ts";

/** The operator's commands `account` and `nodes` where the configuration names a cluster. */

const HEARD = 2500; // ms for which `tcpchat nodes` listens: a node is heard once a second
const AGAIN = 100; // ms before the log is asked again, and before a look at the database
const PATIENCE = 10_000; // ms for the server of this machine to run a record

function logOf(cluster: ClusterConfig): RecordLog {
  return new EtcdLog(cluster.log, tlsOf(cluster));
}

/** `tcpchat nodes [remove NAME...]`: returns the text to print. */
export async function nodes(options: Options, proc: Process): Promise<string> {
  const log = () => {
    const { cluster } = fileConfig(options, proc.env);
    if (cluster) return logOf(cluster);
    throw new AdminError(
      "tcpchat nodes: the configuration names no cluster.\nThis would work: --config FILE with a [cluster] table; see docs/cluster.md",
    );
  };
  return (await runNodes(options.rest, log)).join("\n");
}

type Time = Pick<Listening, "clock" | "sleep">;

const REAL_TIME: Time = { clock: Date.now, sleep: Bun.sleep };

/** Runs `tcpchat nodes` with these words after it, and returns the lines to print. Throws `AdminError`. */
export async function runNodes(
  words: readonly string[],
  open: () => RecordLog,
  time = REAL_TIME,
): Promise<readonly string[]> {
  const [verb, ...names] = words;
  if (verb !== undefined && verb !== "remove") throw usageError(`there is no command ${verb}; there is remove`);
  if (verb !== undefined && names.length === 0) throw usageError("which server? tcpchat nodes remove NAME");
  const log = open();
  const reports = await answered(listenToNodes(log, { time: HEARD, ...time }));
  if (verb === undefined) return linesOf(reports);
  for (const name of names) refuseRemoval(name, reports);
  for (const name of names) await answered(log.forget(name));
  return names.map((name) => `${name} is forgotten, until a server of this name starts again.`);
}

function usageError(words: string): AdminError {
  return new AdminError(`tcpchat nodes: ${words}`, { isUsage: true });
}

/** Throws if a node cannot be removed: it runs, or there is none. */
function refuseRemoval(name: string, reports: readonly NodeReport[]): void {
  const report = reports.find((each) => each.name === name);
  const names = reports.map((each) => each.name).join(", ");
  if (!report)
    throw new AdminError(`tcpchat nodes: there is no server ${name}; there ${names ? `are ${names}` : "is none"}`);
  if (report.heard) throw new AdminError(`tcpchat nodes: ${name} is running; stop it first`);
}

/** An answer of the log. Throws `AdminError` if none comes. */
async function answered<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    throw new AdminError(`tcpchat nodes: the log of the cluster does not answer: ${messageOf(error)}`);
  }
}

function linesOf(reports: readonly NodeReport[]): readonly string[] {
  if (reports.length === 0) return ["No server of this cluster is running."];
  return [...aligned([TITLES, ...reports.map(rowOf)]), ...reports.flatMap(remarksOn), ...versionLines(reports)];
}

const TITLES = ["NODE", "STATE", "POSITION", "STORED", "BEHIND", "CLOCK", "ADDRESS"];

function rowOf({ name, address = "-", heard }: NodeReport): readonly string[] {
  if (!heard) return [name, "silent", "-", "-", "-", "-", address];
  const behind = heard.lag === Number.POSITIVE_INFINITY ? `over ${HEARD} ms` : `${heard.lag} ms`;
  const clock = heard.ahead < 0 ? `${heard.ahead} ms` : `+${heard.ahead} ms`;
  return [name, "running", String(heard.position), String(heard.stored), behind, clock, address];
}

function remarksOn({ name, heard }: NodeReport): readonly string[] {
  const rules = (heard?.otherRules ?? []).map((rule) => `${name}: ${otherRuleWords(rule, "there")}.`);
  const kept = (heard?.kept ?? []).map((file) => `${keptWords(file, name)}.`);
  return [...rules, ...kept];
}

/** Which version the cluster has, and what its nodes know, if that is not the same. */
function versionLines(nodes: readonly NodeReport[]): readonly string[] {
  const heard = nodes.flatMap(({ name, heard }) => (heard ? [{ name, ...heard }] : []));
  const agreed = Math.max(...heard.map((node) => node.agreed));
  if (heard.every(({ knows }) => knows === agreed)) return [];
  const known = heard.map(({ name, knows }) => `${name} knows ${knows}`).join(", ");
  return [
    `The cluster has version ${agreed}: ${known}. It takes a newer one once all that run have known it for a minute.`,
  ];
}

/** Puts rows into columns. */
function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = TITLES.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

/** Changes accounts on all nodes of a cluster, and waits until the server of this machine has done so. */
export function changesByLog(cluster: ClusterConfig, store: Store): AccountChanges {
  return changesInCluster(logOf(cluster), store);
}

/** Changes accounts by acts in this log; `store` is the database of a running node, which shows when they have run. */
export function changesInCluster(log: RecordLog, store: Store): AccountChanges {
  const point = () => savedPoint(store) as NodePoint | undefined;
  /** `isMade` looks at the database, once the act has run. */
  const administer = async (act: ServerAct, isMade: () => boolean) => {
    const from = point();
    if (!from)
      throw new AdminError("tcpchat account: the server of this machine has not taken part in the cluster yet");
    const pause = () => Bun.sleep(AGAIN);
    const { position: after, last } = from;
    const setup = { after, last, run: randomHex(6), clock: Date.now, pause };
    const run = await administerByLog(log, [act], setup).catch((error: unknown) => {
      throw new AdminError(
        `tcpchat account: the log of the cluster has not confirmed the change, and may have it all the same: ${messageOf(error)}`,
      );
    });
    for (let left = PATIENCE; (point()?.position ?? 0) < run; left -= AGAIN) {
      if (left <= 0)
        throw new AdminError(
          "tcpchat account: the change is in the log of the cluster, but the server of this machine does not read it; is it running?",
        );
      await Bun.sleep(AGAIN);
    }
    if (!isMade()) throw new AdminError("tcpchat account: another change was quicker; nothing has changed");
  };
  return {
    add: (account) => administer({ type: "add-account", account }, () => store.account(account.id) !== undefined),
    setPassword: ({ id }, secret, { keepsCertificates }) =>
      administer(
        { type: "set-password", account: id, secret, keepsCertificates },
        () => store.account(id)?.hash === secret.hash,
      ),
    remove: (account) =>
      administer({ type: "log-out", account, why: "account-removed" }, () => store.account(account.id) === undefined),
  };
}
