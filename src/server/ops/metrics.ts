/** A snapshot of a running server. */
export interface ServerSnapshot {
  readonly version: string;
  readonly metrics: Metrics;
  /** Milliseconds since 1970. */
  readonly started: number;
  readonly now: number;
  /** Open connections, by how the peer speaks. */
  readonly protocols: ReadonlyMap<string, number>;
  readonly members: number;
  readonly rooms: number;
  /** Unsent bytes of all peers, and of the slowest. */
  readonly unsent: { readonly all: number; readonly most: number };
  /** Whether messages can be stored. */
  readonly isStoring: boolean;
  /** The process's resident memory in bytes. */
  readonly memory: number;
  /** `undefined` if it is on its own. */
  readonly cluster: ClusterSnapshot | undefined;
}

/** A server's view of its cluster. */
interface ClusterSnapshot {
  /** The position in the log up to which it has run. */
  readonly position: number;
  /** The semantics that its nodes have agreed on. */
  readonly version: number;
  /** The other nodes cannot be reached. */
  readonly isDark: boolean;
  /** For each living node by its name, the position up to which it has said to have everything on its disk. */
  readonly stored: Iterable<readonly [node: string, position: number]>;
}

/** A metric's value: one number, several by label, or a histogram. */
type Reading = number | Iterable<readonly [label: string, value: number]> | Histogram;

/** A metric of the `/metrics` page. */
interface Metric {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  /** The label by which several values differ. */
  readonly label?: string;
  /** `undefined` leaves the metric out. */
  readonly read: (server: ServerSnapshot) => Reading | undefined;
}

/** All metrics. */
export const METRICS: readonly Metric[] = [
  {
    name: "tcpchat_build_info",
    type: "gauge",
    help: "Always 1; the label has the version.",
    label: "version",
    read: ({ version }) => [[version, 1]],
  },
  {
    name: "tcpchat_start_time_seconds",
    type: "gauge",
    help: "When the server started, in seconds since 1970.",
    read: ({ started }) => started / 1000,
  },
  {
    name: "tcpchat_uptime_seconds",
    type: "gauge",
    help: "For how long the server has been running.",
    read: ({ started, now }) => (now - started) / 1000,
  },
  {
    name: "tcpchat_resident_memory_bytes",
    type: "gauge",
    help: "Resident memory of the process.",
    read: ({ memory }) => memory,
  },
  {
    name: "tcpchat_storing",
    type: "gauge",
    help: "1 while messages can be stored, else 0.",
    read: ({ isStoring }) => Number(isStoring),
  },
  {
    name: "tcpchat_cluster_dark",
    type: "gauge",
    help: "1 while the other servers of the cluster cannot be reached, else 0; only in a cluster.",
    read: ({ cluster }) => cluster && Number(cluster.isDark),
  },
  {
    name: "tcpchat_cluster_position",
    type: "gauge",
    help: "The position in the cluster's log up to which this server has run; only in a cluster.",
    read: ({ cluster }) => cluster?.position,
  },
  {
    name: "tcpchat_cluster_stored_position",
    type: "gauge",
    help: "The position up to which each living server of the cluster has everything on its disk, as this one knows; only in a cluster.",
    label: "node",
    read: ({ cluster }) => cluster?.stored,
  },
  {
    name: "tcpchat_cluster_version",
    type: "gauge",
    help: "The version that the servers of the cluster have agreed on; only in a cluster.",
    read: ({ cluster }) => cluster?.version,
  },
  {
    name: "tcpchat_connections",
    type: "gauge",
    help: "Open connections, by how the peer speaks.",
    label: "face",
    read: ({ protocols }) => protocols,
  },
  {
    name: "tcpchat_connections_total",
    type: "counter",
    help: "Accepted connections.",
    read: ({ metrics }) => metrics.connections,
  },
  {
    name: "tcpchat_connections_closed_total",
    type: "counter",
    help: "Closed connections, by how the peer spoke.",
    label: "face",
    read: ({ metrics }) => metrics.closed,
  },
  { name: "tcpchat_members", type: "gauge", help: "Members of the chat.", read: ({ members }) => members },
  { name: "tcpchat_rooms", type: "gauge", help: "Open rooms.", read: ({ rooms }) => rooms },
  {
    name: "tcpchat_messages_total",
    type: "counter",
    help: "Messages, in rooms and private.",
    read: ({ metrics }) => metrics.events.get("said"),
  },
  {
    name: "tcpchat_events_total",
    type: "counter",
    help: "Events of the chat, by type.",
    label: "type",
    read: ({ metrics }) => metrics.events,
  },
  {
    name: "tcpchat_deliveries_total",
    type: "counter",
    help: "Events and replies sent, counted once per recipient.",
    read: ({ metrics }) => metrics.deliveries,
  },
  {
    name: "tcpchat_received_bytes_total",
    type: "counter",
    help: "Bytes received from peers.",
    read: ({ metrics }) => metrics.bytesIn,
  },
  {
    name: "tcpchat_sent_bytes_total",
    type: "counter",
    help: "Bytes sent to peers.",
    read: ({ metrics }) => metrics.bytesOut,
  },
  {
    name: "tcpchat_queue_bytes",
    type: "gauge",
    help: "Bytes queued for peers that have not read them yet.",
    read: ({ unsent }) => unsent.all,
  },
  {
    name: "tcpchat_queue_longest_bytes",
    type: "gauge",
    help: "Bytes queued for the slowest peer.",
    read: ({ unsent }) => unsent.most,
  },
  {
    name: "tcpchat_refusals_total",
    type: "counter",
    help: "Refused acts and connections, by reason.",
    label: "reason",
    read: ({ metrics }) => metrics.refusals,
  },
  {
    name: "tcpchat_pushes_total",
    type: "counter",
    help: "Web Push notifications, by result.",
    label: "result",
    read: ({ metrics }) => metrics.pushes,
  },
  {
    name: "tcpchat_hook_posts_total",
    type: "counter",
    help: "Messages of outgoing webhooks, by result.",
    label: "result",
    read: ({ metrics }) => metrics.hookPosts,
  },
  {
    name: "tcpchat_logins_total",
    type: "counter",
    help: "Attempts to log in to an account, by result.",
    label: "result",
    read: ({ metrics }) => ["ok", "failed"].map((result) => [result, metrics.logins.get(result)]),
  },
  {
    name: "tcpchat_bugs_total",
    type: "counter",
    help: "Unexpected exceptions; each has cost one connection at most.",
    read: ({ metrics }) => metrics.bugs,
  },
  {
    name: "tcpchat_turn_seconds",
    type: "histogram",
    help: "Duration of a tick of the event loop, from its first input to its last write.",
    read: ({ metrics }) => metrics.ticks,
  },
  {
    name: "tcpchat_commit_seconds",
    type: "histogram",
    help: "Duration of the store's commit, in ticks with events.",
    read: ({ metrics }) => metrics.commits,
  },
];

