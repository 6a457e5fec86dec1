import { EtcdError, EtcdServer, type EtcdTls } from "./etcd-server.ts";
import type { Claim, LogFollower, LoggedRecord, RecordLog, RecordMark } from "./log.ts";

/** Times of an `EtcdLog`, in milliseconds. */
export interface EtcdTimes {
  /** After this time without an answer, a request is also sent to the next server (a hedged request). */
  readonly hedge: number;
  /** After this time without an answer from any server, a request fails. */
  readonly deadline: number;
  /** After this time without data, a watch moves to the next server. */
  readonly silence: number;
  /** A watch moves to the next server if it lacks a record for this time after a majority has acknowledged the record. */
  readonly lag: number;
  /** Between two attempts to watch. */
  readonly pause: number;
}

// An etcd leader is elected in 1 to 3 s, and the nodes of a cluster publish at least once a second.
const TIMES: EtcdTimes = { hedge: 500, deadline: 2000, silence: 2500, lag: 1000, pause: 100 };

const ACTS = "tcpchat/acts/";
const CLAIM = "tcpchat/cluster";
const NODES = "tcpchat/nodes/";

// `tcpchat/trimmed/POSITION`: the last entry that was deleted. etcd also compacts its revisions automatically, which
// deletes no entry.
const TRIMMED = "tcpchat/trimmed/";

const POSITION_DIGITS = 16; // up to Number.MAX_SAFE_INTEGER
const PAGE = 200; // entries read at once from the past; at most 100 MB
const DELETES = 100; // in a transaction: etcd allows 128 operations
const OUT_OF_RANGE = 11; // gRPC's status: compacted already

/** etcd's answer to a range request. */
interface RangeAnswer {
  readonly header: { readonly revision: string };
  readonly kvs?: readonly KeyValue[];
  readonly more?: boolean;
}

interface KeyValue {
  readonly key: string;
  readonly value?: string;
  readonly mod_revision: string;
}

interface TxnAnswer {
  readonly header: { readonly revision: string };
  readonly succeeded?: boolean;
  readonly responses?: readonly { readonly response_range?: Omit<RangeAnswer, "header"> }[];
}

interface WatchAnswer {
  readonly result?: {
    readonly canceled?: boolean;
    readonly compact_revision?: string;
    readonly cancel_reason?: string;
    readonly events?: readonly { readonly kv: KeyValue }[];
  };
}

/**
 * The log of a cluster in etcd: each record has its own key, which is written only once; its position is the revision
 * that wrote it.
 *
 * Requests go first to the first server in the list, so a node should name the one on its own machine first. If that is
 * slow, the next one is asked too, and preferred once it answers first: a dead server costs `hedge` once.
 */
export class EtcdLog implements RecordLog {
  readonly #servers: readonly EtcdServer[];
  readonly #times: EtcdTimes;
  readonly #followings = new Set<Following>();
  /** The index of the server that answered last. */
  #preferred = 0;

  constructor(urls: readonly string[], tls?: EtcdTls, times: Partial<EtcdTimes> = {}) {
    this.#servers = urls.map((url) => new EtcdServer(url, tls));
    this.#times = { ...TIMES, ...times };
  }

