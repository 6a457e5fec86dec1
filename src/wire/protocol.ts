import type { Closing } from "./closing.ts";

/**
 * What a face of the server and a connection are to each other: a connection gives a `Protocol` lines, a `Protocol`
 * gives its `Peer` bytes.
 */

/** One way of speaking to the chat, for the life of one connection. */
export interface Protocol {
  /** It speaks for its connection from now on; `greeted`: the peer has been silent, and is to be greeted at once. */
  begin?(greeted: boolean): void;
  /** What the last line counts as, where floods are counted; 1 if nothing is said. */
  readonly weight?: number;
  /** Not all is done yet that the last line asked for: `goOn` does the next part of it, before the next line. */
  readonly isUnfinished?: boolean;
  goOn?(): void;
  /** A whole line without its end. May be kept. */
  line(bytes: Uint8Array): void;
  /** A line was longer than anyone may send. */
  overlong(): void;
  /** The peer will send nothing more; what is pending is answered already. */
  end(): void;
  /** The connection is gone; nothing can be sent any more. */
  gone(closing: Closing): void;
  /** The server ends it, as when it stops: the peer is told, and finished. */
  farewell(closing: Closing): void;
  /** Called every few seconds; `now` in milliseconds of the steady clock. */
  housekeep(now: number): void;
}

/** The other end of a connection, as a face sees it. */
export interface Peer {
  /** Unique on this server, for logs. */
  readonly id: number;
  /** What others may know of the address. */
  readonly host: string;
  /** For operators only. */
  readonly address: string;
  readonly port: number;
  /** Nobody on the way can read along. */
  readonly isSecure: boolean;
  /** SHA-256 of the certificate that it has shown, in hex; it holds the key. */
  readonly fingerprint: string | undefined;
  /** No limits apply to it. */
  readonly isExempt: boolean;
  /** When it connected, and when its last bytes came; milliseconds of the steady clock. */
  readonly since: number;
  readonly heard: number;
  /**
   * Queues bytes; they leave at the end of the turn. Bytes are not copied: never change them. What is `provisional` is
   * dropped if the turn could not be stored: nobody sees what a crash would lose.
   */
  push(bytes: Uint8Array, provisional?: boolean): void;
  /**
   * Queues a long answer, drawn as the peer reads it, behind those that are drawn already; the next line waits until
   * all are done. A step of it that is empty stands for work that has come to nothing: it too takes of the turn's time.
   */
  draw(answer: Iterator<Uint8Array>): void;
  /** The next line waits until `release`: something that takes time is being decided. Holds add up. */
  hold(): void;
  release(): void;
  /** Does something a second later, unless the peer is gone by then. */
  soon(work: () => void): void;
  /** Drops what this turn has queued for this peer. */
  discard(): void;
  /**
   * Takes a place for a guest, or for someone of an account (by its id); called again when that changes. False: there is
   * none; the peer is told why, and closed.
   */
  admit(account: string | undefined): boolean;
  /** Tells the operator of a bug: something that the peer waited for has thrown. */
  report(error: unknown): void;
  /** Takes no more input, sends what is queued, closes. `closing` is what `Protocol.gone` will say. */
  finish(closing: Closing): void;
  /** Makes a `Broadcast`: bytes for many peers at once. */
  newBroadcast(): Broadcast;
  /** What it is sent, where a broadcast lays bytes down for many. */
  readonly outbox: Recipient;
}

/** What a broadcast has to do with the outbox of a peer. */
export interface Recipient {
  /** From now on, what the broadcast gets is for this peer too. */
  attach(broadcast: SharedBytes): void;
  leave(broadcast: SharedBytes): void;
}

/** The bytes of a turn that a broadcast has laid down, as those see them who are to send them. */
export interface SharedBytes {
  readonly length: number;
  /** A stretch of them. */
  view(from: number, to: number): Uint8Array;
  /** A stretch without what is provisional. */
  withoutProvisional(from: number, to: number): Uint8Array[];
  /** A peer will read them after the turn: they must stay as they are. Answers whether it is the first. */
  lend(): boolean;
  /** A recipient has got something else, and is to be attached again. */
  left(recipient: Recipient): void;
}

/** Peers that are sent the same bytes: laid down once, whoever and however many they are. */
export interface Broadcast {
  readonly size: number;
  add(peer: Peer): void;
  remove(peer: Peer): void;
  /** Queues bytes for every peer but one, in order with all else that each is sent. */
  push(bytes: Uint8Array, except?: Peer, provisional?: boolean): void;
}
