import type { Rules } from "../chat/model/limits.ts";
import { decode, encode } from "../text/bytes.ts";
import type { Claim } from "./log.ts";
import type { NodePoint } from "./order.ts";

/** The version of its form. */
const VERSION = 1;

/** The claim on a cluster's log: the data that all its nodes share from the beginning. */
export interface Founding {
  readonly v: number;
  /** The id of the cluster. */
  readonly id: string;
  /** The server's name on the wire, the same on every node. */
  readonly server: string;
  /** The first part of every msgid. */
  readonly msgids: string;
  /** The key files of the data folder, by their names; in base64. */
  readonly keys: Readonly<Record<string, string>>;
  /** The rules until the first record that changes them. */
  readonly rules: Rules;
  /** The state before the first record. */
  readonly start: NodePoint;
  /** The founder had a history, which the log does not have: other nodes begin with a snapshot. */
  readonly hasHistory: boolean;
}

/**
 * The state before the first record of a cluster, which begins with this `seq` at this time, and with this semantics; the
 * position is known once it has claimed the log.
 */
export function startingPoint(seq: number, time: number, agreed: number): NodePoint {
  return { seq, time, eventTime: time, position: 0, hash: "0", nodes: { time, incarnations: 0, agreed, nodes: [] } };
}

export function encodeFounding(founding: Omit<Founding, "v">): Uint8Array {
  return encode(JSON.stringify({ v: VERSION, ...founding }));
}

/**
 * Reads a claim; `undefined` if another version of this program has made it in another form. The cluster starts at the
 * claim's position: it runs no record of one that had the log before.
 */
export function decodeFounding({ position, bytes }: Claim): Founding | undefined {
  const founding = JSON.parse(decode(bytes)) as Founding;
  return founding.v === VERSION ? { ...founding, start: { ...founding.start, position } } : undefined;
}
