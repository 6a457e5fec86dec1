import { createHash, timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";
import { addressSet } from "./networks.ts";
import { plainAddress } from "./transport.ts";

/** A gateway to IRC, such as a web client: its address, and the password that proves it. */
export interface GatewayConfig {
  /** An address or a network. */
  readonly address: string;
  readonly password: string;
}

/** `WEBIRC password gateway host address :options` (IRCv3 webirc). */
export interface GatewayLine {
  readonly password: string;
  /** `undefined` where it is none. */
  readonly address: string | undefined;
  readonly port: number;
  /** The way between the gateway and its user is encrypted. */
  readonly isSecure: boolean;
}

const WEBIRC = /^WEBIRC(?: |$)/;

export function isGatewayLine(line: string): boolean {
  return WEBIRC.test(line);
}

/** Reads a WEBIRC line; `undefined` if parameters are missing. Its host name is of no use: hosts are cloaks here. */
export function readGatewayLine(line: string): GatewayLine | undefined {
  // Only the last parameter may begin with a colon, which is then none of it: the options, or an address without any.
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

/** The peers that may name another address than their own: proxies by a header, gateways of IRC in their first line. */
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

  /** Whether one from here may turn out to be from elsewhere. */
  has(address: string): boolean {
    return this.isProxy(address) || this.isGateway(address);
  }

  /** Whether a gateway is at this address that has this password; how long that takes tells nothing of it. */
  opens(address: string, password: string): boolean {
    const digest = digestOf(password);
    let isOpen = false;
    for (const gateway of this.#gateways)
      if (gateway.has(address) && timingSafeEqual(digest, gateway.digest)) isOpen = true;
    return isOpen;
  }
}

/** The refusal of a WEBIRC line, in words for its sender; `undefined` if the line is good. */
export function gatewayTrouble(relays: Relays, from: string, line: GatewayLine | undefined): string | undefined {
  if (!relays.isGateway(from)) return "WEBIRC is for the gateways alone that [[gateways]] of the configuration lists";
  if (!line) return "WEBIRC takes a password, the gateway's name, a host and an address";
  if (!relays.opens(from, line.password)) return "The password of WEBIRC is not the right one";
  return line.address === undefined ? "WEBIRC has no IPv4 or IPv6 address as its fourth parameter" : undefined;
}

/** Digests have one length, and take one time to compare. */
function digestOf(password: string): Buffer {
  return createHash("sha256").update(password).digest();
}
