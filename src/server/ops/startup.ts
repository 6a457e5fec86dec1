import { networkInterfaces } from "node:os";
import { addressSet } from "../net/addresses.ts";
import { placeOf } from "../net/listen.ts";
import { networkOf } from "../net/networks.ts";
import { MonitorError } from "./admin-http.ts";

/** A server that has just been started. */
export interface Started {
  /** Where it was told to listen; see `placeOf`. */
  readonly listen: readonly string[];
  /** The port of the first entry that has one. */
  readonly port: number;
  readonly data: string | undefined;
  /** Of its certificate, if TLS is offered. */
  readonly fingerprint?: string | undefined;
}

/** Commands and figures that a person who has just started a server wants to copy. Shown on stderr, a line each. */
export function startupHints({ listen, port, data, fingerprint }: Started): readonly string[] {
  const { here, elsewhere } = reachedBy(listen, port);
  const at = here.address === "127.0.0.1" && here.port === 9000 ? "" : ` ${hostAndPort(here)}`;
  const lines = [
    "",
    `${`  tcpchat client${at}`.padEnd(34)}our client`,
    `${`  nc ${here.address} ${here.port}`.padEnd(34)}anything that speaks TCP`,
    `${`  /connect ${here.address} ${here.port}`.padEnd(34)}an IRC client, here irssi`,
  ];
  if (elsewhere) lines.push(`${`  nc ${elsewhere.address} ${elsewhere.port}`.padEnd(34)}from another machine`);
  if (fingerprint !== undefined)
    lines.push("", "TLS is spoken on the same port. The certificate's SHA-256 fingerprint:", `  ${fingerprint}`);
  lines.push(
    "",
    data === undefined
      ? "Nothing is kept on disk. Ctrl-C stops the server."
      : `History is kept in ${data}. Ctrl-C stops the server.`,
    "",
  );
  return lines;
}

interface Address {
  readonly address: string;
  readonly port: number;
}

/** The addresses by which a server is reached from this machine, and from another one, if it can be. */
function reachedBy(
  listen: readonly string[],
  port: number,
): { readonly here: Address; readonly elsewhere: Address | undefined } {
  const entries = listen.flatMap((entry) => {
    const place = placeOf(entry);
    return place && "hostname" in place ? [{ address: place.hostname, port: place.port || port }] : [];
  });
  const local = { address: "127.0.0.1", port };
  const everywhere = entries.find(({ address }) => isWildcard(address));
  const loopback = entries.find(({ address }) => isLoopback(address));
  const outer = entries.find(({ address }) => !isWildcard(address) && !isLoopback(address));
  const address = everywhere && outerAddress();
  const elsewhere = everywhere && address !== undefined ? { ...everywhere, address } : outer;
  const here = everywhere ? { ...local, port: everywhere.port } : (loopback ?? outer ?? local);
  return { here: here.address === "localhost" ? { ...here, address: "127.0.0.1" } : here, elsewhere };
}

const LOOPBACK = addressSet(["127.0.0.0/8", "::1"]);

function isLoopback(host: string): boolean {
  return host === "localhost" || LOOPBACK(host);
}

/** All addresses of this machine. */
function isWildcard(host: string): boolean {
  return networkOf(host)?.base === 0n;
}

function hostAndPort({ address, port }: Address): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

function outerAddress(): string | undefined {
  for (const addresses of Object.values(networkInterfaces())) {
    for (const { family, internal, address } of addresses ?? []) if (family === "IPv4" && !internal) return address;
  }
  return undefined;
}

/** Why listening failed, in a sentence that says what would work; `undefined` for what is not a matter of listening. */
export function listenTrouble(error: unknown, listen: readonly string[]): string | undefined {
  if (error instanceof MonitorError) return error.message;
  if (!(error instanceof Error)) return undefined;
  // For a name that nobody knows, Bun has no code.
  const code = "code" in error ? error.code : error.message.startsWith("Failed to listen") ? "ENOTFOUND" : undefined;
  if (code === undefined) return undefined;
  const file = "address" in error && listen.includes(`unix:${error.address}`) ? String(error.address) : undefined;
  const port = "port" in error && typeof error.port === "number" ? error.port : portOf(listen);
  const where = listen.join(", ");
  switch (code) {
    case "EADDRINUSE":
      if (file)
        return `${file} is in use by another server, or left over from one.\nIf none runs, this would work: rm ${file}`;
      return `port ${port} is in use, perhaps by another server.\nThis would work: tcpchat server --port ${port < 65535 ? port + 1 : 0}`;
    case "EACCES":
    case "EPERM":
      if (port === 0) break;
      return `port ${port} is not open to you: ports below 1024 need privileges.\nThis would work: tcpchat server --port 9000`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_NONAME":
    case "DNS_ENOTFOUND":
      return `${where}: this machine has no such address.\nThis would work: tcpchat server --host 0.0.0.0`;
  }
  return `cannot listen on ${where}: ${error.message}`;
}

function portOf(listen: readonly string[]): number {
  return Number(/:(\d+)$/.exec(listen[0] ?? "")?.[1] ?? 0);
}
