/**
 * The nodes of a cluster, computed from the log alone: this is replicated state, the same on every node after the same
 * record. It decides which records count, what time it is, and which node is dead.
 */

import type { RecordHead } from "./record.ts";

/** A node publishes at least once in this time, in milliseconds. */
export const HEARTBEAT = 1000;

/** The semantics of a cluster whose nodes have agreed on none, and of programs that do not say what they know. */
export const FIRST = 1;

const DEAD = 5000; // ms of counted silence after which a node is dead
const LATE = 2000; // ms of counted silence after which a node's clock does not count
const AHEAD = 1000; // ms that the time may be ahead of the nodes' clocks, when many records come at once

/** A living incarnation of a node. */
export interface NodeState {
  /** Its name, a full stop, and a part that is new at each start. */
  readonly node: string;
  /** Counts the incarnations of all nodes, from 1 on. */
  readonly ordinal: number;
  /** The number of its latest record. */
  readonly n: number;
  /** Its clock, as of that record. */
  readonly time: number;
  /** The position up to which it has everything on its disk. */
  readonly stored: number;
  /** The newest semantics that it knows. */
  readonly knows: number;
  /** The form of the rows in its database (`ComparedStore`); absent if it does not say. */
  readonly form?: number | undefined;
  /** How long it has been silent, as each other living node counts it: by its own clock, in milliseconds. */
  readonly silence: Readonly<Record<string, number>>;
}

/** The whole membership, to store and to restore. */
export interface NodesRecord {
  /** The time of the latest record; milliseconds since 1970. */
  readonly time: number;
  /** How many incarnations there have been. */
  readonly incarnations: number;
  /** The agreed semantics; absent as long as that is the first. */
  readonly agreed?: number | undefined;
  readonly nodes: readonly NodeState[];
}

/** The effects of a record on the members of the cluster. */
export interface Reception {
  /** The time at which its acts run. */
  readonly time: number;
  /** Its node. */
  readonly from: NodeState;
  /** The incarnations that this record shows to be dead: their sessions end before its acts run. */
  readonly buried: readonly NodeState[];
}

/**
 * The living nodes and the time of the log.
 *
 * A record counts if its node lives and the record is that node's next: so a record that is published twice runs once,
 * and an incarnation that was buried can never come back.
 *
 * A node is dead once any other node has counted five seconds of its silence. A node counts by its own clock, from one of
 * its records to the next, and at most a heartbeat each. So an outage of the log makes no node dead, and neither does a
 * wrong clock. An incarnation is also dead once its node has started again.
 *
 * The time follows the median of the living nodes' clocks, so one wrong clock does not move it. It never goes back.
 *
 * The agreed semantics decides how records are run (`Semantics`). A record raises it, if all living nodes know the
 * semantics that the record asks for; it is never lowered. An older program that joins later detects that it cannot take
 * part.
 */
export class Nodes {
  readonly #nodes = new Map<string, NodeState>();
  #time: number;
  #incarnations: number;
  #agreed: number;

  constructor({ time, incarnations, agreed = FIRST, nodes }: NodesRecord) {
    this.#time = time;
    this.#incarnations = incarnations;
    this.#agreed = agreed;
    for (const node of nodes) this.#nodes.set(node.node, node);
  }

  /** The time of the latest record. */
  get time(): number {
    return this.#time;
  }

  /** The living nodes, in the order of their first records. */
  get living(): readonly NodeState[] {
    return [...this.#nodes.values()];
  }

  /** A living incarnation. */
  node(name: string): NodeState | undefined {
    return this.#nodes.get(name);
  }

  /** The position up to which all living nodes have everything on their disks. */
  get stored(): number {
    return Math.min(...this.living.map(({ stored }) => stored));
  }

  /** The agreed semantics. */
  get agreed(): number {
    return this.#agreed;
  }

  /** The newest semantics that all living nodes know. */
  get known(): number {
    // A state that an older program has saved does not say what its nodes know.
    return Math.min(...this.living.map(({ knows = FIRST }: Partial<NodeState>) => knows));
  }

  /** Whether the rows of all living nodes have one form. */
  get haveOneForm(): boolean {
    return new Set(this.living.map(({ form }) => form)).size === 1;
  }

  record(): NodesRecord {
    const agreed = this.#agreed > FIRST ? { agreed: this.#agreed } : {};
    return { time: this.#time, incarnations: this.#incarnations, ...agreed, nodes: this.living };
  }

  /** Handles the next record of the log. `undefined` if the record does not count. */
  receive(head: RecordHead): Reception | undefined {
    const known = this.#nodes.get(head.node);
    if (head.n !== (known?.n ?? 0) + 1) return undefined;
    const from: NodeState = {
      node: head.node,
      ordinal: known?.ordinal ?? ++this.#incarnations,
      n: head.n,
      time: head.time,
      stored: head.stored,
      knows: head.knows ?? FIRST,
      form: head.form,
      silence: {},
    };
    this.#nodes.set(head.node, from);
    const passed = known ? Math.min(Math.max(0, head.time - known.time), HEARTBEAT) : 0;
    const before = known ? [] : this.living.filter((other) => other !== from && nameOf(other) === nameOf(from));
    const buried = [...before, ...this.#countSilence(from, passed)];
    for (const { node } of buried) this.remove(node);
    if (head.agree && head.agree <= this.known) this.#agreed = Math.max(this.#agreed, head.agree);
    this.#advance();
    return { time: this.#time, from, buried };
  }

  /** Removes an incarnation: its later records do not count. */
  remove(name: string): void {
    this.#nodes.delete(name);
    for (const node of this.#nodes.values()) {
      const { [name]: _, ...silence } = node.silence;
      this.#nodes.set(node.node, { ...node, silence });
    }
  }

  /** Adds the milliseconds `passed` on one node to the silence of the others. Returns the nodes that are dead now. */
  #countSilence({ node }: NodeState, passed: number): readonly NodeState[] {
    if (passed === 0) return [];
    const dead: NodeState[] = [];
    for (const other of this.#nodes.values()) {
      if (other.node === node) continue;
      const counted = (other.silence[node] ?? 0) + passed;
      const silent = { ...other, silence: { ...other.silence, [node]: counted } };
      this.#nodes.set(other.node, silent);
      if (counted >= DEAD) dead.push(silent);
    }
    return dead;
  }

  /** Advances the time: by at least a millisecond per record, and to at most a second ahead of the clocks. */
  #advance(): void {
    const clock = median(this.living.filter((node) => !isLate(node)).map(({ time }) => time));
    this.#time = Math.max(this.#time, Math.min(Math.max(clock, this.#time + 1), clock + AHEAD));
  }
}

/** The name of an incarnation's node. */
export function nameOf({ node }: Pick<NodeState, "node">): string {
  return node.slice(0, node.lastIndexOf("."));
}

/** Whether a node has been silent for so long that it does not count for the moment. */
export function isLate({ silence }: Pick<NodeState, "silence">): boolean {
  return Math.max(0, ...Object.values(silence)) >= LATE;
}

/** The median; of an even count the lower of the two in the middle. */
function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}
