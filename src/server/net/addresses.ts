import { addressOf, isWithin, networkOf } from "./networks.ts";

const KNOWN = 512; // addresses that are remembered

/** A set of addresses, written as `127.0.0.1`, `10.0.0.0/8` or `::1`; throws a `RangeError` for what is none. */
export function addressSet(entries: readonly string[]): (address: string) => boolean {
  const networks = entries.map((entry) => {
    const network = networkOf(entry);
    if (network) return network;
    throw new RangeError(`"${entry}" is no address and no network: write 127.0.0.1, 10.0.0.0/8 or ::1`);
  });
  const isInSet = (address: string) => {
    const at = networks.length > 0 ? addressOf(address) : undefined;
    return at !== undefined && networks.some((network) => isWithin(at, network));
  };
  // Many come from the same address, and it takes some microseconds to read one.
  const known = new Map<string, boolean>();
  return (address) => {
    const answer = known.get(address) ?? isInSet(address);
    if (known.size >= KNOWN) known.clear();
    known.set(address, answer);
    return answer;
  };
}
