import { expect, test } from "bun:test";
import { type Person, PlainFixture } from "../support/plain-fixture.ts";

/** ann and bob in #dev, which ann operates. */
function dev(): readonly [Person, Person] {
  const [ann, bob] = new PlainFixture().pair("ann", "bob");
  ann.types("/join dev");
  bob.types("/join dev");
  ann.reads();
  return [ann, bob];
}

/** The answer's second line, as bob is a guest with ann's host. */
const REACH =
  "bob is a guest at your own host: this holds for any nick until bob disconnects, then only for the nick bob; /set invite-only on keeps out everyone who is not invited.";

const BY_ANN: readonly [readonly string[], string][] = [
  [["/op bob"], "-- ann made bob an operator of #dev"],
  [["/op bob", "/deop bob"], "-- ann made bob an operator of #dev no more"],
  [["/deop bob"], "-- Nothing to do: bob has not got that already."],
  [["/voice bob"], "-- ann gave bob a voice in #dev"],
  [["/devoice bob"], "-- Nothing to do: bob has not got that already."],
  [["/op eve"], "-- Nobody here is called eve; /who tells who is here."],
  [["/ban bob 10m too loud"], "-- bob was kicked from #dev by ann: too loud"],
  [["/ban eve", "/ban eve"], "-- Nothing to do: eve is on the list already; /bans shows it."],
  [["/ban bob", "/unban BOB"], "-- ann lifted the ban on bob!*@* from #dev"],
  [["/unban bob"], "-- Nothing to do: bob is not on the list; /bans shows it."],
  [["/ban"], "-- Nobody is banned from #dev."],
  [["/ban bob", "/bans"], "-- bob!*@* is banned from #dev (by ann)"],
  [["/ban bob 10m", "/bans"], "-- bob!*@* is banned from #dev (by ann, 10m left)"],
  [["/ban eve 2h too loud"], "-- ann banned eve!*@* from #dev for 2h: too loud"],
  [["/ban eve 2h too loud", "/bans"], "-- eve!*@* is banned from #dev (by ann, 2h left): too loud"],
  [["/ban eve 10m", "/ban eve"], "-- ann banned eve!*@* from #dev"],
  [["/ban eve 5x"], '-- Duration "5x": use 10m, 2h or 7d.'],
  [["/mute bob 5 times"], '-- Duration "5": use 10m, 2h or 7d.'],
  [["/mute bob", "/bans"], "-- bob!*@* is muted in #dev (by ann)"],
  [["/mute eve 7d"], "-- ann muted eve!*@* in #dev for 7d"],
  [["/mute bob 7d"], `-- ${REACH}`],
  [["/mute b*", "/unmute bob"], "-- b*!*@* covers bob, and others too: /unmute b*!*@* lifts that."],
  [["/mute b*", "/unmute b*!*@*"], "-- ann unmuted b*!*@* in #dev"],
  [["/mute bob", "/unban bob"], "-- Nothing to do: bob is not on the list; /bans shows it."],
  [["/mute bob", "/unmute bob"], "-- ann unmuted bob!*@* in #dev"],
  [["/kick eve"], "-- Nobody here is called eve; /who tells who is here."],
  [["/set moderated on"], "-- ann switched moderated on in #dev"],
  [["/set topic-locked on"], "-- Nothing to do: #dev is so already."],
  [["/set limit 5"], "-- ann limited #dev to 5 people"],
  [["/set limit none"], '-- "none" is not valid: /set limit NUMBER|off'],
  [["/set limit 5", "/set limit off"], "-- ann took the limit of #dev away"],
  [["/set key sesame", "/set key off"], "-- ann took the key of #dev away"],
  [["/set moderatd on"], '-- A room has no "moderatd". Did you mean moderated?'],
  [["/set secret yes"], '-- "yes" is not valid: /set secret on|off'],
  [["/set secret"], "-- In #dev it is off."],
  [["/set history"], "-- In #dev it is on: what is said is kept as long as the server keeps anything."],
  [["/set limit 5", "/set limit"], "-- In #dev it is 5."],
  [["/set key"], "-- In #dev it is off: anybody comes in without one."],
];

test.each(BY_ANN)("%j", (lines, told) => {
  const [ann] = dev();
  expect(ann.types(...lines).at(-1)).toBe(told);
});

