import { randomBytes, X509Certificate } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Rules } from "../chat/model/limits.ts";
import { savedPoint, savedRules } from "../chat/presence.ts";
import { SEMANTICS } from "../chat/rules/check.ts";
import { EtcdLog, recordKey } from "../cluster/etcd.ts";
import { checkEtcd, type EtcdReport, oldServers } from "../cluster/etcd-check.ts";
import type { EtcdTls } from "../cluster/etcd-server.ts";
import { decodeFounding, encodeFounding, type Founding, startingPoint } from "../cluster/founding.ts";
import type { Claim, LoggedRecord, RecordLog } from "../cluster/log.ts";
import { FIRST } from "../cluster/membership.ts";
import { ClusterNode, type NodeEnd } from "../cluster/node.ts";
import { listenToNodes } from "../cluster/operator.ts";
import type { NodePoint } from "../cluster/order.ts";
import { fetchSnapshot, nameIn, PeerBusy, type SnapshotServer, serveSnapshots } from "../cluster/snapshot.ts";
import { ConfigError } from "../server/config/kinds.ts";
import type { ClusterConfig, ServerConfig } from "../server/config/read.ts";
import { otherRules, otherRuleWords, rulesOf } from "../server/config/reload.ts";
import { readCertificate } from "../server/net/certificate.ts";
import { listenAddressOf } from "../server/net/listen.ts";
import type { Log } from "../server/ops/log.ts";
import type { Running } from "../server/serve.ts";
import { takeOver } from "../store/backup.ts";
import {
  CLUSTER_ID,
  DataFolder,
  databaseIn,
  FolderInUse,
  KEY_FILES,
  removeDatabase,
  writeAtomically,
} from "../store/data-folder.ts";
import { isDatabaseDamaged, isOlder, isUnused, StoreError } from "../store/database.ts";
import { SqliteStore } from "../store/sqlite.ts";
import { messageOf } from "../text/filter.ts";
import { lengthOf } from "../text/time.ts";
import { contentOf } from "./files.ts";

const DONE = 0;
const FAILED = 1;

const RETRY = 1000; // ms before a request to the log is repeated, and before a node that has ended starts again

const LISTEN = 2500; // ms to listen for records of running nodes: each publishes at least one a second

/** Why a node has ended: its own reason, or the operator stops it, or it cannot listen on its port. */
type NodeOutcome = NodeEnd | "stopped" | "not-served";

/** The program around a node. */
export interface NodeHost {
  readonly config: ServerConfig;
  readonly cluster: ClusterConfig;
  /** The path of the data folder. */
  readonly folder: string;
  readonly log: Log;
  /** A monotonic clock, in milliseconds. */
  readonly steady: () => number;
  /** Resolves when the operator asks the server to stop. */
  readonly asked: Promise<void>;
  /** Called when the cluster is known. The node then catches up with the log before it serves clients. */
  joined(): void;
  /** Opens the store; `msgids` is the first part of every msgid of a new one. */
  open(msgids?: string): SqliteStore;
  /** Makes the key files in the data folder, if they are not there. */
  makeKeys(): Promise<void>;
  /** Serves a node that is ready; `undefined` if it cannot listen. */
  serve(store: SqliteStore, node: ClusterNode): Promise<Running | undefined>;
}

/** Runs a server of a cluster until it is stopped; returns the exit code. Throws `ConfigError`. */
export async function runNode(host: NodeHost): Promise<number> {
  return await new NodeRunner(host).run();
}

/** Refuses to run a server on its own on the data folder of a cluster's server. Throws `ConfigError`. */
export function mustBeAlone(folder: string): void {
  if (ownCluster(folder) === undefined) return;
  throw new ConfigError(
    `the data folder ${folder} belongs to a server of a cluster: add [cluster] to the configuration.\nTo make a separate chat of it: tcpchat backup FILE, and tcpchat restore FILE --data DIR`,
  );
}

