/** What can be seen of a server that runs. */
export interface Watched {
  readonly version: string;
  readonly metrics: Metrics;
  /** Milliseconds since 1970. */
  readonly started: number;
  readonly now: number;
  /** How many connections are open, by the face they have. */
  readonly faces: ReadonlyMap<string, number>;
  readonly members: number;
  readonly rooms: number;
  /** Bytes that peers have left unread, of all and of the slowest. */
  readonly unsent: { readonly all: number; readonly most: number };
  /** Whether what is said can be stored. */
  readonly isStoring: boolean;
  /** Bytes of memory that the process has. */
  readonly memory: number;
}

/** One number; several by the value of a label; or a histogram. */
type Reading = number | Iterable<readonly [label: string, value: number]> | Histogram;

/** Everything that is true of a metric. */
interface Metric {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  /** What the several numbers differ by. */
  readonly label?: string;
  readonly read: (server: Watched) => Reading;
}

/** Every metric, a row each. */
export const METRICS: readonly Metric[] = [
  {
    name: "tcpchat_build_info",
    type: "gauge",
    help: "Always 1; which version this is.",
    label: "version",
    read: ({ version }) => [[version, 1]],
  },
  {
    name: "tcpchat_start_time_seconds",
    type: "gauge",
    help: "When the server started, since 1970.",
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
    help: "Memory that the process has.",
    read: ({ memory }) => memory,
  },
  {
    name: "tcpchat_storing",
    type: "gauge",
    help: "1 while what is said can be stored, else 0.",
    read: ({ isStoring }) => Number(isStoring),
  },
  {
    name: "tcpchat_connections",
    type: "gauge",
    help: "Open connections, by how the peer speaks.",
    label: "face",
    read: ({ faces }) => faces,
  },
  {
    name: "tcpchat_connections_total",
    type: "counter",
    help: "Connections that were accepted.",
    read: ({ metrics }) => metrics.connections,
  },
  {
    name: "tcpchat_connections_closed_total",
    type: "counter",
    help: "Connections that have ended, by how the peer spoke.",
    label: "face",
    read: ({ metrics }) => metrics.closed,
  },
  { name: "tcpchat_members", type: "gauge", help: "People in the chat.", read: ({ members }) => members },
  { name: "tcpchat_rooms", type: "gauge", help: "Rooms that are open.", read: ({ rooms }) => rooms },
  {
    name: "tcpchat_messages_total",
    type: "counter",
    help: "Messages that were said, in rooms and between two.",
    read: ({ metrics }) => metrics.events.get("said"),
  },
  {
    name: "tcpchat_events_total",
    type: "counter",
    help: "What happened in the chat, by type.",
    label: "type",
    read: ({ metrics }) => metrics.events,
  },
  {
    name: "tcpchat_deliveries_total",
    type: "counter",
    help: "Events and replies, once for each peer that is sent them.",
    read: ({ metrics }) => metrics.deliveries,
  },
  {
    name: "tcpchat_received_bytes_total",
    type: "counter",
    help: "Bytes that peers have sent.",
    read: ({ metrics }) => metrics.bytesIn,
  },
  {
    name: "tcpchat_sent_bytes_total",
    type: "counter",
    help: "Bytes that the network has taken for peers.",
    read: ({ metrics }) => metrics.bytesOut,
  },
  {
    name: "tcpchat_queue_bytes",
    type: "gauge",
    help: "Bytes that wait for peers to read them.",
    read: ({ unsent }) => unsent.all,
  },
  {
    name: "tcpchat_queue_longest_bytes",
    type: "gauge",
    help: "Bytes that wait for the slowest peer.",
    read: ({ unsent }) => unsent.most,
  },
  {
    name: "tcpchat_refusals_total",
    type: "counter",
    help: "What was refused, by reason: acts by the chat, and connections by a limit.",
    label: "reason",
    read: ({ metrics }) => metrics.refusals,
  },
  {
    name: "tcpchat_logins_total",
    type: "counter",
    help: "Attempts to log in to an account, by what came of them.",
    label: "result",
    read: ({ metrics }) => ["ok", "failed"].map((result) => [result, metrics.logins.get(result)]),
  },
  {
    name: "tcpchat_bugs_total",
    type: "counter",
    help: "Exceptions that nobody expected; each has cost a connection at most.",
    read: ({ metrics }) => metrics.bugs,
  },
  {
    name: "tcpchat_turn_seconds",
    type: "histogram",
    help: "Turns of the event loop, from their first input to their last write.",
    read: ({ metrics }) => metrics.ticks,
  },
  {
    name: "tcpchat_commit_seconds",
    type: "histogram",
    help: "What the store took at the end of a turn in which something happened.",
    read: ({ metrics }) => metrics.commits,
  },
];

/** All metrics, as Prometheus reads them (its text format, 0.0.4). */
export function renderMetrics(server: Watched): string {
  return METRICS.map((metric) => {
    const lines = samples(metric, metric.read(server)).map(([name, value]) => `${name} ${value}\n`);
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

/** Upper bounds of durations in seconds: from what nobody notices to what everybody does. */
export const DURATIONS: readonly number[] = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5,
];

/** Counts values by size. Counting one costs a few comparisons and keeps nothing. */
export class Histogram {
  readonly bounds: readonly number[];
  /** How many values were at most as large as each bound, and larger than the one before; last, those above all. */
  readonly #counts: Float64Array;
  #sum = 0;

  /** `bounds` rise. */
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

  /** How many values were at most as large as each bound. */
  upTo(): readonly number[] {
    let sum = 0;
    return this.bounds.map((_, at) => {
      sum += this.#counts[at] ?? 0;
      return sum;
    });
  }
}

/** Numbers by a name. */
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
 * What a server has counted since its start. Whoever does the work adds to it; nothing is counted by looking at each
 * recipient: a message for a thousand peers is one addition.
 */
export class Metrics {
  /** Connections that were accepted, and those that were closed, by the face they had in the end. */
  connections = 0;
  readonly closed = new Counters();
  bytesIn = 0;
  bytesOut = 0;
  /** What was laid down for a peer: an event or a reply, once for each that gets it. */
  deliveries = 0;
  /** What happened in the chat, by type. */
  readonly events = new Counters();
  /** What was refused, by reason. */
  readonly refusals = new Counters();
  readonly logins = new Counters();
  /** Exceptions that nobody expected. */
  bugs = 0;
  /** From a turn's first input to its last write, in seconds. */
  readonly ticks = new Histogram();
  /** What the store took at the end of turns in which something happened, in seconds. */
  readonly commits = new Histogram();
}
