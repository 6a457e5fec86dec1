import { createHash, timingSafeEqual } from "node:crypto";
import { isIP, isIPv4, isIPv6 } from "node:net";
import { addressSet } from "./networks.ts";
import { plainAddress } from "./transport.ts";

/** The peers that report the address of their own client: proxies by a PROXY header, IRC gateways by a WEBIRC line. */

/** A peer's own address, as a proxy or gateway reports it. */
export interface Origin {
  readonly address: string;
  readonly port: number;
}

/** A gateway to IRC, such as a web client: its address and password. */
export interface GatewayConfig {
  /** An address or a network. */
  readonly address: string;
  readonly password: string;
}

/** The proxies and gateways that may report another address than their own. */
export class Relays {
  readonly isProxy: (address: string) => boolean;
  readonly #gateways: readonly { readonly has: (address: string) => boolean; readonly digest: Buffer }[];

  constructor(proxies: readonly string[] = [], gateways: readonly GatewayConfig[] = []) {
    this.isProxy = addressSet(proxies);
    this.#gateways = gateways.map(({ address, password }) => ({
      has: addressSet([address]),
      digest: digestOf(password),
    }));
  }

  isGateway(address: string): boolean {
    return this.#gateways.some((gateway) => gateway.has(address));
  }

  /** Whether a peer with this address may report another one. */
  has(address: string): boolean {
    return this.isProxy(address) || this.isGateway(address);
  }

  /** Whether a gateway at this address has this password. Takes the same time whatever the answer. */
  opens(address: string, password: string): boolean {
    const digest = digestOf(password);
    let isOpen = false;
    for (const gateway of this.#gateways)
      if (gateway.has(address) && timingSafeEqual(digest, gateway.digest)) isOpen = true;
    return isOpen;
  }
}

/** Digests have the same length, as `timingSafeEqual` needs. */
function digestOf(password: string): Buffer {
  return createHash("sha256").update(password).digest();
}

/** A parsed `WEBIRC password gateway host address :options` (IRCv3 webirc). */
interface GatewayLine {
  readonly password: string;
  /** `undefined` if it is no valid address. */
  readonly address: string | undefined;
  readonly port: number;
  /** The connection between the gateway and its user is encrypted. */
  readonly isSecure: boolean;
}

const WEBIRC = /^WEBIRC(?: |$)/;

export function isGatewayLine(line: string): boolean {
  return WEBIRC.test(line);
}

/**
 * Parses a WEBIRC line; `undefined` if parameters are missing. The host name is ignored, since hosts are cloaks here.
 */
export function readGatewayLine(line: string): GatewayLine | undefined {
  // Only the last parameter may have a leading colon, which is dropped: the options, or the address if there are none.
  const [, ...params] = line.trimEnd().match(/(?<= ):.*|[^ ]+/g) ?? [];
  const [password, gateway, host, given, ...rest] = params.map((param) => param.replace(/^:(?!:)/, ""));
  if (password === undefined || gateway === undefined || host === undefined || given === undefined) return undefined;
  const options = rest.flatMap((words) => words.split(/ +/));
  const port = options.map((option) => /^remote-port=(\d{1,5})$/.exec(option)?.[1]).find(Boolean);
  // A middle parameter cannot begin with a colon: `::1` comes as `0::1`.
  const address = plainAddress(given.replace(/^0::/, "::"));
  return {
    password,
    address: isIP(address) === 0 ? undefined : address,
    port: Number(port ?? 0),
    isSecure: options.includes("secure"),
  };
}

/** The reason to refuse a WEBIRC line, in words for its sender; `undefined` for a good line. */
export function gatewayRefusal(relays: Relays, from: string, line: GatewayLine | undefined): string | undefined {
  if (!relays.isGateway(from)) return "WEBIRC is accepted only from the addresses that [[gateways]] lists";
  if (!line) return "WEBIRC takes a password, the gateway's name, a host and an address";
  if (!relays.opens(from, line.password)) return "The WEBIRC password is wrong";
  return line.address === undefined ? "WEBIRC has no IPv4 or IPv6 address as its fourth parameter" : undefined;
}

/**
 * The header by which a proxy reports its peer's address: HAProxy's PROXY protocol, versions 1 and 2. It comes before
 * everything else, TLS included.
 */

const V1 = Buffer.from("PROXY ");
const V1_LONGEST = 107; // bytes with CR LF
const V2 = Buffer.from("\r\n\r\n\0\r\nQUIT\n");
const V2_HEAD = 16; // bytes before the addresses
const V2_LONGEST = 16_384; // bytes of addresses and TLVs
const LF = 10;

const LOCAL = 0;
const PROXY = 1;
/** Bytes of both addresses and ports, by address family. */
const ADDRESSES: Readonly<Record<number, number>> = { 0: 0, 1: 12, 2: 36, 3: 216 };
const INET = 1;
const INET6 = 2;