  async publish(id: string, bytes: Uint8Array): Promise<void> {
    const key = base64(ACTS + id);
    const before = [...this.#followings].map((following) => ({ following, told: following.told }));
    const { succeeded, header } = await this.#ask<TxnAnswer>("kv/txn", {
      compare: [{ key, target: "CREATE", result: "EQUAL", create_revision: "0" }],
      success: [{ request_put: { key, value: base64(bytes) } }],
    });
    if (!succeeded) return;
    for (const { following, told } of before) following.expect(Number(header.revision), told);
  }

  async claim(bytes: Uint8Array): Promise<Claim> {
    const key = base64(CLAIM);
    const { succeeded, header, responses } = await this.#ask<TxnAnswer>("kv/txn", {
      compare: [{ key, target: "CREATE", result: "EQUAL", create_revision: "0" }],
      success: [{ request_put: { key, value: base64(bytes) } }],
      failure: [{ request_range: { key } }],
    });
    if (succeeded) return { position: Number(header.revision), bytes };
    const first = responses?.[0]?.response_range?.kvs?.[0];
    if (!first) throw new EtcdError("etcd does not tell whose its log is");
    return claimOf(first);
  }

  async claimed(): Promise<Claim | undefined> {
    const { kvs: [claim] = [] } = await this.#ask<RangeAnswer>("kv/range", { key: base64(CLAIM) });
    return claim && claimOf(claim);
  }

  async announce(node: string, address: string): Promise<void> {
    await this.#ask("kv/put", { key: base64(NODES + node), value: base64(address) });
  }

  async forget(node: string): Promise<void> {
    await this.#ask("kv/deleterange", { key: base64(NODES + node) });
  }

  async addresses(): Promise<ReadonlyMap<string, string>> {
    const { kvs = [] } = await this.#ask<RangeAnswer>("kv/range", prefix(NODES));
    return new Map(kvs.map((kv) => [keyOf(kv).slice(NODES.length), Buffer.from(bytesOf(kv)).toString()]));
  }

  async position(): Promise<number> {
    const { header } = await this.#ask<RangeAnswer>("kv/range", { key: base64(CLAIM) });
    return Number(header.revision);
  }

  async isRewound(delivered: number, last?: RecordMark): Promise<boolean> {
    return hasLost(await this.#ask<TxnAnswer>("kv/txn", lookAt(last)), delivered, last);
  }

  follow(after: number, follower: LogFollower, last?: RecordMark): () => void {
    const following = new Following(this.#servers, this.#times, after, follower, last);
    this.#followings.add(following);
    void following.run().finally(() => this.#followings.delete(following));
    return () => following.end();
  }

  async trim(before: number): Promise<void> {
    if (before <= 1) return;
    const { kvs = [] } = await this.#ask<RangeAnswer>("kv/range", {
      ...prefix(ACTS),
      keys_only: true,
      max_mod_revision: String(before - 1),
    });
    if (kvs.length === 0) return;
    const last = positionKey(Math.max(...kvs.map(positionOf)));
    const mark = [
      { request_delete_range: { key: base64(TRIMMED), range_end: base64(last) } },
      { request_put: { key: base64(last) } },
    ];
    const deletes = rangesOf(kvs.map(keyOf));
    for (let at = 0; at < deletes.length; at += DELETES)
      await this.#ask("kv/txn", { success: [...mark, ...deletes.slice(at, at + DELETES)] });
    await this.#ask("kv/compaction", { revision: String(before) }).catch((error: unknown) => {
      if (!(error instanceof EtcdError && error.code === OUT_OF_RANGE)) throw error;
    });
  }

  async #ask<Answer>(method: string, request: unknown): Promise<Answer> {
    const over = new AbortController();
    const late = setTimeout(() => over.abort(), this.#times.deadline);
    try {
      return (await this.#firstAnswer((server) => server.call(method, request, over.signal))) as Answer;
    } finally {
      clearTimeout(late);
      over.abort();
    }
  }

  /**
   * Asks a server, and the next one if it fails or is slow; the first answer counts. A request that arrives while etcd has
   * no leader may never be answered, so slow servers are asked again in rounds. Rejects once all have failed.
   */
  async #firstAnswer(call: (server: EtcdServer) => Promise<unknown>): Promise<unknown> {
    const attempts: Promise<{ readonly value: unknown }>[] = [];
    const first = this.#preferred;
    for (let turn = 0; ; turn++) {
      const at = (first + turn) % this.#servers.length;
      const server = this.#servers[at];
      if (!server) throw new EtcdError("no server of etcd is named");
      const attempt = call(server).then((value) => {
        this.#preferred = at;
        return { value };
      });
      attempts.push(attempt);
      const { length } = this.#servers;
      const endsRound = (turn + 1) % length === 0;
      const newest = endsRound ? undefined : attempt;
      const answer = await firstOf(attempts, newest, this.#times.hedge).catch((error: unknown): undefined => {
        if (turn + 1 >= length) throw error;
      });
      if (answer) return answer.value;
    }
  }
}

/**
 * The result of the first attempt that succeeds; `undefined` if none has succeeded within `time` ms, or once `newest`
 * fails. Rejects with the first failure once all have failed.
 */
async function firstOf<T>(
  attempts: readonly Promise<T>[],
  newest: Promise<T> | undefined,
  time: number,
): Promise<T | undefined> {
  const { promise: over, resolve } = Promise.withResolvers<undefined>();
  const late = setTimeout(() => resolve(undefined), time);
  newest?.catch(() => resolve(undefined));
  try {
    return await Promise.race([Promise.any(attempts), over]);
  } catch (error) {
    throw error instanceof AggregateError ? error.errors[0] : error;
  } finally {
    clearTimeout(late);
  }
}

