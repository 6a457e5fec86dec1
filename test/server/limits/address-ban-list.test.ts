import { expect, test } from "bun:test";
import fc from "fast-check";
import type { ServerBan } from "../../../src/chat/rules/bans.ts";
import { AddressBans } from "../../../src/server/limits/address-ban-list.ts";
import { isWithin, type Network, networkOf, networkText } from "../../../src/server/net/networks.ts";

function network(text: string): Network {
  const made = networkOf(text);
  if (!made) throw new Error(`${text} is no network`);
  return made;
}

function ban(target: string, until?: number): ServerBan {
  return { kind: "address", target, by: "root", at: 0, until, reason: "spam" };
}

test("an address is found by whatever network it is in, the widest first, and only while the ban lasts", () => {
  let now = 0;
  const masks: readonly ServerBan[] = [{ ...ban("10.0.2.1"), kind: "mask" }];
  const bans = new AddressBans([...masks, ban("10.0.0.5"), ban("2001:db8::/32")], () => now);
  bans.set(ban("10.0.0.0/24", 500));
  const found = (address: string) => bans.find(address)?.target;
  expect(found("10.0.0.5")).toBe("10.0.0.0/24");
  expect(found("10.0.1.5")).toBeUndefined();
  expect(found("10.0.2.1")).toBeUndefined();
  expect(found("2001:db8:1::9")).toBe("2001:db8::/32");
  expect(found("2001:db8::9%eth0")).toBe("2001:db8::/32");
  expect(found("::ffff:10.0.0.9")).toBe("10.0.0.0/24");
  expect(found("unix")).toBeUndefined();
  now = 500;
  expect(found("10.0.0.6")).toBeUndefined();
  expect(found("10.0.0.5")).toBe("10.0.0.5");
});

test("the latest ban of a network is the one that is found, and one that is lifted is not", () => {
  const bans = new AddressBans([ban("10.0.0.1", 5), ban("10.0.0.1")], () => 9);
  expect([bans.size, bans.find("10.0.0.1")?.until]).toEqual([1, undefined]);
  bans.delete("10.0.0.1");
  expect([bans.size, bans.find("10.0.0.1")]).toEqual([0, undefined]);
});

test("a look finds a ban exactly where one of them has the address in it", () => {
  const address = fc.tuple(fc.constantFrom("10.0.0", "10.0.1", "10.1.0"), fc.nat(255)).map((parts) => parts.join("."));
  const some = fc.tuple(address, fc.integer({ min: 8, max: 32 })).map(([base, length]) => network(`${base}/${length}`));
  fc.assert(
    fc.property(fc.array(some, { maxLength: 8 }), address, (networks, at) => {
      const bans = new AddressBans(
        networks.map((each) => ban(networkText(each))),
        () => 0,
      );
      expect(bans.find(at) !== undefined).toBe(networks.some((each) => isWithin(network(at), each)));
      for (const each of networks) bans.delete(networkText(each));
      expect(bans.size).toBe(0);
    }),
  );
});
