import { expect, test } from "bun:test";
import type { Act } from "../../../src/chat/model/act.ts";
import { parseMask } from "../../../src/chat/model/masks.ts";
import {
  banMaskFor,
  bansOn,
  isAddressLike,
  isTooWide,
  nickIn,
  parseBanOrder,
  widerBansOn,
} from "../../../src/chat/rules/bans.ts";
import { banListWords } from "../../../src/chat/words/events.ts";
import {
  anAccount,
  ChatFixture,
  enter,
  modes,
  QUIT,
  type RecordingSession,
  rename,
  RecordingSession as Someone,
} from "../../support/chat-fixture.ts";

test.each([
  ["bob", { target: "bob", lasts: undefined, reason: "" }],
  ["bob 10m", { target: "bob", lasts: 600_000, reason: "" }],
  ["bob 2H too loud", { target: "bob", lasts: 7_200_000, reason: "too loud" }],
  ["bob too loud", { target: "bob", lasts: undefined, reason: "too loud" }],
  ["bob  0  for good", { target: "bob", lasts: undefined, reason: "for good" }],
  ["bob 5x", { badDuration: "5x" }],
  ["bob -5m", { badDuration: "-5m" }],
  ["bob 0m", { badDuration: "0m" }],
  ["bob 99999999d", { badDuration: "99999999d" }],
])("%p says %p", (words, order) => {
  expect(parseBanOrder(words)).toEqual(order);
});

test.each([
  ["*!*@*", true],
  ["*!~*@*", true],
  ["*!nc@*", true],
  ["?*!*@*.cloak", true],
  ["a*!*@*", true],
  ["a:*", true],
  ["a:a*", true],
  ["*!*@", true],
  ["a:b", false],
  ["x!*@*", false],
  ["bot*!*@*", false],
  ["*!~botnet@*", false],
  ["*!*@abcdefghijkl.cloak", false],
  ["*!*@abc*.cloak", false],
])("%s means nearly everyone: %p", (text, wide) => {
  const mask = parseMask(text);
  expect(mask && isTooWide(mask)).toBe(wide);
});

test.each([
  ["10.0.0.1", true],
  ["10.0.0.0/8", true],
  ["10.0.0.0/x", true],
  ["300.1", true],
  ["::1", true],
  ["2001:db8::/32", true],
  ["a::/16", true],
  ["a:bad", false],
  ["bad", false],
  ["*!*@10.0.0.1", false],
])("%s is written like an address: %p", (text, is) => {
  expect(isAddressLike(text)).toBe(is);
});

test("a present member is banned by its account or host", () => {
  const fixture = new ChatFixture();
  const [ann, bob] = [fixture.brings("ann", "#dev"), fixture.brings("bob", "#dev")];
  fixture.store.saveAccount(anAccount("Eve"));
  const directory = {
    member: (nick: string) => fixture.chat.member(nick),
    store: fixture.store,
  };
  const { member } = bob;
  if (!ann.member || !member) throw new Error("They are not there");
  const by = ann.member;
  const maskFor = (given: string) => {
    const { mask, whom } = banMaskFor(given, by, directory);
    return whom === undefined ? mask : `${mask} of ${whom}`;
  };
  expect(maskFor("BOB")).toBe("*!*@bob.cloak of bob");
  expect(maskFor("m:bob")).toBe("m:*!*@bob.cloak of bob");
  expect(maskFor("b*")).toBe("b*");
  expect(maskFor("zoe")).toBe("zoe");
  expect([maskFor("eve"), maskFor("m:eve")]).toEqual(["a:Eve", "m:a:Eve"]); // not here at present
  member.who = { ...member.who, host: by.who.host };
  expect(maskFor("bob")).toBe("bob"); // the host is ann's too
  member.who = { ...member.who, account: anAccount("Bobby") };
  expect(maskFor("bob")).toBe("a:Bobby of bob");
});

