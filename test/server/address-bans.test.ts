import { expect, test } from "bun:test";
import fc from "fast-check";
import { AddressBans } from "../../src/server/address-bans.ts";
import { isWithin, type Network, networkOf } from "../../src/server/networks.ts";
import { fold } from "../../src/text/fold.ts";
import { Shelf } from "../store/shelf.ts";

function network(text: string): Network {
  const made = networkOf(text);
  if (!made) throw new Error(`${text} is no network`);
  return made;
}

const BY_ROOT = { by: "root", at: 0, reason: "spam" };

test("an address is found by whatever network it is in, the widest first, and only while the ban lasts", () => {
  using shelf = new Shelf();
  let now = 0;
  const over: string[] = [];
  const bans = new AddressBans(
    shelf.opens(),
    () => now,
    ({ target }) => over.push(target),
  );
  bans.set(network("10.0.0.5"), BY_ROOT);
  bans.set(network("10.0.0.0/24"), { ...BY_ROOT, until: 500 });
  bans.set(network("2001:db8::/32"), BY_ROOT);
  const found = (address: string) => bans.find(address)?.target;
  expect(found("10.0.0.5")).toBe("10.0.0.0/24");
  expect(found("10.0.1.5")).toBeUndefined();
  expect(found("2001:db8:1::9")).toBe("2001:db8::/32");
  expect(found("2001:db8::9%eth0")).toBe("2001:db8::/32");
  expect(found("::ffff:10.0.0.9")).toBe("10.0.0.0/24");
  expect(found("unix")).toBeUndefined();
  now = 500;
  expect(found("10.0.0.6")).toBeUndefined();
  expect(found("10.0.0.5")).toBe("10.0.0.5");
  expect(over).toEqual(["10.0.0.0/24"]);
});

test("a ban of an IPv6 address that was kept without its length stays that ban, and can be lifted", () => {
  using shelf = new Shelf();
  const store = shelf.opens();
  store.saveBan(fold("2001:db8::9"), { kind: "address", target: "2001:db8::9", ...BY_ROOT });
  const open = () =>
    new AddressBans(
      store,
      () => 0,
      () => {},
    );
  const bans = open();
  expect([bans.find("2001:db8::9")?.target, bans.find("2001:db8::a")]).toEqual(["2001:db8::9/128", undefined]);
  expect(bans.lift(network("2001:db8::9"))).toBe(true);
  expect(open().all).toEqual([]);
});

test("bans outlive a restart, and end while nobody runs", () => {
  using shelf = new Shelf();
  const store = shelf.opens();
  const bans = new AddressBans(
    store,
    () => 0,
    () => {},
  );
  bans.set(network("10.0.0.1"), { ...BY_ROOT, until: 500 });
  bans.set(network("10.0.0.2"), { ...BY_ROOT, reason: "one" });
  bans.set(network("10.0.0.2"), { ...BY_ROOT, reason: "two" });
  bans.set(network("10.0.0.3"), BY_ROOT);
  expect([bans.lift(network("10.0.0.3")), bans.lift(network("10.0.0.3"))]).toEqual([true, false]);
  store.commit();
  const over: string[] = [];
  const again = new AddressBans(
    shelf.reopens(),
    () => 500,
    ({ target }) => over.push(target),
  );
  expect(again.all).toEqual([{ kind: "address", target: "10.0.0.2", ...BY_ROOT, reason: "two" }]);
  expect(over).toEqual(["10.0.0.1"]);
});

test("a look finds a ban exactly where one of them has the address in it", () => {
  using shelf = new Shelf();
  const store = shelf.opens();
  const address = fc.tuple(fc.constantFrom("10.0.0", "10.0.1", "10.1.0"), fc.nat(255)).map((parts) => parts.join("."));
  const some = fc.tuple(address, fc.integer({ min: 8, max: 32 })).map(([base, length]) => network(`${base}/${length}`));
  fc.assert(
    fc.property(fc.array(some, { maxLength: 8 }), address, (networks, at) => {
      const bans = new AddressBans(
        store,
        () => 0,
        () => {},
      );
      for (const each of networks) bans.set(each, BY_ROOT);
      expect(bans.find(at) !== undefined).toBe(networks.some((each) => isWithin(network(at), each)));
      for (const each of networks) bans.lift(each);
      expect(bans.size).toBe(0);
    }),
  );
});
