import { expect, test } from "bun:test";
import { addressSet } from "../../../src/server/net/addresses.ts";

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
    `"${entry}" is no address and no network: write 127.0.0.1, 10.0.0.0/8 or ::1`,
  );
});