test("an unban of a nick lifts the bans of its present or former holder", () => {
  const fixture = new ChatFixture();
  const [ann, bob] = [fixture.brings("ann", "#dev"), fixture.brings("bob")];
  const masks = ["bob", "*!*@bob.cloak", "m:b*", "a:bob", "eve", "*!*@*b*"];
  ann.does(modes("#dev", ...masks.map((mask) => ({ mode: "ban", on: true, mask }) as const)));
  const room = fixture.chat.room("#dev");
  if (!room) throw new Error("It is not there");
  const lifted = (given: string) =>
    bansOn(room, given, fixture.chat.member(nickIn(given))).map(({ mask }) => mask.text);
  expect(lifted("bob")).toEqual(["bob!*@*", "*!*@bob.cloak", "a:bob"]);
  expect(lifted("m:bob")).toEqual([]); // that mutes others too
  const wider = (given: string) =>
    bob.member ? widerBansOn(room, given, bob.member).map(({ mask }) => mask.text) : [];
  expect([wider("bob"), wider("m:bob")]).toEqual([["*!*@*b*"], ["m:b*!*@*"]]);
  expect(lifted("EVE!*@*")).toEqual(["eve!*@*"]);
  expect(lifted("zoe")).toEqual([]);
  bob.does(QUIT);
  expect(lifted("bob")).toEqual(["bob!*@*", "a:bob"]);
  ann.does(modes("#dev", { mode: "ban", on: true, mask: "*!*@zoe.cloak", whom: "Zoe" }));
  expect(lifted("zoe")).toEqual(["*!*@zoe.cloak"]); // who is not here any more
});

const EMPOWER = { type: "empower", as: "root" } as const;
const ban = (target: string, more: { readonly lasts?: number; readonly reason?: string } = {}): Act => ({
  type: "ban",
  target,
  reason: "",
  ...more,
});
const lift = (target: string): Act => ({ type: "lift-ban", target });

/** root operates the server; bob has an account, which is his own, and eve is a guest. */
function setup(): {
  readonly all: ChatFixture;
  readonly root: RecordingSession;
  readonly bob: RecordingSession;
  readonly eve: RecordingSession;
} {
  const all = new ChatFixture({ accounts: ["Bobby"] });
  const [root, bob, eve] = [all.brings("root"), all.brings("bob", "#dev"), all.brings("eve", "#dev")];
  root.does(EMPOWER);
  bob.does({ type: "identify", account: anAccount("Bobby") });
  eve.hears();
  return { all, root, bob, eve };
}

test.each<[string, readonly string[]]>([
  ["zoe", ["banned zoe!*@* by root"]],
  ["bob", ["banned a:Bobby by root"]],
  ["bobby", ["banned a:Bobby by root"]],
  ["EVE", ["banned *!*@eve.cloak by root"]],
  ["a:nobody", ["banned a:nobody by root"]],
  ["*!*@*", ["no: server-ban-wide *!*@*"]],
  ["*", ["no: server-ban-wide *!*@*"]],
  ["a:*", ["no: server-ban-wide a:*"]],
  ["roo*!*@*", ["no: server-ban-own roo*!*@*"]],
  ["root", ["no: server-ban-own *!*@root.cloak"]],
  ["m:eve", ["no: server-ban-bad m:eve"]],
  ["e v e", ["no: server-ban-bad e v e"]],
  ["x".repeat(301), [`no: server-ban-bad ${"x".repeat(301)}`]],
])("a ban of %s comes to %p", (target, heard) => {
  expect(setup().root.does(ban(target))).toEqual([...heard]);
});

test("only operators of the server ban and lift", () => {
  const { bob } = setup();
  expect(bob.does(ban("eve"), lift("eve"))).toEqual(["no: not-server-operator", "no: not-server-operator"]);
});

