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
import { tlsOf } from "./node.ts";
import { AdminError, type Options } from "./options.ts";

/** The operator's commands `account` and `nodes` where the configuration names a cluster. */

const HEARD = 2500; // ms for which `tcpchat nodes` listens: a node is heard once a second
const AGAIN = 100; // ms before the log is asked again, and before a look at the database
const PATIENCE = 10_000; // ms for the server of this machine to run a record

function logOf(cluster: ClusterConfig): RecordLog {
  return new EtcdLog(cluster.log, tlsOf(cluster));
}

/** `tcpchat nodes`: returns the text to print. */
export async function nodes(options: Options, proc: Process): Promise<string> {
  const { cluster } = fileConfig(options, proc.env);
  if (cluster) return (await nodeLines(logOf(cluster))).join("\n");
  throw new AdminError(
    "tcpchat nodes: the configuration names no cluster.\nThis would work: --config FILE with a [cluster] table; see docs/cluster.md",
  );
}

/** Listens to the nodes of a cluster, and returns the lines to print. Throws `AdminError`. */
export async function nodeLines(
  log: RecordLog,
  time: Pick<Listening, "clock" | "sleep"> = { clock: Date.now, sleep: Bun.sleep },
): Promise<readonly string[]> {
  try {
    const nodes = await listenToNodes(log, { time: HEARD, ...time });
    if (nodes.length === 0) return ["No server of this cluster is running."];
    return [...aligned([TITLES, ...nodes.map(rowOf)]), ...nodes.flatMap(otherRulesOf)];
  } catch (error) {
    throw new AdminError(`tcpchat nodes: the log of the cluster does not answer: ${messageOf(error)}`);
  }
}

const TITLES = ["NODE", "STATE", "POSITION", "STORED", "BEHIND", "CLOCK", "ADDRESS"];

function rowOf({ name, address = "-", heard }: NodeReport): readonly string[] {
  if (!heard) return [name, "silent", "-", "-", "-", "-", address];
  const behind = heard.lag === Number.POSITIVE_INFINITY ? `over ${HEARD} ms` : `${heard.lag} ms`;
  const clock = heard.ahead < 0 ? `${heard.ahead} ms` : `+${heard.ahead} ms`;
  return [name, "running", String(heard.position), String(heard.stored), behind, clock, address];
}

function otherRulesOf({ name, heard }: NodeReport): readonly string[] {
  return (heard?.otherRules ?? []).map((rule) => `${name}: ${otherRuleWords(rule, "there")}.`);
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

/** The same, by its log. */
export function changesInCluster(log: RecordLog, store: Store): AccountChanges {
  const position = () => (savedPoint(store) as NodePoint | undefined)?.position;
  /** `isMade` looks at the database, once the act has run. */
  const administer = async (act: ServerAct, isMade: () => boolean) => {
    const after = position();
    if (after === undefined)
      throw new AdminError("tcpchat account: the server of this machine has not taken part in the cluster yet");
    const pause = () => Bun.sleep(AGAIN);
    const run = await administerByLog(log, [act], { after, run: randomHex(6), clock: Date.now, pause }).catch(
      (error: unknown) => {
        throw new AdminError(
          `tcpchat account: the log of the cluster does not answer, and perhaps it has the change: ${messageOf(error)}`,
        );
      },
    );
    for (let left = PATIENCE; (position() ?? 0) < run; left -= AGAIN) {
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
