import { expect, test } from "bun:test";
import fc from "fast-check";
import type { ServerBan } from "../../../src/chat/model/masks.ts";
import { AddressBanList } from "../../../src/server/limits/address-bans.ts";
import { isWithin, type Network, networkOf, networkText } from "../../../src/server/net/networks.ts";
import { Log } from "../../../src/server/ops/log.ts";
import { startChat } from "../../support/chat-server.ts";
import { PlainFixture } from "../../support/plain-fixture.ts";
import { WireClient } from "../../support/socket.ts";
import { TemporaryStore } from "../../support/temporary-store.ts";

const OPERATORS = [{ name: "root", password: "sesame" }];

/** A fixture with root, an operator of the server; each ban or lift returns the chat's bans after it. */
function setup(address = "10.9.9.9") {
  const people = new PlainFixture();
  const root = people.brings("root", address);
  const { addresses, chat } = people.server;
  const member = chat.member("root");
  if (!member) throw new Error("root is not there");
  const refused: string[] = [];
  chat.observeRefusals(({ why }) => refused.push(why));
  const asker = { address, isExempt: true };
  const ban = (target: string) => {
    chat.submit(root.session, { type: "ban", target, reason: "", network: addresses.resolve(target, member, asker) });
    return refused.splice(0)[0] ?? chat.bans.map((each) => each.target);
  };
  const lift = (target: string) => {
    chat.submit(root.session, { type: "lift-ban", target, networks: addresses.networksFor(target) });
    return refused.splice(0)[0] ?? chat.bans.map((each) => each.target);
  };
  return { people, root, chat, addresses, member, ban, lift };
}

test("bans of too wide networks, of the operator's own network and of malformed ones are refused", () => {
  const { chat, root, addresses, member, ban, lift } = setup();
  expect([ban("203.0.113.9"), lift("203.0.113.9")]).toEqual(["not-server-operator", "not-server-operator"]);
  chat.submit(root.session, { type: "empower", as: "root" });
  expect(["10.0.0.0/7", "2000::/15", "10.9.0.0/16", "203.0.113"].map(ban)).toEqual([
    "server-ban-wide",
    "server-ban-wide",
    "server-ban-own",
    "server-ban-bad",
  ]);
  expect(chat.bans).toEqual([]);
  expect(addresses.of(member)).toEqual(["10.9.9.9"]);
  expect(ban("10.8.0.0/16")).toEqual(["10.8.0.0/16"]);
});

test("a ban of an IPv6 address covers its /64; a ban of a /128 covers that address", () => {
  const { chat, root, ban, lift } = setup();
  chat.submit(root.session, { type: "empower", as: "root" });
  expect(ban("2001:db8:1:2::9")).toEqual(["2001:db8:1:2::/64"]);
  expect(ban("2001:db8:1:3::9/128")).toEqual(["2001:db8:1:2::/64", "2001:db8:1:3::9/128"]);
  expect(lift("2001:db8:1:2:3:4:5:6")).toEqual(["2001:db8:1:3::9/128"]);
  expect(lift("2001:db8:1:3::9")).toEqual([]);
  expect(lift("2001:db8:1:3::9")).toBe("server-ban-unknown");
});

test("a member all of whose sessions come from a banned network is put out, with the reason", () => {
  const { people, chat, root, ban } = setup();
  chat.submit(root.session, { type: "empower", as: "root" });
  const [inside, outside] = [people.brings("bob", "10.8.1.2"), people.brings("eve", "10.7.1.2")];
  inside.reads();
  ban("10.8.0.0/16");
  expect([chat.member("bob"), chat.member("eve")?.nick]).toEqual([undefined, "eve"]);
  expect(inside.reads().at(-1)).toBe("-- You were put out of the chat by root, an operator of this server: Banned");
  expect(outside.reads().at(-1)).toBe("-- bob was put out of the chat by root: Banned");
});

test("a ban of an address outlives a restart, ends by itself, and is in the log", async () => {
  using temp = new TemporaryStore();
  let now = Date.now();
  const lines: string[] = [];
  const log = new Log({ format: "json", level: "warning", clock: () => now, write: (line) => lines.push(line) });
  const open = () =>
    startChat(
      { operators: OPERATORS },
      () => now,
      () => temp.opens(),
      { log },
    );
  {
    await using chat = open();
    const root = await WireClient.open(chat.port);
    root.send("NICK root\r\nUSER r 0 * :R\r\nOPER root sesame\r\nUBAN ADD 127.6.0.0/16 1h spam\r\n");
    await root.until(/banned/);
    root.close();
  }
  await using chat = open();
  const banned = await WireClient.open(chat.port, "127.0.0.1", "127.6.0.9");
  expect(await banned.next()).toMatch(/^ERROR :You are banned from this server until .* UTC: spam$/);
  await banned.closed();
  banned.close();
  now += 3_600_000;
  const free = await WireClient.open(chat.port, "127.0.0.1", "127.6.0.9");
  free.send("NICK free\r\nUSER f 0 * :F\r\n");
  await free.until(/ 001 /);
  free.close();
  const told = lines.map((line) => JSON.parse(line)).filter(({ event }) => event.startsWith("ban-"));
  expect(told).toMatchObject([
    { event: "ban-set", by: "root", target: "127.6.0.0/16", seconds: 3600, reason: "spam" },
    { event: "ban-lifted", target: "127.6.0.0/16" },
  ]);
});

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
  const bans = new AddressBanList([...masks, ban("10.0.0.5"), ban("2001:db8::/32")], () => now);
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

test("the latest ban of a network is found, and a lifted one is not", () => {
  const bans = new AddressBanList([ban("10.0.0.1", 5), ban("10.0.0.1")], () => 9);
  expect([bans.size, bans.find("10.0.0.1")?.until]).toEqual([1, undefined]);
  bans.delete("10.0.0.1");
  expect([bans.size, bans.find("10.0.0.1")]).toEqual([0, undefined]);
});

test("a ban is found exactly if one of them contains the address", () => {
  const address = fc.tuple(fc.constantFrom("10.0.0", "10.0.1", "10.1.0"), fc.nat(255)).map((parts) => parts.join("."));
  const some = fc.tuple(address, fc.integer({ min: 8, max: 32 })).map(([base, length]) => network(`${base}/${length}`));
  fc.assert(
    fc.property(fc.array(some, { maxLength: 8 }), address, (networks, at) => {
      const bans = new AddressBanList(
        networks.map((each) => ban(networkText(each))),
        () => 0,
      );
      expect(bans.find(at) !== undefined).toBe(networks.some((each) => isWithin(network(at), each)));
      for (const each of networks) bans.delete(networkText(each));
      expect(bans.size).toBe(0);
    }),
  );
});
