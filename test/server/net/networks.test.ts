import { expect, test } from "bun:test";
import { BlockList } from "node:net";
import fc from "fast-check";
import { addressSet, blockOf, cloak, isWithin, networkOf, networkText } from "../../../src/server/net/networks.ts";

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

test("the site of an IPv6 address is its /64", () => {
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

test.each([
  [["127.0.0.0/8", "::1"], "127.0.0.1", true],
  [["127.0.0.0/8", "::1"], "127.255.3.4", true],
  [["127.0.0.0/8", "::1"], "128.0.0.1", false],
  [["127.0.0.0/8", "::1"], "::1", true],
  [["127.0.0.0/8", "::1"], "::2", false],
  [["192.0.2.1"], "192.0.2.1", true],
  [["192.0.2.1"], "192.0.2.2", false],
  [["192.0.2.128/25"], "192.0.2.127", false],
  [["192.0.2.128/25"], "192.0.2.200", true],
  [["0.0.0.0/0"], "203.0.113.9", true],
  [["0.0.0.0/0"], "2001:db8::1", false],
  [["2001:db8::/32"], "2001:db8:ffff::1", true],
  [["2001:db8::/32"], "2001:db9::1", false],
  [[], "127.0.0.1", false],
  [["127.0.0.1"], "", false],
])("among %j is %s: %p", (entries, address, isIn) => {
  expect(addressSet(entries)(address)).toBe(isIn);
});

test.each([
  "",
  "localhost",
  "127.0.0.1/33",
  "127.0.0.1/",
  "127.0.0.1/x",
  "127.0.0/8",
  "::1/129",
  "10.0.0.0/-1",
  "10.0.0.0/8/8",
])("%j is no network, and is named", (entry) => {
  expect(() => addressSet(["::1", entry])).toThrow(
    `"${entry}" is neither an address nor a network: write 127.0.0.1, 10.0.0.0/8 or ::1`,
  );
});

const KEY = new Uint8Array(32).fill(7);

test("an address always has the same cloak, and that is a host's name", () => {
  expect(cloak("192.0.2.1", KEY)).toBe(cloak("192.0.2.1", KEY));
  expect(cloak("192.0.2.1", KEY)).toMatch(/^[a-z2-7]{12}\.cloak$/);
});

test("all addresses of an IPv6 /64 have one cloak, however they are written", () => {
  const own = cloak("2001:db8:1:2::1", KEY);
  for (const address of ["2001:db8:1:2:aaaa:bbbb:cccc:dddd", "2001:0DB8:1:2:0:0:0:9", "2001:db8:1:2::1%eth0"])
    expect(cloak(address, KEY), address).toBe(own);
  expect(cloak("2001:db8:1:3::1", KEY)).not.toBe(own);
  expect(cloak("::ffff:c000:201", KEY)).toBe(cloak("192.0.2.1", KEY));
});

test("another address, and another key, has another cloak", () => {
  const all = Array.from({ length: 2000 }, (_, i) => cloak(`10.0.${i >> 8}.${i & 255}`, KEY));
  expect(new Set(all).size).toBe(2000);
  expect(cloak("192.0.2.1", new Uint8Array(32))).not.toBe(cloak("192.0.2.1", KEY));
});

test("nothing of an address is in its cloak: neighbours are no more alike than strangers", () => {
  const alike = (one: string, other: string) => [...one].filter((letter, i) => letter === other[i]).length;
  const pairs = Array.from({ length: 500 }, (_, i) => alike(cloak(`10.0.0.${i}`, KEY), cloak(`10.0.0.${i + 1}`, KEY)));
  // Six characters are the ending; of the twelve others fewer than one is equal by chance.
  expect(pairs.reduce((sum, count) => sum + count, 0) / pairs.length).toBeLessThan(7);
});