/** The faults of a cluster that `--check` can see, a sentence each. */
export async function checkCluster(config: ServerConfig, cluster: ClusterConfig, folder: string): Promise<EtcdReport> {
  const tls = tlsOf(cluster);
  const report = await checkEtcd(cluster.log, tls);
  if (report.faults.length > 0) return report;
  const strange = certificateFault(cluster);
  if (strange !== undefined) return { ...report, faults: [strange] };
  const log = new EtcdLog(cluster.log, tls);
  const claim = await log.claimed();
  const founding = claim && decodeFounding(claim);
  const fault =
    faultOf(founding, claim !== undefined, config, folder) ?? (claim && (await heardFaultOf(log, cluster, folder)));
  if (fault !== undefined) return { ...report, faults: [fault] };
  const { isDamaged, point, rules = founding?.rules } = savedIn(folder);
  if (point && (await log.isRewound(point.position, point.last)))
    return { ...report, faults: [rewoundWords(point.position)] };
  const damaged = isDamaged
    ? [`The database in ${folder} is damaged: the server begins with a copy of another's.`]
    : [];
  const others = rules ? otherRules(config, rules).map((rule) => `${otherRuleWords(rule)}.`) : [];
  const kept = keptIn(folder).map((file) => `${keptWords(file)}.`);
  return { ...report, remarks: [...report.remarks, ...damaged, ...others, ...kept] };
}

/** The state of the cluster that a server has saved; empty if it has run nothing. */
interface SavedState {
  /** The database is damaged: nothing else is known. */
  readonly isDamaged?: true;
  readonly rules?: Rules | undefined;
  /** Where in the log its server was. */
  readonly point?: NodePoint | undefined;
}

/** Reads the saved state in a data folder. */
function savedIn(folder: string): SavedState {
  const database = databaseIn(folder);
  let store: SqliteStore | undefined;
  try {
    if (!existsSync(database) || isOlder(database)) return {};
    store = new SqliteStore(database, "normal", { clock: Date.now, failed: () => {}, recovered: () => {} });
    return { rules: savedRules(store), point: savedNodePoint(store) };
  } catch (error) {
    if (meansDamage(error, database)) return { isDamaged: true };
    throw error;
  } finally {
    store?.abandon();
  }
}

/** The point in the log of the state in a store; `undefined` before the first record. */
function savedNodePoint(store: SqliteStore): NodePoint | undefined {
  return savedPoint(store) as NodePoint | undefined;
}

/** Whether an error at the start means that a database is damaged: what it has cannot be opened, or cannot be read. */
function meansDamage(error: unknown, database: string): boolean {
  return !(error instanceof StoreError) || isDatabaseDamaged(database);
}

/** The fault in the name of a node's certificate; `undefined` if it is the node's. */
function certificateFault(cluster: ClusterConfig): string | undefined {
  const tls = tlsOf(cluster);
  if (!tls) return undefined;
  const certificate = new X509Certificate(tls.cert).toLegacyObject();
  if (nameIn(certificate, [cluster.node]) !== undefined) return undefined;
  const name = [certificate.subject?.CN ?? []].flat().join(", ") || "nobody";
  return `the certificate in tls names ${name}, and not ${cluster.node}: no other server would give it the history`;
}

/** The certificates of a cluster's configuration. Throws `FileError` or `ConfigError`. */
export function tlsOf({ tls }: ClusterConfig): Required<EtcdTls> | undefined {
  if (!tls) return undefined;
  const { cert, key } = readCertificate(tls, "tls of [cluster]");
  const ca = contentOf(tls.ca, "the authority's certificate");
  try {
    new X509Certificate(ca);
  } catch (error) {
    throw new ConfigError(`ca in tls of [cluster]: ${tls.ca} is no certificate in PEM: ${messageOf(error)}`);
  }
  return { ca, cert, key };
}

/** Why this server cannot take part in the cluster that the log belongs to. */
function faultOf(
  founding: Founding | undefined,
  isClaimed: boolean,
  { name }: ServerConfig,
  folder: string,
): string | undefined {
  const own = ownCluster(folder);
  const hasHistory = existsSync(databaseIn(folder));
  if (!isClaimed) return own !== undefined && hasHistory ? lostWords(folder) : undefined;
  if (!founding) return "the log in [cluster] belongs to another version of tcpchat";
  if (founding.server !== name)
    return `the servers of this cluster have name = "${founding.server}" in [server], and here it is "${name}"`;
  if (own === founding.id || !hasHistory) return undefined;
  if (own !== undefined)
    return `the data folder ${folder} belongs to another cluster than the log in [cluster]: give an empty one, or the log of that cluster`;
  return isUnused(databaseIn(folder))
    ? undefined
    : `the data folder ${folder} has a history of its own, and the cluster has begun without it.\nTo take part without that history: move it away. To begin the cluster with it: stop all servers, empty the log with etcdctl del --prefix tcpchat/, and start this one first`;
}

const RECIPE = `see "When etcd's data is lost or old" in docs/cluster.md`;

