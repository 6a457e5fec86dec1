import { isLoopback } from "../../text/address.ts";

/** The address of a server. */
export interface ServerAddress {
  /** A host, or `unix:PATH`; a socket has port 0. */
  readonly host: string;
  readonly port: number;
}

/** The beginning of the address of a socket on this machine: `unix:/run/tcpchat.sock`. */
export const UNIX = "unix:";

/** An address as text: `127.0.0.1:9000`, `[::1]:9000`, `unix:/run/tcpchat.sock`. */
export function addressName(address: ServerAddress): string {
  if (address.host.startsWith(UNIX)) return address.host;
  return address.host.includes(":") ? `[${bareHost(address.host)}]:${address.port}` : `${address.host}:${address.port}`;
}

/** The host as sockets take it: an IPv6 address without brackets. */
export function bareHost(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1");
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ENOTFOUND: "no such host",
  ERR_INVALID_ARG_TYPE: "no such host", // of an empty host
  EAI_AGAIN: "no answer from the name server",
  ENETUNREACH: "that network is unreachable",
  EHOSTUNREACH: "that host is unreachable",
  ETIMEDOUT: "no answer",
  ECONNRESET: "the connection was reset",
  EACCES: "not permitted",
  ENOENT: "there is no such socket",
};

/** A socket error in a few words. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return WORDS[code] ?? (code === "" ? error.message : code);
}

/** A server does not satisfy its TLS policy. The lines say why, and what would work. */
export class NotTrusted extends Error {
  readonly lines: readonly string[];
  /** Trying again is useless. */
  readonly lasts: boolean;

  constructor(lines: readonly string[], lasts = true) {
    super(lines[0]);
    this.lines = lines;
    this.lasts = lasts;
  }
}

/**
 * The lines shown when a server cannot be reached: why, and what would work. `names` are the addresses of several servers
 * that were all tried; the error is that of the last one.
 */
export function unreachable(address: ServerAddress, error: unknown, names: readonly string[] = []): readonly string[] {
  if (error instanceof NotTrusted) return error.lines;
  const why = wordsOf(error);
  if (names.length > 1) return [`could not connect to ${names.join(", ")}: ${why}; is one of these servers running?`];
  const first = `could not connect to ${addressName(address)}: ${why}`;
  if (address.host.startsWith(UNIX)) return [`${first}; is its server running, and does it listen there?`];
  if (why === WORDS.ECONNREFUSED) {
    const start = `nothing listens there; \`tcpchat server --port ${address.port}\` starts a server`;
    return [`${first}; ${isLoopback(address.host) ? start : "is its server running, and is this its port?"}`];
  }
  return [`${first}; check the address, HOST:PORT`];
}

/** The lines shown when a server accepts the connection, but not our registration. */
export function notLetIn(address: ServerAddress, why: string, hint: string | undefined): readonly string[] {
  return [`the server at ${addressName(address)} did not let us in: ${why}`, ...(hint === undefined ? [] : [hint])];
}