test("a server ban expels matching members, and is told to server operators only", () => {
  const { all, root, bob, eve } = setup();
  const oper = all.brings("oper");
  oper.does(EMPOWER);
  expect(root.does(ban("eve", { lasts: 60_000, reason: "spam" }))).toEqual([
    "banned *!*@eve.cloak by root for 60000 spam",
  ]);
  expect(oper.hears()).toEqual(["banned *!*@eve.cloak by root for 60000 spam"]);
  expect(eve.hears()).toEqual(["expelled eve by root"]);
  expect(eve.events.at(-1)).toMatchObject({ reason: "Banned for 1m: spam" });
  expect(bob.hears()).toEqual(["expelled eve by root"]);
  expect(all.chat.member("eve")).toBeUndefined();
});

test("a ban refuses enter, rename and login", () => {
  const { all, root, eve } = setup();
  root.does(ban("bobby", { reason: "spam" }), ban("spam*", { lasts: 60_000 }));
  const fresh = (act: Act) => new Someone(all.chat).does(act);
  expect(fresh(enter("spammer"))).toEqual([`no: server-banned ${all.now + 60_000} `]);
  expect(fresh(enter("spammer", true))).toEqual([`no: server-banned ${all.now + 60_000} `]);
  expect(fresh({ ...enter("zoe"), account: anAccount("Bobby") } as Act)).toEqual(["no: server-banned  spam"]);
  expect(eve.does(rename("Spamela"))).toEqual([`no: server-banned ${all.now + 60_000} `]);
  expect(eve.does({ type: "identify", account: anAccount("Bobby") })).toEqual(["no: server-banned  spam"]);
  expect(eve.member?.who.account).toBeUndefined();
  all.now += 60_000;
  expect(fresh(enter("spammer"))).toEqual(["entered spammer"]);
  expect(root.hears()).toEqual(["ban-lifted spam*!*@*"]);
});

test("a banned host is kept out of an account's member too", () => {
  const { all, root } = setup();
  root.does(ban("*!*@evil.cloak"));
  const evil = { ...enter("bob"), account: anAccount("Bobby"), host: "evil.cloak" } as Act;
  expect(new Someone(all.chat).does(evil)).toEqual(["no: server-banned  "]);
});

test("a server ban is lifted by its mask, nick or account", () => {
  const { all, root } = setup();
  root.does(ban("zoe"), ban("bobby"), ban("*!*@abc.cloak"));
  expect(root.does(lift("ZOE"), lift("Bobby"), lift("*!*@ABC.cloak"), lift("zoe"))).toEqual([
    "ban-lifted zoe!*@* by root",
    "ban-lifted a:Bobby by root",
    "ban-lifted *!*@abc.cloak by root",
    "no: server-ban-unknown zoe",
  ]);
  expect(all.chat.bans).toEqual([]);
  expect([...all.store.bans()]).toEqual([]);
});

test("a second ban replaces the first, and their number is limited", () => {
  const { all, root } = setup();
  root.does(ban("zoe", { reason: "one" }), ban("ZOE", { reason: "two" }));
  expect(all.chat.bans.map(({ target, by, reason }) => [target, by, reason])).toEqual([["ZOE!*@*", "root", "two"]]);
  for (let n = 1; n < 1000; n++) root.does(ban(`a:user${n}`));
  expect(root.does(ban("a:onemore"))).toEqual(["no: server-bans-full 1000"]);
  expect(root.does(ban("zoe", { reason: "three" }))).toEqual(["banned zoe!*@* by root three"]);
});

test("a held member that was expelled can come back", () => {
  const { all, root, bob } = setup();
  bob.does({ type: "lose", reason: "" });
  root.does(ban("bobby"), lift("bobby"));
  const again = new Someone(all.chat);
  again.does({ ...enter("bob"), account: anAccount("Bobby") } as Act);
  all.now += 200_000;
  all.chat.housekeep();
  expect(again.hears()).toEqual([]);
  expect(all.chat.member("bob")).toBe(again.member);
});

