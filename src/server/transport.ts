/** One way of carrying bytes to a peer and back: TCP, and whatever else comes to look like it. */
export interface Transport {
  /** The peer's address and port, as the network has them. */
  readonly remote: Remote;
  /** Offers bytes; answers how many were taken. Fewer than all: `Connection.drained` is called when there is room. */
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

/** Who is told of what happens on a transport. */
export interface Receiver {
  received(bytes: Uint8Array): void;
  /** The transport takes bytes again. */
  drained(): void;
  /** The peer has closed its side. */
  ended(): void;
  /** The transport is gone. */
  closed(reason: string): void;
  /** A bug has struck while it was told something. */
  failed(error: unknown): void;
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
