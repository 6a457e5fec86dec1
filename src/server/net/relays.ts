import { createHash, timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";
import { addressSet } from "./networks.ts";
import { plainAddress } from "./transport.ts";

/** A gateway to IRC, such as a web client: its address and password. */
export interface GatewayConfig {
  /** An address or a network. */
  readonly address: string;
  readonly password: string;
}

/** A parsed `WEBIRC password gateway host address :options` (IRCv3 webirc). */
export interface GatewayLine {
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

/** The peers that may report another address: proxies by a PROXY header, IRC gateways by a WEBIRC line. */
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

/** The reason to refuse a WEBIRC line, in words for its sender; `undefined` for a good line. */
export function gatewayRefusal(relays: Relays, from: string, line: GatewayLine | undefined): string | undefined {
  if (!relays.isGateway(from)) return "WEBIRC is accepted only from the addresses that [[gateways]] lists";
  if (!line) return "WEBIRC takes a password, the gateway's name, a host and an address";
  if (!relays.opens(from, line.password)) return "The WEBIRC password is wrong";
  return line.address === undefined ? "WEBIRC has no IPv4 or IPv6 address as its fourth parameter" : undefined;
}

/** Digests have the same length, as `timingSafeEqual` needs. */
function digestOf(password: string): Buffer {
  return createHash("sha256").update(password).digest();
}