/** A ban of a network that the server has made out: some come from there. */
const network = (text: string, ...from: readonly RecordingSession[]): Act => ({
  ...(ban(text, { reason: "spam" }) as Extract<Act, { type: "ban" }>),
  network: { text, isWide: false, isOwn: false, sessions: from.map(({ id }) => id) },
});
const liftNetwork = (...networks: readonly string[]): Act => ({
  type: "lift-ban",
  target: networks.at(-1) ?? "",
  networks,
});

test("a banned network expels members without a session from elsewhere, and is told to operators only", () => {
  const { all, root, bob, eve } = setup();
  const elsewhere = new Someone(all.chat);
  elsewhere.does({ ...enter("bob"), account: anAccount("Bobby") } as Act);
  bob.hears();
  expect(root.does(network("10.0.0.0/8", bob, eve))).toEqual(["banned 10.0.0.0/8 by root spam"]);
  expect(bob.hears()).toEqual(["expelled eve by root"]);
  expect([all.chat.member("bob")?.sessions.size, all.chat.member("eve")]).toEqual([2, undefined]);
  expect(all.chat.addressBan("10.0.0.0/8")).toMatchObject({ kind: "address", by: "root", reason: "spam" });
});

test("an address ban is lifted by any matching network, expires, and survives a restart", () => {
  const { all, root, eve } = setup();
  expect(eve.does(network("10.0.0.1"), liftNetwork("10.0.0.1"))).toEqual(
    Array.from({ length: 2 }, () => "no: not-server-operator"),
  );
  root.does(network("10.0.0.1"), { ...network("10.0.0.2"), lasts: 500 } as Act, network("2001:db8::/64"));
  expect(root.does(liftNetwork("2001:db8::9/128", "2001:db8::/64"))).toEqual(["ban-lifted 2001:db8::/64 by root"]);
  expect(root.does(liftNetwork("2001:db8::/64"))).toEqual(["no: server-ban-unknown 2001:db8::/64"]);
  const targets = ({ chat }: ChatFixture) => chat.bans.map(({ target }) => target);
  expect(targets(all)).toEqual(["10.0.0.1", "10.0.0.2"]);
  all.chat.close();
  const again = new ChatFixture({ store: all.store, now: all.now });
  expect(targets(again)).toEqual(["10.0.0.1", "10.0.0.2"]);
  again.now += 500;
  again.chat.housekeep();
  expect(targets(again)).toEqual(["10.0.0.1"]);
});

test("the number of address bans is limited", () => {
  const all = new ChatFixture({ limits: { addressBans: 2 } });
  const root = all.brings("root");
  root.does(EMPOWER, network("10.0.0.1"), network("10.0.0.2"));
  expect(root.does(network("10.0.0.3"), network("10.0.0.2"))).toEqual([
    "no: server-bans-full 2",
    "banned 10.0.0.2 by root spam",
  ]);
});

test("bans keep the order in which they were set, whatever the clock, and after a restart", () => {
  const { all, root } = setup();
  all.now = 100_000;
  root.does(ban("a:first"), network("10.0.0.1"));
  all.now = 50_000;
  root.does(ban("a:second"), network("10.0.0.0/8"), ban("*!*@*.net"));
  const targets = ({ chat }: ChatFixture) => chat.bans.map(({ target }) => target);
  expect(targets(all)).toEqual(["a:first", "a:second", "*!*@*.net", "10.0.0.1", "10.0.0.0/8"]);
  all.chat.close();
  expect(targets(new ChatFixture({ store: all.store, now: all.now }))).toEqual(targets(all));
});

test("a ban of a nick is listed with the nick, and lifted by it, though its holder is gone", () => {
  const fixture = new ChatFixture();
  const root = fixture.brings("root");
  fixture.brings("eve");
  root.does({ type: "empower", as: "root" }, { type: "ban", target: "eve", reason: "" });
  expect(fixture.chat.bans.map((one) => banListWords(one, fixture.now))).toEqual([
    expect.stringContaining("eve (*!*@eve.cloak): by root"),
  ]);
  expect(root.does({ type: "lift-ban", target: "Eve" })).toEqual(["ban-lifted *!*@eve.cloak by root"]);
});
