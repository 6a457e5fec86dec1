import type { Closing } from "../../wire/closing.ts";

/** One way of carrying bytes to a peer and back: TCP, TLS over it, a channel of SSH, a pair within this process. */
export interface Transport {
  /** The peer's address and port, as the network has them. */
  readonly remote: Remote;
  /** Told of all that happens on the transport. A new reader takes the transport over by setting itself. */
  receiver: Receiver | undefined;
  /** Offers bytes; answers how many were taken. Fewer than all: `Receiver.drained` is called when there is room. */
  write(bytes: Uint8Array): number;
  /** Bytes that were taken, and are not known to have arrived; 0 where that cannot be told, and once it is closed. */
  readonly unsent: number;
  /** No more will be written: the peer sees the end of the stream behind what was taken. */
  finish(): void;
  /** Both sides are done: lets go of it. What was taken still arrives. */
  close(): void;
  /** Gives the connection up at once; what was taken may be lost. */
  terminate(): void;
  /** All that has come is handled. */
  settled?(): void;
  pause(): void;
  resume(): void;
}

/** The reader of a transport. */
export interface Receiver {
  /** The bytes are the receiver's, and may be kept. */
  received(bytes: Uint8Array): void;
  /** The transport takes bytes again. */
  drained(): void;
  /** The peer has closed its side. */
  ended(): void;
  /** The transport is gone. */
  closed(closing: Closing): void;
  /** A bug has struck while it was told something. */
  failed(error: unknown): void;
  /** All that has come is answered, and the transport has taken the answers. */
  readonly isAtRest: boolean;
}

export interface Remote {
  readonly address: string;
  readonly port: number;
  /** Over TLS, or whatever else nobody on the way can read. */
  readonly isSecure?: boolean;
  /** SHA-256 of the certificate that the peer has shown, in hex. */
  readonly fingerprint?: string | undefined;
}

/** Whether an address is this machine's own. */
export function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}

/** An address as people write it: IPv4 within IPv6 is IPv4. */
export function plainAddress(address: string): string {
  return address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
}
