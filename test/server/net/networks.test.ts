import { expect, test } from "bun:test";
import { BlockList } from "node:net";
import fc from "fast-check";
import { blockOf, isWithin, networkOf, networkText } from "../../../src/server/net/networks.ts";

test.each([
  ["10.0.0.1", "10.0.0.1"],
  ["10.0.0.1/32", "10.0.0.1"],
  ["10.1.2.3/8", "10.0.0.0/8"],
  ["0.0.0.0/0", "0.0.0.0/0"],
  ["::1", "::1/128"],
  ["::", "::/128"],
  ["2001:DB8:0:0:0:0:0:1", "2001:db8::1/128"],
  ["2001:db8::1:0:0:0/64", "2001:db8::/64"],
  ["1:0:0:2::3", "1:0:0:2::3/128"],
  ["1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8/128"],
  ["::ffff:10.0.0.1", "10.0.0.1"],
  ["::FFFF:10.0.0.1/104", "10.0.0.0/8"],
  ["64:ff9b::10.0.0.1", "64:ff9b::a00:1/128"],
  ["::ffff:a00:1", "10.0.0.1"],
  ["0:0:0:0:0:FFFF:10.0.0.1", "10.0.0.1"],
  ["10.0.0", undefined],
  ["10.0.0.1/33", undefined],
  ["10.0.0.1/", undefined],
  ["10.0.0.1/-1", undefined],
  ["10.0.0.1/8/8", undefined],
  ["::/129", undefined],
  ["::ffff:10.0.0.1/8", undefined],
  ["fe80::1%eth0", undefined],
  ["ann", undefined],
  ["", undefined],
])("%p is the network %p", (given, text) => {
  const network = networkOf(given);
  expect(network && networkText(network)).toBe(text);
});

test("any network is read as it is written", () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.nat(128), (address, bits) => {
      const length = Math.min(bits, address.includes(":") ? 128 : 32);
      const network = networkOf(`${address}/${length}`);
      if (!network) return expect(address).toMatch(/^::ffff:\d+\./i); // IPv4 in disguise, with too short a length
      expect(networkOf(networkText(network))).toEqual(network);
    }),
  );
});

test("an address lies in a network exactly where the system's own list says so", () => {
  const near = fc.tuple(fc.constantFrom("10.0.0.", "10.0.1.", "11.0.0."), fc.nat(255)).map((parts) => parts.join(""));
  const near6 = fc
    .tuple(fc.constantFrom("2001:db8::", "2001:db8:1::", "::"), fc.nat(0xffff))
    .map(([a, b]) => a + b.toString(16));
  fc.assert(
    fc.property(fc.oneof(fc.tuple(near, near), fc.tuple(near6, near6)), fc.nat(128), ([one, other], bits) => {
      const family = one.includes(":") ? "ipv6" : "ipv4";
      const length = Math.min(bits, family === "ipv6" ? 128 : 32);
      const list = new BlockList();
      list.addSubnet(one, length, family);
      const [inner, outer] = [networkOf(other), networkOf(`${one}/${length}`)];
      expect(inner && outer && isWithin(inner, outer)).toBe(list.check(other, family));
    }),
    { numRuns: 500 },
  );
});

test("of IPv6, who has one address has all of its 64 bits", () => {
  const rows: readonly [address: string, block: string][] = [
    ["10.0.0.1", "10.0.0.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8:1:2::1", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8::/64"],
    ["::1", "::/64"],
    ["fe80::1%eth0", "fe80::/64"],
    ["::ffff:a00:1", "10.0.0.1"],
    ["unix", "unix"],
  ];
  for (const [address, block] of rows) expect(blockOf(address), address).toBe(block);
});