/** Follows the log for one follower, from server to server. */
class Following {
  readonly #servers: readonly EtcdServer[];
  readonly #times: EtcdTimes;
  readonly #follower: LogFollower;
  readonly #over = new AbortController();
  #delivered: number;
  /** The last record of that, if it is known. */
  #last: RecordMark | undefined;
  /** Ends the watch on the present server. */
  #move = new AbortController();
  #stall: ReturnType<typeof setTimeout> | undefined;
  /** Ends the watch if it does not deliver an acknowledged record in time. */
  #missing: ReturnType<typeof setTimeout> | undefined;

  constructor(
    servers: readonly EtcdServer[],
    times: EtcdTimes,
    after: number,
    follower: LogFollower,
    last?: RecordMark,
  ) {
    this.#servers = servers;
    this.#times = times;
    this.#delivered = after;
    this.#last = last;
    this.#follower = follower;
  }

  /** The follower has got everything up to this position. */
  get told(): number {
    return this.#delivered;
  }

  end(): void {
    this.#over.abort();
    this.#move.abort();
  }

  /**
   * Notes that a record at this position is acknowledged: a working watch delivers it soon. The record was published after
   * everything up to `told` had been delivered, so unless the log has lost entries, its position is later than `told`.
   */
  expect(position: number, told: number): void {
    if (position <= told) return this.#rewound();
    if (this.#missing !== undefined || position <= this.#delivered) return;
    this.#missing = setTimeout(() => {
      this.#missing = undefined;
      if (position > this.#delivered) this.#move.abort();
    }, this.#times.lag);
  }

  #rewound(): void {
    if (this.#over.signal.aborted) return;
    this.end();
    this.#follower.rewound?.();
  }

  async run(): Promise<void> {
    for (let turn = 0; !this.#over.signal.aborted; turn++) {
      const server = this.#servers[turn % this.#servers.length];
      if (!server) return;
      this.#move = new AbortController();
      const hasPast = await this.#until(() => this.#watch(server));
      if (hasPast === false) await this.#until(() => this.#readPast(server));
      if (!this.#over.signal.aborted) await Bun.sleep(this.#times.pause);
    }
    clearTimeout(this.#missing);
  }

  /** Runs `work` with a server until it fails, the server is silent, or the following ends. */
  async #until<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      this.#restartStall();
      return await work();
    } catch (error) {
      if (error instanceof EtcdError) return undefined;
      throw error;
    } finally {
      clearTimeout(this.#stall);
    }
  }

  /** Restarts the time within which the server has to send something. */
  #restartStall(): void {
    clearTimeout(this.#stall);
    this.#stall = setTimeout(() => this.#move.abort(), this.#times.silence);
  }

  /**
   * Watches for new records. Returns false if etcd has compacted the next revision, so that the past has to be read. Ends
   * the following if etcd has lost what it has delivered.
   */
  async #watch(server: EtcdServer): Promise<boolean> {
    // It was started again, perhaps with an older copy of its data, in which other records may be at these positions by now.
    const look = (await server.call("kv/txn", lookAt(this.#last), this.#move.signal)) as TxnAnswer;
    if (hasLost(look, this.#delivered, this.#last)) this.#rewound();
    if (this.#over.signal.aborted) return true;
    const request = {
      create_request: {
        ...prefix(ACTS),
        start_revision: String(this.#delivered + 1),
        filters: ["NODELETE"],
        fragment: true, // otherwise etcd sends a thousand records as one line
      },
    };
    for await (const answer of server.stream("watch", request, this.#move.signal)) {
      if (this.#over.signal.aborted) return true;
      this.#restartStall();
      const { result } = answer as WatchAnswer;
      if (!result) throw server.refusal(answer, "an error");
      if (result.canceled) {
        if (result.compact_revision !== undefined) return false;
        throw server.refusal({ message: result.cancel_reason }, "an error");
      }
      this.#deliver((result.events ?? []).map(({ kv }) => kv));
    }
    return true;
  }

  /** Reads the records that are too old for a watch, page by page. Ends the following if some were deleted. */
  async #readPast(server: EtcdServer): Promise<void> {
    for (let hasMore = true; hasMore && !this.#over.signal.aborted; ) {
      const entries = {
        ...prefix(ACTS),
        min_mod_revision: String(this.#delivered + 1),
        sort_order: "ASCEND",
        sort_target: "MOD",
        limit: String(PAGE),
      };
      const request = { success: [{ request_range: LAST_TRIMMED }, { request_range: entries }] }; // as of one revision
      const answer = (await server.call("kv/txn", request, this.#move.signal)) as TxnAnswer;
      if (this.#over.signal.aborted) return;
      this.#restartStall();
      const [mark, page] = (answer.responses ?? []).map(({ response_range }) => response_range);
      if (trimmedBy(mark) > this.#delivered) {
        this.end();
        this.#follower.trimmed();
        return;
      }
      this.#deliver(page?.kvs ?? []);
      hasMore = page?.more === true;
      if (!hasMore) this.#delivered = Math.max(this.#delivered, Number(answer.header.revision));
    }
  }

  #deliver(kvs: readonly KeyValue[]): void {
    const entries: LoggedRecord[] = [];
    for (const kv of kvs) {
      const position = positionOf(kv);
      if (position <= this.#delivered) continue;
      this.#delivered = position;
      entries.push({ id: keyOf(kv).slice(ACTS.length), position, bytes: bytesOf(kv) });
    }
    this.#last = entries.at(-1) ?? this.#last;
    if (entries.length > 0) this.#follower.entries(entries);
  }
}

function keyOf({ key }: KeyValue): string {
  return Buffer.from(key, "base64").toString();
}

function bytesOf({ value = "" }: KeyValue): Uint8Array {
  return Buffer.from(value, "base64");
}

function claimOf(kv: KeyValue): Claim {
  return { position: positionOf(kv), bytes: bytesOf(kv) };
}

function positionOf({ mod_revision }: KeyValue): number {
  return Number(mod_revision);
}

function positionKey(position: number): string {
  return TRIMMED + String(position).padStart(POSITION_DIGITS, "0");
}

function base64(value: string | Uint8Array): string {
  return Buffer.from(value as string).toString("base64");
}

/** The key of a record: an operator finds it by that with etcd's own program. */
export function recordKey(id: string): string {
  return ACTS + id;
}

/** All keys that begin with this text, which ends in a slash. */
function prefix(text: string): { readonly key: string; readonly range_end: string } {
  return { key: base64(text), range_end: base64(`${text.slice(0, -1)}0`) }; // "0" follows "/"
}

/**
 * The deletions of these sorted keys: one for the records of a publisher that have successive numbers. A key in another
 * form, which no node has written, is deleted alone.
 */
function rangesOf(keys: readonly string[]): readonly unknown[] {
  const ranges: { readonly first: string; last: string }[] = [];
  for (const key of keys) {
    const range = ranges.at(-1);
    if (range && key === nextKey(range.last)) range.last = key;
    else ranges.push({ first: key, last: key });
  }
  return ranges.map(({ first, last }) => ({
    request_delete_range: { key: base64(first), range_end: base64(`${last}\0`) },
  }));
}

/** The key of the record that the publisher of this one has written next. */
function nextKey(key: string): string {
  const number = key.slice(key.lastIndexOf("/") + 1);
  return key.slice(0, key.length - number.length) + String(Number(number) + 1).padStart(number.length, "0");
}

const LAST_TRIMMED = { ...prefix(TRIMMED), sort_order: "DESCEND", sort_target: "KEY", limit: "1" };

/** The position of the last entry that was deleted, by the answer to `LAST_TRIMMED`. */
function trimmedBy(answer: Omit<RangeAnswer, "header"> | undefined): number {
  const mark = answer?.kvs?.[0];
  return mark ? Number(keyOf(mark).slice(TRIMMED.length)) : 0;
}

/** Asks for a record that was delivered, and what was trimmed, as of one revision. */
function lookAt(last: RecordMark | undefined): unknown {
  const record = { key: base64(recordKey(last?.id ?? "")), keys_only: true };
  return { success: [{ request_range: LAST_TRIMMED }, { request_range: record }] };
}

/** Whether etcd has lost what it has delivered, by the answer to that. */
function hasLost({ header, responses = [] }: TxnAnswer, delivered: number, last: RecordMark | undefined): boolean {
  if (Number(header.revision) < delivered) return true;
  const [mark, record] = responses.map(({ response_range }) => response_range);
  if (!last || trimmedBy(mark) >= last.position) return false;
  const kept = record?.kvs?.[0];
  return !kept || positionOf(kept) !== last.position;
}
