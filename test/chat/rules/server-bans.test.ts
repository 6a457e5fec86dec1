import { expect, test } from "bun:test";
import type { Act } from "../../../src/chat/model/act.ts";
import { anAccount, enter, type Player, rename, Player as Someone, Stage } from "../stage.ts";

const EMPOWER = { type: "empower", as: "root" } as const;
const ban = (target: string, more: { readonly lasts?: number; readonly reason?: string } = {}): Act => ({
  type: "ban",
  target,
  reason: "",
  ...more,
});
const lift = (target: string): Act => ({ type: "lift-ban", target });

/** root operates the server; bob has an account, which is his own, and eve is a guest. */
function stage(): { readonly all: Stage; readonly root: Player; readonly bob: Player; readonly eve: Player } {
  const all = new Stage();
  all.store.saveAccount(anAccount("Bobby"));
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
  expect(stage().root.does(ban(target))).toEqual([...heard]);
});

test("only operators of the server ban and lift", () => {
  const { bob } = stage();
  expect(bob.does(ban("eve"), lift("eve"))).toEqual(["no: not-server-operator", "no: not-server-operator"]);
});

test("those present whom a ban means are put out; the server's operators hear of it, and nobody else", () => {
  const { all, root, bob, eve } = stage();
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

test("who is banned does not come in, does not take the nick, and does not log in", () => {
  const { all, root, eve } = stage();
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
  const { all, root } = stage();
  root.does(ban("*!*@evil.cloak"));
  const evil = { ...enter("bob"), account: anAccount("Bobby"), host: "evil.cloak" } as Act;
  expect(new Someone(all.chat).does(evil)).toEqual(["no: server-banned  "]);
});

test("a ban is lifted by its mask, or by the nick or account that it means", () => {
  const { all, root } = stage();
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

test("a second ban of the same takes the place of the first; there are so many and no more", () => {
  const { all, root } = stage();
  root.does(ban("zoe", { reason: "one" }), ban("ZOE", { reason: "two" }));
  expect(all.chat.bans.map(({ target, by, reason }) => [target, by, reason])).toEqual([["ZOE!*@*", "root", "two"]]);
  for (let n = 1; n < 1000; n++) root.does(ban(`a:user${n}`));
  expect(root.does(ban("a:onemore"))).toEqual(["no: server-bans-full 1000"]);
  expect(root.does(ban("zoe", { reason: "three" }))).toEqual(["banned zoe!*@* by root three"]);
});

test("who was put out while they were waited for can come back, and stays", () => {
  const { all, root, bob } = stage();
  bob.does({ type: "lose", reason: "" });
  root.does(ban("bobby"), lift("bobby"));
  const again = new Someone(all.chat);
  again.does({ ...enter("bob"), account: anAccount("Bobby") } as Act);
  all.now += 200_000;
  all.chat.tick();
  expect(again.hears()).toEqual([]);
  expect(all.chat.member("bob")).toBe(again.member);
});

/** A ban of a network that the server has made out: some come from there. */
const network = (text: string, ...from: readonly Player[]): Act => ({
  ...(ban(text, { reason: "spam" }) as Extract<Act, { type: "ban" }>),
  network: { text, isWide: false, isOwn: false, sessions: from.map(({ id }) => id) },
});
const liftNetwork = (...networks: readonly string[]): Act => ({
  type: "lift-ban",
  target: networks.at(-1) ?? "",
  networks,
});

test("a banned network puts out the members who have no session from elsewhere, and is told to operators alone", () => {
  const { all, root, bob, eve } = stage();
  const elsewhere = new Someone(all.chat);
  elsewhere.does({ ...enter("bob"), account: anAccount("Bobby") } as Act);
  bob.hears();
  expect(root.does(network("10.0.0.0/8", bob, eve))).toEqual(["banned 10.0.0.0/8 by root spam"]);
  expect(bob.hears()).toEqual(["expelled eve by root"]);
  expect([all.chat.member("bob")?.sessions.size, all.chat.member("eve")]).toEqual([2, undefined]);
  expect(all.chat.addressBan("10.0.0.0/8")).toMatchObject({ kind: "address", by: "root", reason: "spam" });
});

test("an address ban is lifted by what it may mean, by itself at its end, and outlives a restart", () => {
  const { all, root, eve } = stage();
  expect(eve.does(network("10.0.0.1"), liftNetwork("10.0.0.1"))).toEqual(
    Array.from({ length: 2 }, () => "no: not-server-operator"),
  );
  root.does(network("10.0.0.1"), { ...network("10.0.0.2"), lasts: 500 } as Act, network("2001:db8::/64"));
  expect(root.does(liftNetwork("2001:db8::9/128", "2001:db8::/64"))).toEqual(["ban-lifted 2001:db8::/64 by root"]);
  expect(root.does(liftNetwork("2001:db8::/64"))).toEqual(["no: server-ban-unknown 2001:db8::/64"]);
  const targets = ({ chat }: Stage) => chat.bans.map(({ target }) => target);
  expect(targets(all)).toEqual(["10.0.0.1", "10.0.0.2"]);
  all.chat.close();
  const again = new Stage({ store: all.store, now: all.now });
  expect(targets(again)).toEqual(["10.0.0.1", "10.0.0.2"]);
  again.now += 500;
  again.chat.tick();
  expect(targets(again)).toEqual(["10.0.0.1"]);
});

test("there are so many address bans and no more", () => {
  const all = new Stage({ limits: { addressBans: 2 } });
  const root = all.brings("root");
  root.does(EMPOWER, network("10.0.0.1"), network("10.0.0.2"));
  expect(root.does(network("10.0.0.3"), network("10.0.0.2"))).toEqual([
    "no: server-bans-full 2",
    "banned 10.0.0.2 by root spam",
  ]);
});

test("bans are gone through as they were set, whatever the clock was set to, and after a restart too", () => {
  const { all, root } = stage();
  all.now = 100_000;
  root.does(ban("a:first"), network("10.0.0.1"));
  all.now = 50_000;
  root.does(ban("a:second"), network("10.0.0.0/8"), ban("*!*@*.net"));
  const targets = ({ chat }: Stage) => chat.bans.map(({ target }) => target);
  expect(targets(all)).toEqual(["a:first", "a:second", "*!*@*.net", "10.0.0.1", "10.0.0.0/8"]);
  all.chat.close();
  expect(targets(new Stage({ store: all.store, now: all.now }))).toEqual(targets(all));
});
