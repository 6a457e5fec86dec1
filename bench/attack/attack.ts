import type { AttackBase } from "./attacking-connection.ts";

/** The strength of the attacks: full, or a share for a short run. */
export interface Force {
  /** How many members stop reading. */
  readonly deaf: number;
  /** How many members flood each room of theirs. */
  readonly loud: number;
  /** The server's limit of a member's unread bytes. */
  readonly sendQueue: number;
  /** The server's limit of file descriptors. */
  readonly descriptors: number;
  /** Login attempts per second. */
  readonly logins: number;
  /** Only attacks whose name contains this text; "" is all of them. */
  readonly only: string;
}

/** One kind of attack. */
export interface Attack {
  readonly name: string;
  /** The reasons that `tcpchat_refusals_total` must count for it. */
  readonly reasons: readonly string[];
  /** Starts the attack; it continues until its base is stopped. */
  readonly begin: (base: AttackBase, force: Force) => void;
}
