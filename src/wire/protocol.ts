import type { Closing } from "./closing.ts";

/**
 * The interface between a connection and the protocol it speaks: the connection passes lines to a `Protocol`, and the
 * `Protocol` passes bytes to its `Peer`.
 */

/** One protocol (IRC, plain text) for the life of one connection. */
export interface Protocol {
  /** Starts the protocol. `greeted`: the peer has sent nothing yet and gets its greeting at once. */
  begin?(greeted: boolean): void;
  /** The cost of the last line in the rate limiter's tokens; 1 if not given. */
  readonly weight?: number;
  /** The last line has parts left to do: `continueLine` does the next one, before the next line is read. */
  readonly isUnfinished?: boolean;
  continueLine?(): void;
  /** Handles a whole line, given without its end. The bytes may be kept. */
  line(bytes: Uint8Array): void;
  /** Called when a line is longer than `LINE_IN`. */
  overlong(): void;
  /** The peer has closed its side; every line before that has been handled. */
  end(): void;
  /** The connection is closed; nothing can be sent any more. */
  gone(closing: Closing): void;
  /** The server closes the connection, for example when it stops: tells the peer why, and finishes it. */
  farewell(closing: Closing): void;
  /** Checks timeouts. Called every few seconds; `now` in milliseconds of the steady clock. */
  housekeep(now: number): void;
}

/** The other end of a connection, as a protocol sees it. */
export interface Peer {
  /** Unique on this server, for logs. */
  readonly id: number;
  /** The cloak: the part of the address that everyone may see. */
  readonly host: string;
  /** The IP address, for operators only. */
  readonly address: string;
  readonly port: number;
  /** The connection is encrypted, or local. */
  readonly isSecure: boolean;
  /** SHA-256 of the client certificate, in hex, or of the SSH key, `SHA256:…`; the peer has proved that it holds the key. */
  readonly fingerprint: string | undefined;
  /** No limits apply to it. */
  readonly isExempt: boolean;
  /** Mutable: the name of the device, which is that of the token that it has logged in by. */
  device?: string | undefined;
  /** Mutable: the hashes of the tokens that end with its session. */
  tokens?: Set<string> | undefined;
  /** The times of the connection and of the last bytes received; milliseconds of the steady clock. */
  readonly since: number;
  readonly heard: number;
  /**
   * Queues bytes, sent at the end of the tick. Bytes are not copied: never change them. `provisional` bytes are dropped
   * if the tick cannot be stored, so nobody sees a message that a crash would lose.
   */
  push(bytes: Uint8Array, provisional?: boolean): void;
  /**
   * Queues a long answer, made chunk by chunk as the peer reads it. Answers are streamed in order; the peer's next line
   * waits until all are done. An empty chunk stands for work without output, so that it counts against the tick's time.
   */
  stream(answer: Iterator<Uint8Array>): void;
  /** Stops reading lines until `release`, for asynchronous work. Calls nest. */
  hold(): void;
  release(): void;
  /** Runs `work` a second later, unless the peer is gone by then. */
  soon(work: () => void): void;
  /** Drops the bytes that this tick has queued for this peer. */
  discard(): void;
  /**
   * Counts the peer against the connection limits of guests, or of an account (by its id); called again when the account
   * changes. False: a limit is reached, and the peer has been told so and closed.
   */
  admit(account: string | undefined): boolean;
  /** Logs a bug: asynchronous work for this peer has thrown. */
  report(error: unknown): void;
  /** Stops reading, sends what is queued, closes. `Protocol.gone` gets this `closing`. */
  finish(closing: Closing): void;
  /** Creates an empty `Broadcast`. */
  newBroadcast(): Broadcast;
  /** The peer's send queue, as broadcasts use it. */
  readonly outbox: Recipient;
}

/** A peer's send queue, as a broadcast uses it. */
export interface Recipient {
  /** The broadcast's further bytes are sent to this peer too. */
  attach(broadcast: SharedBytes): void;
  leave(broadcast: SharedBytes): void;
}

/** The bytes that a broadcast has gathered in this tick, as its recipients read them. */
export interface SharedBytes {
  readonly length: number;
  /** A range of the bytes. */
  view(from: number, to: number): Uint8Array;
  /** A range without its provisional bytes. */
  withoutProvisional(from: number, to: number): Uint8Array[];
  /** A peer keeps the bytes beyond the tick, so they must not be reused. Answers whether it is the first. */
  lend(): boolean;
  /** A recipient has queued other bytes, and must be attached again before the next ones. */
  left(recipient: Recipient): void;
}

/** A set of peers that get the same bytes, stored once for all of them. */
export interface Broadcast {
  readonly size: number;
  add(peer: Peer): void;
  remove(peer: Peer): void;
  /** Queues bytes for every peer but `except`, in order with everything else that each of them is sent. */
  push(bytes: Uint8Array, except?: Peer, provisional?: boolean): void;
}
