import type { ServerAddress } from "./address.ts";
import type { TlsPolicy } from "./tls-policy.ts";

/** The privacy of a connection: `tls`; plain text that the user accepts, as on this machine (`accepted`); or plain text that anyone on the way can read. */
export type Secrecy = "tls" | "accepted" | "exposed";

/** One way of carrying bytes to a server and back: TCP, TLS, a pair within one process, a WebSocket. */
export interface ClientTransport {
  /** Offers bytes; answers how many were taken. Fewer than all: `drained` is called when there is room for the rest. */
  write(bytes: Uint8Array): number;
  /** Receives nothing more until `resume`. */
  pause(): void;
  resume(): void;
  /** No more will be written: the server sees the end of the stream behind what was taken. */
  finish(): void;
  /** Both sides are done: lets go of it. What was taken still arrives. */
  close(): void;
  /** Gives the connection up at once; what was taken may be lost. */
  terminate(): void;
}

/** Receives the progress and the outcome of connecting to a server. */
export interface ClientTransportListener {
  /** There is a connection. */
  opened(transport: ClientTransport, secrecy: Secrecy): void;
  received(bytes: Uint8Array): void;
  /** The transport takes bytes again. */
  drained(): void;
  /** It is over, or never was; `error` says why, if it broke. May be called more than once. */
  closed(error: unknown): void;
  /** Something that the user should know, in a sentence. */
  told(words: string): void;
}

/** Begins a connection to a server. The listener is called later, never before this returns. */
export type Connect = (listener: ClientTransportListener) => void;

/** A server: its place, the way there, and how far it is trusted. */
export interface Server extends ServerAddress {
  readonly connect: Connect;
  /** Without this, whatever `connect` opens is private enough. */
  readonly tlsPolicy?: TlsPolicy | undefined;
}
