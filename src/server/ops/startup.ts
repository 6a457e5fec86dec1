import { accessSync, constants, existsSync, lstatSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { dirname } from "node:path";
import { renderUnicodeCompact } from "uqr";
import { isLoopback } from "../../text/address.ts";
import { ConfigError } from "../config/kinds.ts";
import { isPageServed } from "../config/read.ts";
import { badListenAddress, type ListenAddress, listenAddressOf } from "../net/listen.ts";
import { networkOf } from "../net/networks.ts";
import { AdminHttpError } from "./admin-http.ts";

/** A server that has just started. */
interface Started {
  /** The configured addresses; see `listenAddressOf`. */
  readonly listen: readonly string[];
  /** The port of the first entry that has one. */
  readonly port: number;
  readonly data: string | undefined;
  /** Whether browsers get the page. */
  readonly web: { readonly page: boolean; readonly websocket: boolean };
  /** The fingerprints of the certificate and of the SSH host key, if TLS and SSH are spoken. */
  readonly fingerprints?: { readonly tls?: string | undefined; readonly ssh?: string | undefined };
  /** The width of the terminal that the lines are for; none if they go elsewhere. */
  readonly columns?: number | undefined;
}

const WIDE = 80; // columns of a terminal that gets the QR code

/** Lines shown on stderr at the start: how to connect with each kind of client, the fingerprints, where history is kept. */
export function startupHints({ listen, port, data, web, fingerprints = {}, columns = 0 }: Started): readonly string[] {
  const { here, elsewhere } = reachedBy(listen, port);
  const { tls, ssh } = fingerprints;
  const at = here.address === "127.0.0.1" && here.port === 9000 ? "" : ` ${hostAndPort(here)}`;
  const clients = [
    ...(isPageServed(web) ? [[pageAt(here), "a browser"]] : []),
    ...(ssh === undefined ? [] : [[`ssh -p ${here.port} NAME@${here.address}`, "our client, with nothing to install"]]),
    [`tcpchat client${at}`, "our client"],
    [`nc ${here.address} ${here.port}`, "anything that speaks TCP"],
    [`/connect ${here.address} ${here.port}`, "irssi"],
    [`/server ${here.address} ${here.port}`, "HexChat"],
    [`/server add tcpchat ${here.address}/${here.port} -notls`, "WeeChat, and then: /connect tcpchat"],
  ];
  const width = Math.max(...clients.map(([command = ""]) => command.length)) + 2;
  return [
    "",
    ...clients.map(([command = "", client]) => `  ${command.padEnd(width)}${client}`),
    ...(elsewhere ? ["", fromElsewhere(here, elsewhere)] : []),
    ...(elsewhere && isPageServed(web) && columns >= WIDE ? ["", ...qrCode(pageAt(elsewhere))] : []),
    ...(tls === undefined
      ? []
      : ["", "TLS is spoken on the same port. The certificate's SHA-256 fingerprint:", `  ${tls}`]),
    ...(ssh === undefined ? [] : ["", "SSH too. The host key's fingerprint:", `  ${ssh}`]),
    "",
    data === undefined
      ? "Nothing is kept on disk. Ctrl-C stops the server."
      : `History is kept in ${data}. Ctrl-C stops the server.`,
    "",
  ];
}

/** The changes to the commands on another machine. */
function fromElsewhere(here: Address, elsewhere: Address): string {
  if (elsewhere.address === here.address && elsewhere.port === here.port)
    return "Other machines can connect in the same way.";
  const place = ({ address, port }: Address) =>
    elsewhere.port === here.port ? address : `${address} and port ${port}`;
  return `From another machine: ${place(elsewhere)} instead of ${place(here)}.`;
}

/** The address of the page. */
function pageAt(place: Address): string {
  return `http://${hostAndPort(place)}/`;
}

/** A QR code for a terminal of any colours: two rows of squares in each line, white blocks on black. */
function qrCode(words: string): readonly string[] {
  const drawn = renderUnicodeCompact(words, { border: 2 });
  return drawn.split("\n").map((line) => `  \x1b[97;40m${line}\x1b[0m`);
}

/** How browsers reach the server. */
interface WebReach {
  readonly name: string;
  readonly listen: readonly string[];
  readonly port: number;
  /** The certificate is one that browsers accept. */
  readonly isTrusted: boolean;
}

/** The address of the server's pages: its name, unless that is the one of every host; else an address of this machine. */
export function webAddress({ name, listen, port, isTrusted }: WebReach): string {
  const { here, elsewhere } = reachedBy(listen, port);
  const at = elsewhere ?? here;
  const host = hostAndPort(name.endsWith(".local") ? at : { ...at, address: name });
  return isTrusted ? `https://${host.replace(/:443$/, "")}` : `http://${host.replace(/:80$/, "")}`;
}

interface Address {
  readonly address: string;
  readonly port: number;
}

/** The addresses for connecting from this machine, and from another one if possible. */
function reachedBy(
  listen: readonly string[],
  port: number,
): { readonly here: Address; readonly elsewhere: Address | undefined } {
  const entries = listen.flatMap((entry) => {
    const place = listenAddressOf(entry);
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

/** Whether a host means all addresses of this machine: `0.0.0.0` or `::`. */
function isWildcard(host: string): boolean {
  return networkOf(host)?.base === 0n;
}

/** An address in the form in which URLs have it. */
export function hostAndPort({ address, port }: Address): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/** An address of this machine for others; `undefined` if it has none, or may not read them (a unit without AF_NETLINK). */
function outerAddress(): string | undefined {
  try {
    const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
    return addresses.find(({ family, internal }) => family === "IPv4" && !internal)?.address;
  } catch {
    return undefined;
  }
}

/** Explains why listening failed and what would work (`reusePort`: on a shared port); `undefined` for other errors. */
export function listenError(error: unknown, listen: readonly string[], reusePort = false): string | undefined {
  if (error instanceof AdminHttpError) return error.message;
  if (!(error instanceof Error)) return undefined;
  // For an unknown host name, Bun's error has no code.
  const code = "code" in error ? error.code : error.message.startsWith("Failed to listen") ? "ENOTFOUND" : undefined;
  if (code === undefined) return undefined;
  const file = "address" in error && listen.includes(`unix:${error.address}`) ? String(error.address) : undefined;
  const port = "port" in error && typeof error.port === "number" ? error.port : portOf(listen);
  const where = listen.join(", ");
  switch (code) {
    case "EADDRINUSE":
      if (file)
        return `${file} is in use by another server, or left over from one.\nIf none runs, this would work: rm ${file}`;
      if (reusePort)
        return `port ${port} is in use by a program that does not share it: all servers there need reuse_port = true in [cluster], and the same user.`;
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

const LONGEST = 107; // bytes of a socket's path: 108 with the NUL (unix(7))

/**
 * Checks whether a server could listen on all addresses, and opens nothing for good. Returns the addresses in use: that
 * is no error, since the server itself may be running. Throws `ConfigError` with the fault and what would work.
 */
export function checkListen(listen: readonly string[]): readonly string[] {
  const opened: { readonly entry: string; readonly stop: (() => void) | undefined }[] = [];
  try {
    const seen = new Set<string>();
    for (const entry of listen) {
      const place = listenAddressOf(entry);
      if (!place) throw new ConfigError(badListenAddress(entry));
      if (seen.has(entry) && !entry.endsWith(":0")) throw new ConfigError(`listen has ${entry} twice: once is enough`);
      seen.add(entry);
      if ("unix" in place) checkPath(place.unix);
      else if ("hostname" in place) opened.push({ entry, stop: tryPort(entry, place, opened) });
    }
  } finally {
    for (const { stop } of opened) stop?.();
  }
  return opened.filter(({ stop }) => stop === undefined).map(({ entry }) => entry);
}

/** Listens on a port. Returns the function that stops it; `undefined` if the port is in use. */
function tryPort(
  entry: string,
  { hostname, port }: Extract<ListenAddress, { readonly hostname: string }>,
  others: readonly { readonly entry: string }[],
): (() => void) | undefined {
  try {
    const socket = Bun.listen({ hostname, port, socket: { data() {}, open: (peer) => void peer.end() } });
    return () => socket.stop(true);
  } catch (error) {
    const words = listenError(error, [entry]);
    if (words === undefined) throw error;
    if (!(error instanceof Error && "code" in error && error.code === "EADDRINUSE")) throw new ConfigError(words);
    const other = others.find((one) => one.entry.endsWith(`:${port}`));
    if (other) throw new ConfigError(`listen has ${other.entry} and ${entry}: the first takes the port of both`);
    return undefined;
  }
}

function checkPath(path: string): void {
  const folder = dirname(path);
  if (Buffer.byteLength(path) > LONGEST)
    throw new ConfigError(`unix:${path} is too long: a socket's path has at most ${LONGEST} bytes`);
  const file = lstatSync(path, { throwIfNoEntry: false });
  if (file && !file.isSocket())
    throw new ConfigError(`unix:${path}: the file exists and is no socket; choose another path`);
  if (!existsSync(folder)) throw new ConfigError(`unix:${path}: the folder ${folder} does not exist; make it first`);
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch {
    throw new ConfigError(`unix:${path}: this user has no permission to write in ${folder}`);
  }
}
