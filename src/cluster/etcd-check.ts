import { EtcdError, EtcdServer, type EtcdTls, SILENT } from "./etcd-server.ts";

/** The oldest version that works: its watches lose nothing, and its log survives a crash. */
const OLDEST = [3, 5, 3] as const;

const PATIENCE = 3000; // ms

/** The faults of the etcd servers, a sentence each. */
export interface EtcdReport {
  /** A cluster cannot use them. */
  readonly faults: readonly string[];
  /** A cluster can use them, but something should be mended. */
  readonly remarks: readonly string[];
}

interface Answer {
  readonly header?: { readonly cluster_id?: string };
  readonly alarms?: readonly { readonly alarm?: string }[];
}

/** Looks whether the servers of etcd are there, are new enough, belong together and have a majority. */
export async function checkEtcd(
  urls: readonly string[],
  tls?: EtcdTls,
  patience: number = PATIENCE,
): Promise<EtcdReport> {
  const over = new AbortController();
  const late = setTimeout(() => over.abort(), patience);
  try {
    return await report(
      urls.map((url) => new EtcdServer(url, tls)),
      over.signal,
    );
  } finally {
    clearTimeout(late);
    over.abort();
  }
}

/** The servers of etcd that are too old, a sentence each; those that do not answer are not among them. */
export async function oldServers(urls: readonly string[], tls?: EtcdTls): Promise<readonly string[]> {
  const signal = AbortSignal.timeout(PATIENCE);
  const faults = urls.map((url) => oldFault(new EtcdServer(url, tls), signal).catch(() => undefined));
  return (await Promise.all(faults)).filter((fault) => fault !== undefined);
}

async function oldFault(server: EtcdServer, signal: AbortSignal): Promise<string | undefined> {
  const version = await server.version(signal);
  return isOld(version)
    ? `${server.url} is etcd ${version}, and ${OLDEST.join(".")} is the oldest that works`
    : undefined;
}

async function report(servers: readonly EtcdServer[], signal: AbortSignal): Promise<EtcdReport> {
  const looks = await Promise.all(servers.map((server) => look(server, signal)));
  const found = looks.filter((each) => "cluster" in each);
  const absent = looks.flatMap((each) => ("absent" in each ? [each.absent] : []));
  const faults = looks.flatMap((each) => ("fault" in each ? [each.fault] : []));
  const [first] = found;
  const stranger = found.find(({ cluster }) => cluster !== first?.cluster);
  if (first && stranger)
    faults.push(`${first.url} and ${stranger.url} are of two different clusters of etcd: begin both with empty data`);
  const hasMajority = found.some(({ hasMajority }) => hasMajority);
  const alarms = new Set(found.flatMap((each) => each.alarms));
  faults.push(...[...alarms].map((alarm) => ALARMS[alarm] ?? `etcd writes nothing: it has the alarm ${alarm}`));
  if (faults.length > 0) return { faults: [...faults, ...absent], remarks: [] };
  if (hasMajority) return { faults: [], remarks: absent };
  const why = `etcd has no majority: ${found.length} of ${servers.length} servers answer`;
  return { faults: [why, ...absent, ...(absent.some((each) => each.endsWith(SILENT)) ? [LONELY] : [])], remarks: [] };
}

const LONELY =
  "an etcd that does not find the others listens, and answers nobody: with ETCD_LOG_LEVEL=warn its log says why";

const ALARMS: Readonly<Record<string, string>> = {
  NOSPACE:
    "etcd writes nothing: its database is full (alarm NOSPACE). This would work: etcdctl defrag --cluster, and then etcdctl alarm disarm",
};

interface Found {
  readonly url: string;
  /** The id of its cluster of etcd. */
  readonly cluster: string | undefined;
  /** It answers a read for which a majority is needed. */
  readonly hasMajority: boolean;
  /** The alarms that keep it from writing. */
  readonly alarms: readonly string[];
}

/** A server that can be used, or why it cannot, or why it does not answer now. */
type Look = Found | { readonly fault: string } | { readonly absent: string };

async function look(server: EtcdServer, signal: AbortSignal): Promise<Look> {
  try {
    const fault = await oldFault(server, signal);
    if (fault !== undefined) return { fault };
    const request = { key: Buffer.from("tcpchat/").toString("base64"), limit: "1" };
    const { header } = (await server.call("kv/range", { ...request, serializable: true }, signal)) as Answer;
    const cluster = header?.cluster_id;
    const majority = await Promise.allSettled([server.call("kv/range", request, signal)]);
    if (!majority.every(({ status }) => status === "fulfilled"))
      return { url: server.url, cluster, hasMajority: false, alarms: [] };
    const answer = (await server.call("maintenance/alarm", { action: "GET" }, signal)) as Answer;
    const alarms = (answer.alarms ?? []).map(({ alarm }) => alarm ?? "");
    return { url: server.url, cluster, hasMajority: true, alarms };
  } catch (error) {
    if (!(error instanceof EtcdError)) throw error;
    return isAway(error, server.url) ? { absent: error.message } : { fault: error.message };
  }
}

/** The server may come back as it is: a certificate or an address does not mend itself. */
function isAway({ code }: EtcdError, url: string): boolean {
  // One that is stopped closes what it has accepted; without TLS, that may be the wrong protocol.
  if (code === "ECONNRESET") return url.startsWith("https:");
  return ["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "ETIMEDOUT"].includes(String(code));
}

function isOld(version: string): boolean {
  const numbers = version.split(/[.-]/).map(Number);
  for (const [index, least] of OLDEST.entries()) {
    const number = numbers[index] ?? 0;
    if (number !== least) return number < least;
  }
  return false;
}
