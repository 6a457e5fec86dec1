import { expect, test } from "bun:test";
import { Log } from "../../../src/server/ops/log.ts";
import { startChat } from "../../harness.ts";
import { Stage } from "../../plain/stage.ts";
import { Wire } from "../../socket.ts";
import { Shelf } from "../../store/shelf.ts";

const OPERATORS = [{ name: "root", password: "sesame" }];

/** A stage with root on it, who operates the server; what root bans and lifts is answered by what the chat has then. */
function stage(address = "10.9.9.9") {
  const people = new Stage();
  const root = people.brings("root", address);
  const { addresses, chat } = people.server;
  const member = chat.member("root");
  if (!member) throw new Error("root is not there");
  const refused: string[] = [];
  chat.observeRefusals(({ why }) => refused.push(why));
  const asker = { address, isExempt: true };
  const ban = (target: string) => {
    chat.submit(root.session, { type: "ban", target, reason: "", network: addresses.named(target, member, asker) });
    return refused.splice(0)[0] ?? chat.bans.map((each) => each.target);
  };
  const lift = (target: string) => {
    chat.submit(root.session, { type: "lift-ban", target, networks: addresses.mayMean(target) });
    return refused.splice(0)[0] ?? chat.bans.map((each) => each.target);
  };
  return { people, root, chat, addresses, member, ban, lift };
}

test("networks that mean most of the world or oneself, and what is none, are refused", () => {
  const { chat, root, addresses, member, ban, lift } = stage();
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

test("a ban of an IPv6 address is of its /64; one of a /128 is of that address", () => {
  const { chat, root, ban, lift } = stage();
  chat.submit(root.session, { type: "empower", as: "root" });
  expect(ban("2001:db8:1:2::9")).toEqual(["2001:db8:1:2::/64"]);
  expect(ban("2001:db8:1:3::9/128")).toEqual(["2001:db8:1:2::/64", "2001:db8:1:3::9/128"]);
  expect(lift("2001:db8:1:2:3:4:5:6")).toEqual(["2001:db8:1:3::9/128"]);
  expect(lift("2001:db8:1:3::9")).toEqual([]);
  expect(lift("2001:db8:1:3::9")).toBe("server-ban-unknown");
});

test("a member all of whose sessions come from a banned network is put out, with the reason", () => {
  const { people, chat, root, ban } = stage();
  chat.submit(root.session, { type: "empower", as: "root" });
  const [inside, outside] = [people.brings("bob", "10.8.1.2"), people.brings("eve", "10.7.1.2")];
  inside.reads();
  ban("10.8.0.0/16");
  expect([chat.member("bob"), chat.member("eve")?.nick]).toEqual([undefined, "eve"]);
  expect(inside.reads().at(-1)).toBe("-- You were put out of the chat by root, an operator of this server: Banned");
  expect(outside.reads().at(-1)).toBe("-- bob was put out of the chat by root: Banned");
});

test("a ban of an address outlives a restart, ends by itself, and is in the log", async () => {
  using shelf = new Shelf();
  let now = Date.now();
  const lines: string[] = [];
  const log = new Log({ format: "json", level: "warning", clock: () => now, write: (line) => lines.push(line) });
  const open = () =>
    startChat(
      { operators: OPERATORS },
      () => now,
      () => shelf.opens(),
      { log },
    );
  {
    await using chat = open();
    const root = await Wire.open(chat.port);
    root.send("NICK root\r\nUSER r 0 * :R\r\nOPER root sesame\r\nUBAN ADD 127.6.0.0/16 1h spam\r\n");
    await root.until(/banned/);
    root.close();
  }
  await using chat = open();
  const banned = await Wire.open(chat.port, "127.0.0.1", "127.6.0.9");
  expect(await banned.next()).toMatch(/^ERROR :You are banned from this server until .* UTC: spam$/);
  await banned.closed();
  banned.close();
  now += 3_600_000;
  const free = await Wire.open(chat.port, "127.0.0.1", "127.6.0.9");
  free.send("NICK free\r\nUSER f 0 * :F\r\n");
  await free.until(/ 001 /);
  free.close();
  const told = lines.map((line) => JSON.parse(line)).filter(({ event }) => event.startsWith("ban-"));
  expect(told).toMatchObject([
    { event: "ban-set", by: "root", target: "127.6.0.0/16", seconds: 3600, reason: "spam" },
    { event: "ban-lifted", target: "127.6.0.0/16" },
  ]);
});