/** The result of reading a proxy's first bytes. */
type Reading =
  /** The bytes are no header. */
  | { readonly type: "none" }
  /** The bytes may be the beginning of a header; more are needed. */
  | { readonly type: "more" }
  | { readonly type: "bad"; readonly why: string }
  /** A header of `length` bytes. Without an origin, the connection is the proxy's own, or it does not know the peer. */
  | { readonly type: "header"; readonly length: number; readonly origin: Origin | undefined };

const NONE: Reading = { type: "none" };
const MORE: Reading = { type: "more" };

/** Reads the header at the beginning of all bytes received so far. */
export function readProxyHeader(bytes: Uint8Array): Reading {
  if (beginsLike(bytes, V1)) return bytes.length < V1.length ? MORE : readV1(bytes);
  if (beginsLike(bytes, V2)) return bytes.length < V2_HEAD ? MORE : readV2(bytes);
  return NONE;
}

function beginsLike(bytes: Uint8Array, beginning: Uint8Array): boolean {
  const length = Math.min(bytes.length, beginning.length);
  return length > 0 && beginning.subarray(0, length).every((byte, at) => byte === bytes[at]);
}

/** `PROXY TCP4 source destination port port CR LF`, `PROXY UNKNOWN … CR LF`. */
function readV1(bytes: Uint8Array): Reading {
  const end = bytes.subarray(0, V1_LONGEST).indexOf(LF);
  if (end < 0) return bytes.length < V1_LONGEST ? MORE : bad("it does not end within 107 bytes");
  const line = Buffer.from(bytes.subarray(0, end + 1)).toString("latin1");
  if (!line.endsWith("\r\n")) return bad("it does not end in CR LF");
  const [, family = "", ...words] = line.slice(0, -2).split(" ");
  if (family === "UNKNOWN") return { type: "header", length: end + 1, origin: undefined };
  const isAddress = family === "TCP4" ? isIPv4 : family === "TCP6" ? isIPv6 : undefined;
  if (!isAddress) return bad(`${JSON.stringify(family)} is none of TCP4, TCP6 and UNKNOWN`);
  const [source = "", destination = "", ...ports] = words;
  if (!isAddress(source) || !isAddress(destination)) return bad(`it has no two addresses of ${family}`);
  if (ports.length !== 2 || !ports.every(isPort)) return bad("it has no two ports");
  return { type: "header", length: end + 1, origin: { address: plainAddress(source), port: Number(ports[0]) } };
}

function isPort(text: string): boolean {
  return /^(?:0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65535;
}

/** A signature; version and command; address family and transport; a length; addresses, and then type-length-values. */
function readV2(bytes: Uint8Array): Reading {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [version, command] = [view.getUint8(12) >> 4, view.getUint8(12) & 15];
  const [family, transport] = [view.getUint8(13) >> 4, view.getUint8(13) & 15];
  const size = view.getUint16(14);
  if (version !== 2) return bad(`its version is ${version}`);
  if (command !== LOCAL && command !== PROXY) return bad(`its command is ${command}`);
  const addresses = ADDRESSES[family];
  if (addresses === undefined || transport > 2) return bad(`its family is ${family}, its transport ${transport}`);
  if (size > V2_LONGEST) return bad(`it is longer than ${V2_LONGEST} bytes`);
  const length = V2_HEAD + size;
  if (command === PROXY && size < addresses) return bad("it is too short for its addresses");
  if (bytes.length < length) return MORE;
  if (command === LOCAL) return { type: "header", length, origin: undefined };
  const at = V2_HEAD + addresses;
  if (family !== 0 && !areValues(bytes.subarray(at, length)))
    return bad("what follows its addresses has wrong lengths");
  return { type: "header", length, origin: originOf(view, family) };
}

/** Whether the bytes are a whole number of type-length-values. */
function areValues(bytes: Uint8Array): boolean {
  let at = 0;
  while (at + 3 <= bytes.length) at += 3 + (bytes[at + 1] ?? 0) * 256 + (bytes[at + 2] ?? 0);
  return at === bytes.length;
}

/** The source of a header; `undefined` for a unix socket, whose peer is on the proxy's own machine. */
function originOf(view: DataView, family: number): Origin | undefined {
  if (family === INET) {
    const parts = Array.from({ length: 4 }, (_, at) => view.getUint8(V2_HEAD + at));
    return { address: parts.join("."), port: view.getUint16(V2_HEAD + 8) };
  }
  if (family !== INET6) return undefined;
  const groups = Array.from({ length: 8 }, (_, at) => view.getUint16(V2_HEAD + 2 * at).toString(16));
  return { address: shortened(groups.join(":")), port: view.getUint16(V2_HEAD + 32) };
}

/** An IPv6 address in its usual form; an IPv4-mapped one as IPv4. */
function shortened(address: string): string {
  const host = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([\da-f]+):([\da-f]+)$/.exec(host);
  if (!mapped) return host;
  const [high, low] = [Number.parseInt(mapped[1] ?? "", 16), Number.parseInt(mapped[2] ?? "", 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}

function bad(why: string): Reading {
  return { type: "bad", why };
}
