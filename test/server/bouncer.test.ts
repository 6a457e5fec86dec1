import { expect, test } from "bun:test";
import { Log } from "../../src/server/log.ts";
import { startChat } from "../harness.ts";
import { Stage } from "../plain/stage.ts";
import { Wire } from "../socket.ts";
import { Shelf } from "../store/shelf.ts";

const OPERATORS = [{ name: "root", password: "sesame" }];

test("what is refused is counted like any refusal, and changes nothing", () => {
  const stage = new Stage();
  const root = stage.brings("root", "10.9.9.9");
  const { addresses, chat } = stage.server;
  const member = chat.member("root");
  if (!member) throw new Error("root is not there");
  const order = { target: "203.0.113.9", lasts: undefined, reason: "" };
  const asker = { address: "10.9.9.9", isExempt: true };
  expect(addresses.ban(order, member, asker)).toEqual({ why: "not-server-operator" });
  expect(addresses.lift("203.0.113.9", member)).toEqual({ why: "not-server-operator" });
  chat.submit(root.session, { type: "empower", as: "root" });
  for (const [target, why] of [
    ["10.0.0.0/7", "server-ban-wide"],
    ["2000::/15", "server-ban-wide"],
    ["10.9.0.0/16", "server-ban-own"],
    ["203.0.113", "server-ban-bad"],
  ] as const) {
    expect(addresses.ban({ ...order, target }, member, asker)).toMatchObject({ why, target });
  }
  expect(addresses.bans).toEqual([]);
  expect(addresses.of(member)).toEqual(["10.9.9.9"]);
  expect(addresses.ban({ ...order, target: "10.8.0.0/16" }, member, asker)).toMatchObject({ members: [] });
});

test("a ban of an IPv6 address is of its /64; one of a /128 is of that address", () => {
  const stage = new Stage();
  const root = stage.brings("root", "10.9.9.9");
  const { addresses, chat } = stage.server;
  const member = chat.member("root");
  if (!member) throw new Error("root is not there");
  chat.submit(root.session, { type: "empower", as: "root" });
  const asker = { address: "10.9.9.9", isExempt: true };
  const set = (target: string) => {
    const outcome = addresses.ban({ target, lasts: undefined, reason: "" }, member, asker);
    return "ban" in outcome ? outcome.ban.target : outcome.why;
  };
  expect(set("2001:db8:1:2::9")).toBe("2001:db8:1:2::/64");
  expect(set("2001:db8:1:3::9/128")).toBe("2001:db8:1:3::9/128");
  expect(addresses.lift("2001:db8:1:2:3:4:5:6", member)).toBe("2001:db8:1:2::/64");
  expect(addresses.lift("2001:db8:1:3::9", member)).toBe("2001:db8:1:3::9/128");
  expect(addresses.bans).toEqual([]);
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
  free.send("PING x\r\n");
  await free.until(/PONG/);
  free.close();
  const told = lines.map((line) => JSON.parse(line)).filter(({ event }) => event.startsWith("ban-"));
  expect(told).toMatchObject([
    { event: "ban-set", by: "root", target: "127.6.0.0/16", seconds: 3600, reason: "spam" },
    { event: "ban-lifted", target: "127.6.0.0/16" },
  ]);
});
