/**
 * The ordered log of a cluster: every node appends records of acts to it, and all nodes follow it in the same order.
 * An implementation answers only for what a majority of the log's machines has on disk.
 */

/** The claim on a log. */
export interface Claim {
  /** The position in the log: grows from entry to entry, with gaps. */
  readonly position: number;
  readonly bytes: Uint8Array;
}

/** A record as the log gives it back. Anybody who can write to the log may have written it, under any id. */
export interface LoggedRecord extends Claim {
  readonly id: string;
}

/** A record that the log has delivered: it still has it, unless it was trimmed, or the log was put back to an older state. */
export type RecordMark = Omit<LoggedRecord, "bytes">;

/** Receives the entries of a log; all calls are in the order of the log. */
export interface LogFollower {
  /** Entries that came together, each exactly once. */
  entries(entries: readonly LoggedRecord[]): void;
  /** The entries after the position asked for were trimmed: a snapshot is needed. Following has ended. */
  trimmed(): void;
  /** The log was put back to an older state: it has lost what it has delivered. Following has ended. */
  rewound?(): void;
}

export interface RecordLog {
  /**
   * Appends a record under an id; resolves when a majority has it on disk. An id that the log has already is not
   * appended again. Rejects if no answer came: it is unknown then whether the log has the record, so the same bytes are
   * published again under the same id until it is answered.
   *
   * An id is `publisher/number`; the number has a fixed width, and counts the records of its publisher.
   */
  publish(id: string, bytes: Uint8Array): Promise<void>;
  /**
   * Claims the log for a cluster. The first claim is kept for ever, whatever is trimmed; resolves to it, whoever made it.
   * The cluster's records come after its position: what is before that is of a cluster whose log was emptied. Rejects if
   * no answer came.
   */
  claim(bytes: Uint8Array): Promise<Claim>;
  /** The claim on the log; `undefined` if nobody has claimed it. Rejects if no answer came. */
  claimed(): Promise<Claim | undefined>;
  /**
   * Announces a node and the address at which others can reach it, or "". A later call replaces the address. Rejects if
   * no answer came.
   */
  announce(node: string, address: string): Promise<void>;
  /** Removes the announcement of a node. Rejects if no answer came. */
  forget(node: string): Promise<void>;
  /** The addresses of the nodes, by their names. Rejects if no answer came. */
  addresses(): Promise<ReadonlyMap<string, string>>;
  /** A position that is not before the newest entry. Rejects if no answer came. */
  position(): Promise<number>;
  /**
   * Whether the log has lost what it has delivered up to this position: it was put back to an older state. `last` is a
   * record up to there. Rejects if no answer came.
   */
  isRewound(delivered: number, last?: RecordMark): Promise<boolean>;
  /**
   * Delivers every entry after a position to the follower: first stored entries, then new ones. Reconnects automatically.
   * Returns a function that ends it. `last` is a record up to there, by which it is found that the log has lost it.
   */
  follow(after: number, follower: LogFollower, last?: RecordMark): () => void;
  /** Deletes the entries before a position. */
  trim(before: number): Promise<void>;
}
