import { expect, test } from "bun:test";
import { cloak } from "../../../src/server/net/cloak.ts";

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
  // Six letters are the ending's; of the twelve others fewer than one is alike by chance.
  expect(pairs.reduce((sum, count) => sum + count, 0) / pairs.length).toBeLessThan(7);
});
