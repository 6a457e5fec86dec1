/**
 * A record of a cluster's log: acts of one node, in the order in which that node took them. It is two lines of JSON in
 * UTF-8: what the node says of itself, and the acts.
 */

import type { Act, ServerAct } from "../chat/model/act.ts";
import type { MessageTags } from "../chat/model/event.ts";
import { decode, encode } from "../text/bytes.ts";

/** The state of a node's chat as of a position: equal on all nodes, unless one of them has gone wrong. */
export interface Digest {
  readonly position: number;
  /** 64 bits in hex. */
  readonly hash: string;
}

/** A node's report on itself, in each of its records. */
export interface RecordHead {
  /**
   * The semantics that was agreed when the node made the record, which may have a form and acts of this version: a
   * program that knows none so high cannot run it. All versions have the head as the first line.
   */
  readonly v: number;
  /** The newest semantics that the node knows; absent in the records of programs that know only the first. */
  readonly knows?: number | undefined;
  /** The form of the rows in its database (`ComparedStore`). */
  readonly form?: number | undefined;
  /** Raises the agreed semantics to this, if each living node knows it. */
  readonly agree?: number | undefined;
  /** The incarnation of a node: its name, a full stop, and a part that is new at each start. */
  readonly node: string;
  /** Counts the records of an incarnation, from 1 on. */
  readonly n: number;
  /** The node's clock; milliseconds since 1970. */
  readonly time: number;
  /** The state that the node was in. */
  readonly seen: Digest;
  /** The position up to which the node has everything on its disk. */
  readonly stored: number;
  /** The rules that the node's configuration has otherwise, for operators to see; absent if there are none. */
  readonly other?: readonly OtherRule[] | undefined;
  /** The node has taken people in. */
  readonly open?: true | undefined;
  /** The files with what it had when its state was not that of the others. */
  readonly kept?: readonly string[] | undefined;
  /** The node stops: this is its last record. */
  readonly farewell?: true | undefined;
}

/** A rule of the cluster that a node's configuration has otherwise: its value there, and the one that counts on all nodes. */
export interface OtherRule {
  readonly key: string;
  readonly own: string;
  readonly counts: string;
}

/** An act in a record. */
export interface RecordedAct {
  /** The number of its session among those of the node. */
  readonly session: number;
  readonly act: Act;
  /** The fingerprint of the key that the session shows, in the act by which it enters. */
  readonly fingerprint?: string | undefined;
}

/** An act of the server itself in a record. */
export interface RecordedServerAct {
  readonly session: undefined;
  readonly act: ServerAct;
}

/** A record as it is read. */
export interface LogRecord extends RecordHead {
  /** Read when they are asked for: a node has its own already. None if they cannot be read. */
  readonly acts: readonly (RecordedAct | RecordedServerAct)[];
}

/** An act as JSON has it: the tags of a message as a list. */
type JsonAct = Omit<Act, "tags"> & { readonly tags?: readonly (readonly [string, string])[] };

type ActEntry = readonly [session: number, act: JsonAct, fingerprint?: string];

const NEWLINE = 10;
const DIGITS = 12; // of the number in a record's id, so that ids sort as their numbers do

/** The JSON of an act. It is made once, when the act is submitted. */
export function encodeAct({ session, act, fingerprint }: RecordedAct): string {
  const tags = "tags" in act && act.tags ? { tags: [...act.tags] } : {};
  return JSON.stringify(
    fingerprint === undefined ? [session, { ...act, ...tags }] : [session, { ...act, ...tags }, fingerprint],
  );
}

/** The JSON of an act of the server itself. */
export function encodeServerAct(act: ServerAct): string {
  return JSON.stringify([0, act]);
}

/** The bytes of a record with these acts. */
export function encodeRecord(head: RecordHead, acts: readonly string[]): Uint8Array {
  return encode(`${JSON.stringify(head)}\n[${acts.join(",")}]`);
}

/** The id under which a node publishes a record. */
export function recordId({ node, n }: Pick<RecordHead, "node" | "n">): string {
  return `${node}/${String(n).padStart(DIGITS, "0")}`;
}

/** Reads a record. `undefined` if no node can have written it: all nodes skip it. */
export function decodeRecord(bytes: Uint8Array): LogRecord | undefined {
  const end = bytes.indexOf(NEWLINE);
  const head = readable(() => JSON.parse(decode(bytes.subarray(0, end))));
  if (!isHead(head)) return undefined;
  return {
    ...head,
    get acts() {
      const read = () => (JSON.parse(decode(bytes.subarray(end))) as readonly ActEntry[]).map(readAct);
      return readable(read) ?? [];
    },
  };
}

/** The result of `read`; `undefined` if it throws. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function isHead(value: unknown): value is RecordHead {
  const { v, node, n, time, seen, stored } = (value ?? {}) as Partial<RecordHead>;
  const areNumbers = [v, n, time, stored, seen?.position].every((number) => typeof number === "number");
  return areNumbers && typeof node === "string" && typeof seen?.hash === "string";
}

function readAct([session, json, fingerprint]: ActEntry): RecordedAct | RecordedServerAct {
  if (!Number.isSafeInteger(session) || session < 0 || typeof json.type !== "string") throw new Error("this is no act");
  if (session === 0) return { session: undefined, act: json as unknown as ServerAct };
  const act = (json.tags ? { ...json, tags: new Map(json.tags) satisfies MessageTags } : json) as Act;
  return { session, act, fingerprint };
}