/** Formats all metrics in Prometheus's text format, 0.0.4. */
export function renderMetrics(server: ServerSnapshot): string {
  return METRICS.map((metric) => {
    const reading = metric.read(server);
    if (reading === undefined) return "";
    const lines = samples(metric, reading).map(([name, value]) => `${name} ${value}\n`);
    return `# HELP ${metric.name} ${metric.help}\n# TYPE ${metric.name} ${metric.type}\n${lines.join("")}`;
  }).join("");
}

function samples({ name, label }: Metric, reading: Reading): readonly (readonly [name: string, value: number])[] {
  if (typeof reading === "number") return [[name, reading]];
  if (!(reading instanceof Histogram)) {
    return [...reading].map(([value, count]) => [`${name}{${label}="${quoted(value)}"}`, count]);
  }
  const { bounds, count, sum } = reading;
  const buckets = reading.upTo().map((upTo, at): [string, number] => [`${name}_bucket{le="${bounds[at]}"}`, upTo]);
  return [...buckets, [`${name}_bucket{le="+Inf"}`, count], [`${name}_sum`, sum], [`${name}_count`, count]];
}

function quoted(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

/** Upper bounds of durations in seconds: from unnoticeable to obvious. */
export const DURATIONS: readonly number[] = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5,
];

/** A histogram: counts values by size. Adding one costs a few comparisons and allocates nothing. */
export class Histogram {
  readonly bounds: readonly number[];
  /** Values up to each bound and above the previous one; last, values above all bounds. */
  readonly #counts: Float64Array;
  #sum = 0;

  /** `bounds` are in rising order. */
  constructor(bounds: readonly number[] = DURATIONS) {
    this.bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  get sum(): number {
    return this.#sum;
  }

  get count(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }

  add(value: number): void {
    let at = 0;
    while (at < this.bounds.length && value > (this.bounds[at] ?? 0)) at++;
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#sum += value;
  }

  /** For each bound, the number of values up to it. */
  upTo(): readonly number[] {
    let sum = 0;
    return this.bounds.map((_, at) => {
      sum += this.#counts[at] ?? 0;
      return sum;
    });
  }
}

/** Counters by name. */
export class Counters {
  readonly #counts = new Map<string, number>();

  add(name: string, count = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + count);
  }

  get(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  [Symbol.iterator](): Iterator<readonly [name: string, count: number]> {
    return this.#counts[Symbol.iterator]();
  }
}

/**
 * A server's counters since its start. The code that does the work increments them, and never once per recipient: a
 * message for a thousand peers is one addition.
 */
export class Metrics {
  /** Accepted connections; and closed ones, by how the peer spoke at the end. */
  connections = 0;
  readonly closed = new Counters();
  bytesIn = 0;
  bytesOut = 0;
  /** Events and replies queued, counted once per recipient. */
  deliveries = 0;
  /** Events of the chat, by type. */
  readonly events = new Counters();
  /** Refusals, by reason. */
  readonly refusals = new Counters();
  readonly logins = new Counters();
  /** Web Push notifications, by `PushResult`. */
  readonly pushes = new Counters();
  /** Messages of outgoing webhooks, by `HookResult`. */
  readonly hookPosts = new Counters();
  /** Unexpected exceptions. */
  bugs = 0;
  /** Seconds from a tick's first input to its last write. */
  readonly ticks = new Histogram();
  /** Seconds of the store's commit, in ticks with events. */
  readonly commits = new Histogram();
}
