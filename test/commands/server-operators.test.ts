import { expect, test } from "bun:test";
import { type Person, PlainFixture } from "../support/plain-fixture.ts";

/** root, a server operator with an address of its own. */
async function setup(): Promise<{ readonly all: PlainFixture; readonly root: Person }> {
  const all = new PlainFixture();
  const root = all.brings("root", "10.9.9.9");
  root.types("/oper root sesame");
  await root.until(/You are an operator/);
  return { all, root };
}

test("the right name and password make an operator; wrong ones are refused, and neither is shown", async () => {
  const all = new PlainFixture();
  const [ann, bob] = all.pair("ann", "bob");
  ann.types("/oper root wrong");
  expect(await ann.until(/password/)).toEqual([
    "-- That is not the password of an operator of this name, or it was tried too often.",
  ]);
  ann.types("/oper root sesame");
  expect(await ann.until(/operator/)).toEqual([
    "-- You are an operator of this server; /serverban, /serverunban, /serverbans and /droproom are for you.",
  ]);
  expect(bob.reads()).toEqual([]);
});

test("other people are told that only operators may do this", () => {
  const ann = new PlainFixture().brings("ann");
  for (const line of ["/serverban bob", "/serverban 10.0.0.1", "/serverunban bob", "/serverunban ::1", "/serverbans"]) {
    expect(ann.types(line)).toEqual([
      "-- Only an operator of this server may do that; /oper NAME PASSWORD makes you one.",
    ]);
  }
});

test.each<[string, string]>([
  ["/serverban zoe 2h spam", "-- root banned zoe!*@* from this server for 2h: spam"],
  ["/serverban a:zoe", "-- root banned a:zoe from this server"],
  [
    "/serverban 10.0.0.0/8 7d",
    "-- 10.0.0.0/8 means you too: ban an account (a:NAME), a nick (NAME!*@*) or a smaller network.",
  ],
  ["/serverban 10.0.0.5/16 7d", "-- root banned 10.0.0.0/16 from this server for 7d"],
  ["/serverban 2001:DB8::/32", "-- root banned 2001:db8::/32 from this server"],
  [
    "/serverban 0.0.0.0/0",
    "-- 0.0.0.0/0 means nearly everyone: say more of the nick, account or host, or a network of at least /8 (IPv6: /16).",
  ],
  [
    "/serverban *!*@*",
    "-- *!*@* means nearly everyone: say more of the nick, account or host, or a network of at least /8 (IPv6: /16).",
  ],
  [
    "/serverban 10.0.0.300",
    '-- "10.0.0.300" cannot be banned: give a nick, a:ACCOUNT, nick!user@host, an address, or a network such as 10.0.0.0/8 or 2001:db8::/32.',
  ],
  [
    "/serverban 10m",
    '-- "10m" cannot be banned: give a nick, a:ACCOUNT, nick!user@host, an address, or a network such as 10.0.0.0/8 or 2001:db8::/32.',
  ],
  ["/serverban zoe 5x", '-- Duration "5x": use 10m, 2h or 7d.'],
  ["/serverunban 10.0.0.1", "-- There is no ban of 10.0.0.1 to lift."],
  ["/serverunban zoe", "-- There is no ban of zoe to lift."],
  ["/serverbans", "-- Nobody is banned from this server."],
])("%s is answered with %s", async (line, told) => {
  const { root } = await setup();
  expect(root.types(line)).toEqual([told]);
});

test("bans are listed with author, time, end and reason, and can be lifted", async () => {
  const { all, root } = await setup();
  root.types("/serverban zoe 2h spam", "/serverban 10.0.0.5");
  all.now += 3_600_000;
  const at = "2026-01-0[45] \\d\\d:03 UTC";
  const [zoe, address] = root.types("/serverbans");
  expect(zoe).toMatch(new RegExp(`^-- zoe!\\*@\\*: by root on ${at}, until ${at} \\(1h left\\): spam$`));
  expect(address).toMatch(new RegExp(`^-- 10.0.0.5: by root on ${at}, no end$`));
  expect(root.types("/serverunban zoe", "/serverunban 10.0.0.5", "/serverbans")).toEqual([
    "-- root lifted the ban of zoe!*@* from this server",
    "-- root lifted the ban of 10.0.0.5 from this server",
    "-- Nobody is banned from this server.",
  ]);
});

test("matching people are removed at once, with the reason, and the others see it", async () => {
  const { all, root } = await setup();
  const [bob, eve] = [all.brings("bob", "10.0.0.7"), all.brings("eve", "10.0.1.7")];
  for (const person of [root, bob, eve]) person.reads();
  root.types("/serverban 10.0.0.0/24 2h spam");
  expect(bob.reads()).toEqual([
    "-- You were put out of the chat by root, an operator of this server: Banned for 2h: spam",
  ]);
  expect(bob.peer.finished).toBe("put-out");
  expect(eve.reads()).toEqual(["-- bob was put out of the chat by root: Banned for 2h: spam"]);
  root.types("/serverban eve!*@*");
  expect(eve.reads()).toEqual(["-- You were put out of the chat by root, an operator of this server: Banned"]);
});

test("a banned nick is refused with a sentence", async () => {
  const { all, root } = await setup();
  root.types("/serverban spam* 0 no spam");
  const eve = all.brings("eve");
  expect(eve.types("/nick spammer")).toEqual(["-- You are banned from this server: no spam."]);
});

test("only server operators see a person's address", async () => {
  const { all, root } = await setup();
  const bob = all.brings("bob", "10.0.0.7");
  root.reads();
  expect(root.types("/whois bob")).toContain("-- bob comes from 10.0.0.7.");
  expect(bob.types("/whois root").join()).not.toContain("10.9.9.9");
});

test("/droproom deletes a room, and says so", async () => {
  const { all, root } = await setup();
  const [ann] = all.pair("ann", "bob");
  ann.types("/join dev", "hello");
  root.reads();
  expect(root.types("/droproom dev too loud")).toEqual(["-- root dropped #dev, with what was said in it: too loud."]);
  expect(ann.reads()).toContain("-- ann was kicked from #dev by root: The room is dropped: too loud");
  expect(root.types("/droproom dev")).toEqual(["-- There is no room #dev; /rooms lists those there are."]);
  expect(root.types("/droproom lobby")).toEqual(["-- #lobby belongs to the server, and cannot be dropped."]);
});
