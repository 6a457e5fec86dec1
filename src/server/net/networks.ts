import { isIPv4, isIPv6 } from "node:net";

/** An IP address, or a network in CIDR terms. */
export interface Network {
  /** 4 or 6. */
  readonly version: 4 | 6;
  /** The address as a number of 32 or 128 bits; bits after the prefix are 0. */
  readonly base: bigint;
  /** The prefix length in bits. */
  readonly length: number;
}

const SITE = 64; // bits of an IPv6 prefix: a customer usually has a whole /64

/**
 * Parses `10.0.0.1`, `10.0.0.0/8`, `2001:db8::/32`; `undefined` for anything else. Bits after the prefix are ignored,
 * and `::ffff:10.0.0.1` is the IPv4 address.
 */
export function networkOf(text: string): Network | undefined {
  const [address = "", digits, more] = text.split("/");
  const version = isIPv4(address) ? 4 : isIPv6(address) && !address.includes("%") ? 6 : undefined;
  if (version === undefined || more !== undefined) return undefined;
  if (digits !== undefined && !/^\d{1,3}$/.test(digits)) return undefined;
  const most = version === 4 ? 32 : 128;
  const length = digits === undefined ? most : Number(digits);
  const bits = bitsOf(address, version);
  return version === 6 && bits >> 32n === 0xffffn
    ? within(4, bits & 0xffffffffn, length - 96)
    : within(version, bits, length);
}

/** Parses a peer's address, which may name an interface (`fe80::1%eth0`). */
export function addressOf(text: string): Network | undefined {
  return networkOf(text.replace(/%.*$/, ""));
}

/** The network by which an address is counted, cloaked and banned: an IPv4 address, or the /64 of an IPv6 address. */
export function siteOf(address: Network): Network {
  return address.version === 6 && address.length > SITE ? { ...address, ...cut(address, SITE) } : address;
}

/** The network of a peer's address (`siteOf`), both as text. Text that is no address is returned unchanged. */
export function blockOf(address: string): string {
  if (!address.includes(":")) return address;
  const at = addressOf(address);
  return at ? networkText(siteOf(at)) : address;
}

/** A network as text. A single IPv4 address has no length; IPv6 always has one, since a bare address means its /64. */
export function networkText({ version, base, length }: Network): string {
  if (version === 6) return `${text6(base)}/${length}`;
  return length === 32 ? text4(base) : `${text4(base)}/${length}`;
}

function within(version: 4 | 6, bits: bigint, length: number): Network | undefined {
  const most = version === 4 ? 32 : 128;
  return length < 0 || length > most ? undefined : { version, ...cut({ version, base: bits }, length) };
}

function cut({ version, base }: Pick<Network, "version" | "base">, length: number): Pick<Network, "base" | "length"> {
  return { base: masked(base, version === 4 ? 32 : 128, length), length };
}

/** Whether an address or network lies in another network. */
export function isWithin(inner: Network, outer: Network): boolean {
  if (inner.version !== outer.version || inner.length < outer.length) return false;
  return masked(inner.base, inner.version === 4 ? 32 : 128, outer.length) === outer.base;
}

/** The first `length` of `most` bits; the others become 0. */
export function masked(bits: bigint, most: number, length: number): bigint {
  const behind = BigInt(most - length);
  return (bits >> behind) << behind;
}

function bitsOf(address: string, version: 4 | 6): bigint {
  if (version === 4) return address.split(".").reduce((bits, part) => bits * 256n + BigInt(part), 0n);
  return groupsOf(address).reduce((bits, group) => bits * 65536n + BigInt(group), 0n);
}

/** The eight groups of an IPv6 address, which may end like an IPv4 address. */
function groupsOf(address: string): readonly number[] {
  const hex = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) => `${pair(a, b)}:${pair(c, d)}`);
  const [head = "", tail] = hex.split("::");
  const groups = (text: string) => (text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16)));
  const before = groups(head);
  const after = groups(tail ?? "");
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
}

function pair(high: string, low: string): string {
  return (Number(high) * 256 + Number(low)).toString(16);
}

function text4(bits: bigint): string {
  return [24n, 16n, 8n, 0n].map((by) => String((bits >> by) & 255n)).join(".");
}

/** Writes the longest run of at least two zero groups as `::` (RFC 5952). */
function text6(bits: bigint): string {
  const groups = Array.from({ length: 8 }, (_, at) => ((bits >> BigInt(112 - 16 * at)) & 65535n).toString(16));
  const text = groups.join(":");
  const runs = [...text.matchAll(/(?<![\da-f])0(?::0(?![\da-f]))+/g)].map(([run]) => run);
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), "");
  if (longest === "") return text;
  const at = text.search(new RegExp(`(?<![\\da-f])${longest}(?![\\da-f])`));
  const before = text.slice(0, at).replace(/:$/, "");
  const after = text.slice(at + longest.length).replace(/^:/, "");
  return `${before}::${after}`;
}

const KNOWN = 512; // addresses that are cached

/**
 * A set of addresses and networks, written as `127.0.0.1`, `10.0.0.0/8` or `::1`. Throws a `RangeError` for other text.
 */
export function addressSet(entries: readonly string[]): (address: string) => boolean {
  const networks = entries.map((entry) => {
    const network = networkOf(entry);
    if (network) return network;
    throw new RangeError(`"${entry}" is neither an address nor a network: write 127.0.0.1, 10.0.0.0/8 or ::1`);
  });
  const isInSet = (address: string) => {
    const at = networks.length > 0 ? addressOf(address) : undefined;
    return at !== undefined && networks.some((network) => isWithin(at, network));
  };
  // Cached: parsing an address takes some microseconds, and many peers share one.
  const known = new Map<string, boolean>();
  return (address) => {
    const answer = known.get(address) ?? isInSet(address);
    if (known.size >= KNOWN) known.clear();
    known.set(address, answer);
    return answer;
  };
}

/**
 * The cloak that others see instead of an address: the same for the same address and key, and revealing nothing about
 * it. All addresses of an IPv6 /64 share one. It is 60 bits of an HMAC-SHA-256, in base 32.
 */
export function cloak(address: string, key: Uint8Array): string {
  const digest = new Bun.CryptoHasher("sha256", key).update(blockOf(address)).digest();
  let text = "";
  for (const byte of digest.subarray(0, 12)) text += "abcdefghijklmnopqrstuvwxyz234567"[byte & 31];
  return `${text}.cloak`;
}