test("/set alone shows the room's settings, and what can be set", () => {
  const [ann] = dev();
  ann.types("/set limit 9", "/set key sesame");
  expect(ann.types("/set")).toEqual([
    "-- #dev has set: members-only, topic-locked, limit 9, key sesame. What can be set: invite-only, moderated, members-only, secret, topic-locked, no-queries, key, limit, history; /set NAME tells what it does.",
  ]);
});

test("/set NAME explains the setting, how to change it, and its value", () => {
  const [, bob] = dev();
  expect(bob.types("/set topic-locked")).toEqual([
    "-- topic-locked: only operators set the topic. /set topic-locked on|off changes that.",
    "-- In #dev it is on.",
  ]);
  expect(bob.types("/set key")[0]).toBe(
    "-- key: only those who say the key come in, as in /join ROOM KEY. /set key WORD|off changes that.",
  );
});

test("a member who is not an operator is told who may do it", () => {
  const [, bob] = dev();
  for (const line of [
    "/kick ann",
    "/ban ann",
    "/mute ann 10m",
    "/unban ann",
    "/op bob",
    "/set secret on",
    "/topic mine",
  ]) {
    expect(bob.types(line)).toEqual(["-- Only an operator of #dev may do that; /who #dev tells who is one."]);
  }
});

test("a muted member stays in the room, and cannot speak", () => {
  const [ann, bob] = dev();
  ann.types("/mute bob");
  expect(bob.reads()).toEqual(["-- ann muted bob!*@* in #dev"]);
  expect(bob.types("hello?")).toEqual(["-- Not said: you are muted in #dev; only its operators can change that."]);
  expect(ann.reads()).toEqual([]);
});

test("a banned member is removed and cannot return; the answer says what was banned", () => {
  const [ann, bob] = dev();
  expect(ann.types("/ban bob 10m too loud")).toEqual([
    "-- ann banned bob!*@* from #dev for 10m: too loud",
    `-- ${REACH}`,
    "-- bob was kicked from #dev by ann: too loud",
  ]);
  bob.reads();
  expect(bob.types("/join dev")).toEqual(["-- You are banned from #dev until 2026-01-05 12:13 UTC: too loud."]);
});

test("a person with an account is banned by the account, under any nick", async () => {
  const [ann, bob] = dev();
  bob.types("/register sesame");
  await bob.until(/is registered/);
  bob.types("/nick robert");
  ann.reads();
  expect(ann.types("/ban robert")).toEqual([
    "-- ann banned robert (a:bob) from #dev",
    "-- robert was kicked from #dev by ann",
  ]);
  bob.types("/nick rob");
  ann.reads();
  expect(ann.types("/bans", "/unban robert")).toEqual([
    "-- robert (a:bob) is banned from #dev (by ann)",
    "-- ann lifted the ban on robert (a:bob) from #dev",
  ]);
});

test("a ban by mask removes all matching members, except operators and the member who sets it", () => {
  const fixture = new PlainFixture();
  const [ann, bob, bea] = ["ann", "bob", "bea"].map((nick) => fixture.brings(nick));
  if (!ann || !bob || !bea) throw new Error("Nobody came");
  for (const person of [ann, bob, bea]) person.types("/join dev");
  ann.types("/op bea");
  expect(ann.types("/ban *!*@cloak").at(-1)).toBe("-- bob was kicked from #dev by ann");
  expect(ann.types("/ban bea").at(-1)).toBe("-- bea was kicked from #dev by ann");
});

test("an expired ban lets the person in again, and everyone sees that it was lifted", () => {
  const fixture = new PlainFixture();
  const [ann, bob] = fixture.pair("ann", "bob");
  ann.types("/join dev");
  bob.types("/join dev");
  ann.types("/ban bob 10m");
  bob.reads();
  fixture.now += 600_000;
  expect(bob.types("/join dev")[0]).toBe("-- You are in #dev now; one other is here.");
  expect(ann.reads()).toEqual(["-- The server lifted the ban on bob!*@* from #dev", "-- bob joined #dev"]);
});

test.each(["*", "*!*@*", "*.*"])("/ban %s, which would put everyone out, is refused", (mask) => {
  const [ann, bob] = new PlainFixture().pair("ann", "bob");
  ann.types("/join dev");
  bob.types("/join dev");
  ann.reads();
  expect(ann.types(`/ban ${mask}`)).toEqual([`-- ${mask} means everyone: /set invite-only on lets nobody else in.`]);
  expect(ann.types("/who").join(" ")).toContain("bob");
});

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
