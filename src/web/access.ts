import { isIP } from "node:net";

/**
 * Decides who may use the server from a browser. A page of another site can send requests here in the name of its visitor; its
 * Origin shows it. A site can also let its own name point to this server (DNS rebinding); the Host shows that.
 */
export class WebAccess {
  readonly #names: ReadonlySet<string>;
  /** `example.org` for a certificate's `*.example.org`. */
  readonly #domains: ReadonlySet<string>;
  readonly #origins: ReadonlySet<string>;

  /** `names` of this server; `*.example.org` stands for one label. `origins`: further sites, as `https://example.org`. */
  constructor(names: Iterable<string>, origins: Iterable<string>) {
    const all = Array.from(names, (name) => name.toLowerCase().replace(/\.$/, ""));
    this.#names = new Set(["localhost", ...all]);
    this.#domains = new Set(all.filter((name) => name.startsWith("*.")).map((name) => name.slice(2)));
    this.#origins = new Set(Array.from(origins, (origin) => origin.toLowerCase()));
  }

  /** Whether a Host field names this server: an address, or one of its names, with or without a port. */
  isHost(host: string): boolean {
    const [, bracketed, plain] = /^(?:\[([\da-f:.]+)\]|([^:\s[\]]+))(?::\d{1,5})?$/i.exec(host) ?? [];
    if (bracketed !== undefined) return isIP(bracketed) === 6;
    if (plain === undefined) return false;
    const name = plain.toLowerCase().replace(/\.$/, "");
    return isIP(name) === 4 || this.#names.has(name) || this.#domains.has(name.slice(name.indexOf(".") + 1));
  }

  /**
   * Whether a request with these Origin fields may come in: a program sends none; a page of this server has an origin
   * that equals the Host field, which `isHost` has allowed.
   */
  isOrigin(origins: readonly string[], host: string): boolean {
    if (origins.length === 0) return true;
    const [origin = ""] = origins;
    if (origins.length > 1) return false;
    const [, authority] = /^https?:\/\/([^/]+)$/i.exec(origin) ?? [];
    if (authority === undefined) return false;
    return authority.toLowerCase() === host.toLowerCase() || this.#origins.has(origin.toLowerCase());
  }
}

/**
 * The client's address in the values of X-Forwarded-For, to which each proxy appends the address of its own client: the
 * last address that is not a listed proxy's. `undefined` if a value up to there, from the end, is no address.
 */
export function forwardedAddress(values: readonly string[], isProxy: (address: string) => boolean): string | undefined {
  let address: string | undefined;
  for (const value of values.toReversed()) {
    address = addressIn(value);
    if (address === undefined || !isProxy(address)) return address;
  }
  return address;
}

/** An address, which some proxies write with a port; IPv6 then has brackets. */
function addressIn(value: string): string | undefined {
  const [, bracketed] = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(value) ?? [];
  const [, before] = /^([\d.]+):\d{1,5}$/.exec(value) ?? [];
  const address = (bracketed ?? before ?? value).toLowerCase();
  const mapped = /^::ffff:([\d.]+)$/.exec(address)?.[1];
  return isIP(address) === 0 || address.includes("%") ? undefined : (mapped ?? address);
}
