import type { Front } from "./attacking-connection.ts";

/** How hard the attacks are: the whole of it, or a share for a short run. */
export interface Force {
  /** Members that stop reading. */
  readonly deaf: number;
  /** How many flood each of their rooms. */
  readonly loud: number;
  /** Bytes that a member may leave unread. */
  readonly sendQueue: number;
  /** Descriptors that the server may have. */
  readonly descriptors: number;
  /** Attempts to log in, a second. */
  readonly logins: number;
  /** What the attacks' names have in common that come; "" is all of them. */
  readonly only: string;
}

/** One way of being a nuisance. */
export interface Attack {
  readonly name: string;
  /** What is to be counted of it in `tcpchat_refusals_total`. */
  readonly reasons: readonly string[];
  /** Begins; it goes on until the front is stopped. */
  readonly begin: (front: Front, force: Force) => void;
}