/** The log is empty, and a server has run on this folder. */
function lostWords(folder: string): string {
  const position = savedIn(folder).point?.position;
  const chat = position === undefined ? "" : `, here up to position ${position}`;
  return `the data folder ${folder} belongs to a cluster, and the log in [cluster] is empty: are these its servers of etcd?\nIf they have lost their data, the chat is in the data folders${chat}: ${RECIPE}`;
}

/** The log has lost what a server has run, up to this position. */
function rewoundWords(position: number): string {
  return `etcd was put back to an older state: its log lacks what this server has had from it, up to position ${position}. It does not run with that, since people would lose what they have seen: ${RECIPE}`;
}

/** Why this server cannot run beside the running servers of the cluster. */
async function heardFaultOf(log: RecordLog, { node }: ClusterConfig, folder: string): Promise<string | undefined> {
  if (isInUse(folder)) return undefined;
  const nodes = await listenToNodes(log, { time: LISTEN, clock: Date.now, sleep: Bun.sleep });
  if (nodes.some(({ heard }) => heard && heard.agreed > SEMANTICS.newest)) return OUTDATED;
  const isThere = nodes.some(({ name, heard }) => name === node && heard);
  return isThere ? `another server runs under the name "${node}": each needs its own node in [cluster]` : undefined;
}

/** Whether a server runs on a data folder. */
function isInUse(folder: string): boolean {
  if (!existsSync(folder)) return false;
  try {
    new DataFolder(folder).close();
    return false;
  } catch (error) {
    if (error instanceof FolderInUse) return true;
    throw error;
  }
}

/** The id of the cluster that a data folder belongs to. */
export function ownCluster(folder: string): string | undefined {
  const file = join(folder, CLUSTER_ID);
  return existsSync(file) ? readFileSync(file, "utf8").trim() : undefined;
}

/** Runs a server of a cluster, and starts its node again when that ends for a reason that a restart can mend. */
class NodeRunner {
  readonly #host: NodeHost;
  readonly #log: RecordLog;
  /** The certificates for the connections to etcd: read again while etcd cannot be used. */
  readonly #tls: Required<EtcdTls> | undefined;
  #isStopped = false;
  /** The database is a copy of another server's, and this one has not served with it yet. */
  #isFresh = false;
  #loggedReason = "";
  /** The kept files of other servers that the log has been told of, each after its server's name. */
  readonly #told = new Set<string>();

  constructor(host: NodeHost) {
    this.#host = host;
    this.#tls = tlsOf(host.cluster);
    this.#log = new EtcdLog(host.cluster.log, this.#tls);
    void host.asked.then(() => {
      this.#isStopped = true;
    });
  }

