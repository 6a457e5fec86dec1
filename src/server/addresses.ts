import { BlockList, isIP } from "node:net";

/** A set of addresses, written as `127.0.0.1`, `10.0.0.0/8` or `::1`; throws a `RangeError` for what is none. */
export function addressSet(entries: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = "", bits, more] = entry.split("/");
    const family = familyOf(address);
    const most = family === "ipv6" ? 128 : 32;
    const isWhole = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most);
    if (!family || !isWhole || more !== undefined) {
      throw new RangeError(`"${entry}" is no address and no network: write 127.0.0.1, 10.0.0.0/8 or ::1`);
    }
    list.addSubnet(address, bits === undefined ? most : Number(bits), family);
  }
  return (address) => {
    const family = familyOf(address);
    return family !== undefined && list.check(address, family);
  };
}

function familyOf(address: string): "ipv4" | "ipv6" | undefined {
  const version = isIP(address);
  return version === 4 ? "ipv4" : version === 6 ? "ipv6" : undefined;
}
