/** The operator's program, which is no node: it reads the nodes from the log, and changes accounts by it. */

import type { ServerAct } from "../chat/model/act.ts";
import type { LogFollower, LoggedRecord, RecordLog, RecordMark } from "./log.ts";
import { FIRST, nameOf } from "./membership.ts";
import { decodeRecord, encodeRecord, encodeServerAct, type LogRecord, type OtherRule, recordId } from "./record.ts";

/** A node as it is heard in the log. */
export interface NodeReport {
  readonly name: string;
  /** Where it gives snapshots, if it does. */
  readonly address: string | undefined;
  /** `undefined` if nothing was heard of it: it does not run, or does not reach the log. */
  readonly heard: HeardNode | undefined;
}

interface HeardNode {
  /** The positions of the last record that it had run, and that it had on its disk, when it last published. */
  readonly position: number;
  readonly stored: number;
  /** How old its state was then, at least, in milliseconds; infinite: older than what was heard. */
  readonly lag: number;
  /** How much its clock is ahead of the one here, in milliseconds. */
  readonly ahead: number;
  /** The rules that its configuration has otherwise. */
  readonly otherRules: readonly OtherRule[];
  /** The files with what it had when its state was not that of the others. */
  readonly kept: readonly string[];
  /** The newest semantics that it knows, and the agreed one when it last published. */
  readonly knows: number;
  readonly agreed: number;
}

interface HeardRecord {
  readonly position: number;
  readonly at: number;
  readonly record: LogRecord;
}

export interface Listening {
  /** How long to listen, in milliseconds: a node is heard once a second. */
  readonly time: number;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly sleep: (time: number) => Promise<void>;
}

/** Listens for a while, and reports on all nodes that there are, in the order of their names. Rejects if the log is silent. */
export async function listenToNodes(log: RecordLog, { time, clock, sleep }: Listening): Promise<readonly NodeReport[]> {
  const addresses = await log.addresses();
  const heard: HeardRecord[] = [];
  const end = log.follow(await log.position(), {
    entries: (entries) => {
      const at = clock();
      for (const { position, bytes } of entries) {
        const record = decodeRecord(bytes);
        if (record) heard.push({ position, at, record });
      }
    },
    trimmed: () => {},
  });
  await sleep(time);
  end();
  const latest = new Map(heard.map((each) => [nameOf(each.record), each]));
  const names = [...new Set([...addresses.keys(), ...latest.keys()])].filter((name) => name !== OPERATOR).sort();
  return names.map((name) => {
    const last = latest.get(name);
    const isLiving = last && !last.record.farewell;
    return { name, address: addresses.get(name) || undefined, heard: isLiving ? heardOf(last, heard) : undefined };
  });
}

function heardOf({ at, record }: HeardRecord, all: readonly HeardRecord[]): HeardNode {
  const { v: agreed, knows = FIRST, seen, stored, time, other = [], kept = [] } = record;
  const [oldest] = all;
  const isKnown = oldest !== undefined && seen.position >= oldest.position;
  const next = all.find(({ position }) => position > seen.position);
  const lag = isKnown ? at - (next?.at ?? at) : Number.POSITIVE_INFINITY;
  return { position: seen.position, stored, lag, ahead: time - at, otherRules: other, kept, knows, agreed };
}

/** The name of the node that an operator's program is for one record. No node of a configuration is called so. */
const OPERATOR = "~operator";

interface Administering {
  /** A position before that of the record. */
  readonly after: number;
  /** A record up to there: the log has to have it still. */
  readonly last?: RecordMark | undefined;
  /** Makes the name of this run unique. */
  readonly run: string;
  readonly clock: () => number;
  /** Waits before a record without an answer is published again. */
  readonly pause: () => Promise<void>;
}

/**
 * Puts acts into the log, as a node that comes and goes with this record. Resolves to the position of the record: a node
 * that has run it has made the changes, or found that they come to nothing.
 */
export async function administerByLog(
  log: RecordLog,
  acts: readonly ServerAct[],
  { after, last, run, clock, pause }: Administering,
): Promise<number> {
  if (await log.isRewound(after, last)) throw new Error(REWOUND);
  const node = `${OPERATOR}.${run}`;
  const seen = { position: 0, hash: "0" };
  // It holds up no trimming.
  const stored = Number.MAX_SAFE_INTEGER;
  const head = { v: FIRST, node, n: 1, time: clock(), seen, stored, farewell: true } as const;
  const bytes = encodeRecord(head, acts.map(encodeServerAct));
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const isOurs = (entry: LoggedRecord) => decodeRecord(entry.bytes)?.node === node;
  const follower: LogFollower = {
    entries: (entries) => {
      const own = entries.find(isOurs);
      if (own) resolve(own.position);
    },
    trimmed: () => reject(new Error("the database here is older than the log")),
    rewound: () => reject(new Error(REWOUND)),
  };
  const end = log.follow(after, follower, last);
  try {
    await publish(log, recordId(head), bytes, pause);
    return await promise;
  } finally {
    end();
  }
}

async function publish(log: RecordLog, id: string, bytes: Uint8Array, pause: () => Promise<void>): Promise<void> {
  for (let tries = TRIES; ; tries--) {
    try {
      return await log.publish(id, bytes);
    } catch (error) {
      if (tries === 1) throw error;
      await pause();
    }
  }
}

const REWOUND = "etcd was put back to an older state, and has lost what the server of this machine has had from it";

const TRIES = 5; // of a record, each of which waits for two seconds at most