  /** Joins the cluster and runs nodes, one after the other, until an end that is final. Returns the exit code. */
  async run(): Promise<number> {
    const strange = certificateFault(this.#host.cluster);
    if (strange !== undefined) this.#host.log.tell("certificate-strange", `[cluster]: ${strange}`);
    const founding = await this.#join();
    this.#host.joined();
    const { node } = this.#host.cluster;
    // A new name is announced at once, since only announced nodes get copies. A known name may be that of a running server.
    await this.#retry(async () => {
      if (!(await this.#log.addresses()).has(node)) await this.#announce();
    });
    const isNew = founding?.hasHistory && !existsSync(databaseIn(this.#host.folder));
    if (isNew) await this.#fetchSnapshot();
    while (founding && !this.#isStopped) {
      const outcome = await this.#live(founding);
      if (outcome === "stopped") return DONE;
      // If a copy cannot be used either, it is not the disk's fault.
      if (FINAL.has(outcome) || (outcome === "damaged" && this.#isFresh)) return FAILED;
      await Promise.race([Bun.sleep(RETRY), this.#host.asked]);
      if (outcome !== "buried")
        await this.#fetchSnapshot(KEEPING.has(outcome) ? `.${outcome}-${Date.now()}` : undefined);
    }
    return DONE;
  }

  async #announce(): Promise<void> {
    const { node, listen } = this.#host.cluster;
    await this.#log.announce(node, listen ?? "");
  }

  /**
   * Replaces the database by a copy from another node, the first that gives one. With `ending`, the replaced database is
   * kept, with that ending added to its name.
   */
  async #fetchSnapshot(ending?: string): Promise<void> {
    const { cluster, folder, log } = this.#host;
    const tls = tlsOf(cluster);
    if (!tls) throw new ConfigError("this server needs the history of another one: set tls and listen in [cluster]");
    const database = databaseIn(folder);
    const fresh = `${database}.fresh`;
    await this.#retry(async () => {
      const addresses = await this.#log.addresses();
      const others = [...addresses].filter(([node]) => node !== cluster.node);
      const peers = others.flatMap(([node, address]) => {
        const place = listenAddressOf(address);
        return place && "hostname" in place ? [{ node, host: place.hostname, port: place.port }] : [];
      });
      rmSync(fresh, { force: true });
      const from = await fetchSnapshot(peers, tls, fresh).catch((error: unknown) => {
        if (error instanceof PeerBusy) throw error;
        throw new Error(`no other server gives its history: ${messageOf(error)}`);
      });
      const kept = ending && database + ending;
      takeOver(fresh, database, kept);
      this.#isFresh = true;
      const words = `The history is now that of the server ${from.node}`;
      log.tell("snapshot-taken", kept ? `${words}; what was here is kept in ${kept}` : words, {
        from: from.node,
        kept,
      });
    });
  }

  /**
   * Finds the cluster of the log, or founds it, and writes its keys into the data folder. `undefined` if the server is
   * stopped meanwhile.
   */
  async #join(): Promise<Founding | undefined> {
    const { config, folder } = this.#host;
    const claim = (await this.#retry(() => this.#log.claimed())) ?? (await this.#claim());
    if (!claim) return undefined;
    const founding = decodeFounding(claim);
    const fault = faultOf(founding, true, config, folder);
    if (fault !== undefined || !founding) throw new ConfigError(fault);
    // The database that this folder may have is unused: a package starts its server before it has a configuration.
    if (ownCluster(folder) !== founding.id) removeDatabase(databaseIn(folder));
    for (const name of KEY_FILES) {
      const key = founding.keys[name];
      if (key !== undefined) keepFile(join(folder, name), Buffer.from(key, "base64"));
    }
    keepFile(join(folder, CLUSTER_ID), Buffer.from(`${founding.id}\n`));
    return founding;
  }

  /** Claims the log for a new cluster, with the history of this server, if it has one. Returns the claim that holds. */
  async #claim(): Promise<Claim | undefined> {
    const { config, cluster, folder, open, makeKeys } = this.#host;
    if (this.#isStopped) return undefined;
    const old = await oldServers(cluster.log, tlsOf(cluster));
    const fault = old.length > 0 ? old.join("\n") : faultOf(undefined, false, config, folder);
    if (fault !== undefined) throw new ConfigError(fault);
    const hasHistory = existsSync(databaseIn(folder));
    const id = randomBytes(16).toString("hex");
    // Written first: after a crash before the claim, the folder counts as one without a cluster.
    writeAtomically(join(folder, CLUSTER_ID), Buffer.from(`${id}\n`));
    await makeKeys();
    const store = open();
    const start = startingPoint(store.claim(0), Math.max(Date.now(), store.lastTime), SEMANTICS.newest);
    const msgids = store.node;
    store.commit();
    store.close();
    const founding = {
      id,
      server: config.name,
      msgids,
      keys: keysIn(folder),
      rules: rulesOf(config),
      start,
      hasHistory,
    };
    const claim = await this.#retry(() => this.#log.claim(encodeFounding(founding)));
    const isOurs = claim && decodeFounding(claim)?.id === id;
    // Another server was quicker.
    if (claim && !isOurs) rmSync(join(folder, CLUSTER_ID));
    return claim;
  }

  /** Tells once what another server has kept. */
  #tellKept(node: string, files: readonly string[]): void {
    for (const file of files) {
      if (this.#told.has(`${node} ${file}`)) continue;
      this.#told.add(`${node} ${file}`);
      this.#host.log.tell("state-kept", keptWords(file, `The server ${node}`), { file, node });
    }
  }

  /** Opens the store, and makes a node with it. Calls `end` when the node has ended, or if it cannot be made. */
  #begin({ msgids, rules, start }: Founding, end: (why: NodeEnd) => void) {
    const { cluster, folder, log, steady, open } = this.#host;
    const ended = (cause: NodeEnd, error?: unknown): void => {
      const why = cause === "store" && isDatabaseDamaged(databaseIn(folder)) ? "damaged" : cause;
      log.tell("node-ended", why === "rewound" ? `The server ends: ${rewoundWords(reached())}` : ENDINGS[why], { why });
      if (error !== undefined) log.bug(error instanceof Error ? error : new Error(String(error)), undefined);
      end(why);
    };
    let store: SqliteStore | undefined;
    const reached = () => (store && savedNodePoint(store)?.position) ?? start.position;
    try {
      store = open(msgids);
      const from = savedNodePoint(store) ?? start;
      if ((from.nodes.agreed ?? FIRST) > SEMANTICS.newest) {
        store.close();
        ended("outdated");
        return undefined;
      }
      const node = new ClusterNode({
        log: this.#log,
        name: cluster.node,
        store,
        rules,
        start: from,
        clock: Date.now,
        steady,
        differed: (name) => log.tell("node-differs", differingWords(name), { node: name }),
        ahead: (time) => log.tell("clock-doubted", aheadWords(time), { ahead: time }),
        kept: (other, files) => this.#tellKept(other, files),
        skipped: (entry) => log.tell("record-skipped", skippedWords(entry), fieldsOf(entry)),
        unknown: (entry, version) =>
          log.tell("record-unknown", unknownWords(entry, version), { ...fieldsOf(entry), version }),
        reaches: (others) => this.#logReach(others),
        ended,
      });
      return { store, node };
    } catch (error) {
      store?.abandon();
      if (!meansDamage(error, databaseIn(folder))) throw error;
      ended("damaged", error instanceof StoreError ? undefined : error);
      return undefined;
    }
  }

  /** Runs one incarnation of the node. */
  async #live(founding: Founding): Promise<NodeOutcome> {
    const { folder, log, serve, asked } = this.#host;
    const { promise: over, resolve: end } = Promise.withResolvers<NodeOutcome>();
    void asked.then(() => end("stopped"));
    const begun = this.#begin(founding, end);
    if (!begun) return over;
    const { store, node } = begun;
    node.order.kept = keptIn(folder);
    for (const file of node.order.kept) log.tell("state-kept", keptWords(file), { file });
    const early = await Promise.race([node.start().then(() => undefined), over]);
    const running = early === undefined ? await serve(store, node) : undefined;
    if (running) this.#isFresh = false;
    else end("not-served");
    const snapshots = running && (await this.#serveSnapshots(store));
    if (running) void this.#retry(() => this.#announce());
    const outcome = early ?? (await over);
    snapshots?.close();
    if (running) await running.stop(outcome === "stopped" ? STOPPING : MOVING);
    else await node.leave();
    if (outcome === "store" || outcome === "damaged") store.abandon();
    else store.close();
    return outcome;
  }

  /** Gives the other nodes copies of the database. A failure is logged, and the chat continues. */
  async #serveSnapshots(store: SqliteStore): Promise<SnapshotServer | undefined> {
    const { cluster, folder, log } = this.#host;
    const tls = tlsOf(cluster);
    const place = listenAddressOf(cluster.listen ?? "");
    if (!tls || !place || !("hostname" in place)) return undefined;
    const refused = (reason: string) =>
      log.tell("snapshot-refused", `No copy of the history was given: ${reason}`, { reason });
    try {
      return await serveSnapshots({
        host: place.hostname,
        port: place.port,
        tls,
        nodes: async () => (await this.#log.addresses()).keys(),
        copy: (file) => store.copy(file),
        file: `${databaseIn(folder)}.snapshot`,
        refused,
      });
    } catch (error) {
      refused(`${cluster.listen} cannot be listened on: ${messageOf(error)}`);
      return undefined;
    }
  }

  /** Repeats `ask` until it succeeds; `undefined` if the server is stopped meanwhile. */
  async #retry<T>(ask: () => Promise<T>): Promise<T | undefined> {
    while (!this.#isStopped) {
      try {
        return await ask();
      } catch (error) {
        if (error instanceof PeerBusy) this.#host.log.tell("copy-awaited", `Waiting for a copy: ${error.message}`);
        else await this.#logWaiting(error);
        await Promise.race([Bun.sleep(RETRY), this.#host.asked]);
      }
    }
    return undefined;
  }

  /** Logs that the log does not answer, and why, or that it answers again. */
  #logReach(others: boolean): void {
    const { log } = this.#host;
    if (others) log.tell("cluster-reached", REACHED);
    else log.tell("cluster-lost", LOST);
    this.#loggedReason = "";
    if (!others) void this.#logWaiting();
  }

  /** Reads the certificates again, which may have been renewed. Returns why that cannot be. */
  #rereadTls(): readonly string[] {
    try {
      Object.assign(this.#tls ?? {}, tlsOf(this.#host.cluster));
      return [];
    } catch (error) {
      return [messageOf(error)];
    }
  }

  /** Logs why the server waits, unless that was the last reason logged or none is known. */
  async #logWaiting(error?: unknown): Promise<void> {
    const { cluster, log } = this.#host;
    const unreadable = this.#rereadTls();
    const { faults } = await checkEtcd(cluster.log, this.#tls);
    const why = [...unreadable, ...faults].join("; ") || (error === undefined ? this.#loggedReason : messageOf(error));
    if (why !== this.#loggedReason) log.tell("cluster-awaited", `Waiting for the cluster: ${why}`, { why });
    this.#loggedReason = why;
  }
}

/** The outcomes after which the database is kept, with the outcome and the time in milliseconds in its name. */
const KEEPING: ReadonlySet<NodeOutcome> = new Set(["differs", "damaged"]);

/** The databases of a data folder that were kept when the server restarted with a copy of another server's. */
function keptIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  const kept = readdirSync(folder).filter((file) => /\.(?:differs|damaged)-\d+$/.test(file));
  return kept.map((file) => join(folder, file)).sort();
}

/** The sentence about a database that was kept, told until the operator removes it. */
export function keptWords(file: string, who = "This server"): string {
  if (/\.damaged-\d+$/.test(file))
    return `${who} once found its database damaged, and has kept it in ${file}: check the disk, and remove that file`;
  return `${who} once had a different state than the others, and has kept it in ${file}: remove that file if the others were right; otherwise see "When the servers differ" in docs/cluster.md`;
}

function aheadWords(ahead: number): string {
  const length = lengthOf(ahead);
  return `The chat's time is ${length} ahead of this server's clock: if the clocks of most servers were wrong, it stands still until they have come so far, and what has a time to end waits for that`;
}

/** Where an operator finds a record with etcd's own program. */
function fieldsOf({ id, position }: LoggedRecord): { readonly key: string; readonly revision: number } {
  return { key: recordKey(id), revision: position };
}

function skippedWords(entry: LoggedRecord): string {
  const { key, revision } = fieldsOf(entry);
  return `The log of the cluster has an entry that no server has written, and all skip it: ${key} in etcd, revision ${revision}`;
}

function unknownWords(entry: LoggedRecord, version: number): string {
  const { key, revision } = fieldsOf(entry);
  return `The log of the cluster has a record of version ${version}, and this tcpchat knows ${SEMANTICS.newest} at most: install the tcpchat of the other servers here. If none of them knows ${version}, somebody has written that record: stop all servers, take it out with etcdctl del ${key} and etcdctl compaction ${revision + 1}, and start them`;
}

function differingWords(name: string): string {
  return `The state of the server ${name} differs from that of this one: the server in the minority restarts with a copy of the others' state; see "When the servers differ" in docs/cluster.md`;
}

/** The outcomes after which starting again would not help. */
const FINAL: ReadonlySet<NodeOutcome> = new Set(["not-served", "name", "outdated", "store", "rewound"]);

const STOPPING = "The server is stopping";
const MOVING = "The server restarts; please reconnect";

const OUTDATED =
  "the servers of this cluster have agreed on a newer version of it than this tcpchat knows: install their version here";
const LOST = "This server cannot write to a majority of etcd: it accepts no messages, and soon disconnects its clients";
const REACHED = "This server can write to a majority of etcd again";

const ENDINGS: Readonly<Record<Exclude<NodeEnd, "rewound">, string>> = {
  name: "Another server of this cluster has the same name: each needs its own node in [cluster]",
  buried: "The other servers have not heard this one and count it as dead: it restarts",
  differs: "The state of this server differs from that of the others: it restarts with a copy of theirs",
  outdated: `The server ends: ${OUTDATED}`,
  trimmed:
    "This server was away for so long that the log no longer has all records that it missed: it restarts with a copy of another server's history",
  store: "The records of the cluster cannot be stored here: the server ends",
  damaged: "The database of this server is damaged: it restarts with a copy of another server's",
};

/** The key files that a data folder has, in base64. */
function keysIn(folder: string): Readonly<Record<string, string>> {
  const names = KEY_FILES.filter((name) => existsSync(join(folder, name)));
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name)).toString("base64")]));
}

/** Writes a file unless it is there with this content. */
function keepFile(file: string, content: Uint8Array): void {
  if (!existsSync(file) || !readFileSync(file).equals(content)) writeAtomically(file, content);
}
