import { expect, test } from "bun:test";
import { parseMask } from "../../../src/chat/model/masks.ts";
import { banMaskFor, banOrderOf, bansOn, isAddressLike, isTooWide, nickIn } from "../../../src/chat/rules/bans.ts";
import { anAccount, modes, QUIT, Stage } from "../stage.ts";

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
  expect(banOrderOf(words)).toEqual(order);
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

test("who is here is banned by what stays theirs under any nick", () => {
  const stage = new Stage();
  const [ann, bob] = [stage.brings("ann", "#dev"), stage.brings("bob", "#dev")];
  stage.store.saveAccount(anAccount("Eve"));
  const directory = {
    member: (nick: string) => stage.chat.member(nick),
    store: stage.store,
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

test("a nick lifts what keeps the one who has it, or had it, out", () => {
  const stage = new Stage();
  const [ann, bob] = [stage.brings("ann", "#dev"), stage.brings("bob")];
  const masks = ["bob", "*!*@bob.cloak", "m:b*", "a:bob", "eve", "*!*@*b*"];
  ann.does(modes("#dev", ...masks.map((mask) => ({ mode: "ban", on: true, mask }) as const)));
  const room = stage.chat.room("#dev");
  if (!room) throw new Error("It is not there");
  const lifted = (given: string) => bansOn(room, given, stage.chat.member(nickIn(given))).map(({ mask }) => mask.text);
  expect(lifted("bob")).toEqual(["bob!*@*", "*!*@bob.cloak", "a:bob"]);
  expect(lifted("m:bob")).toEqual(["m:b*!*@*"]); // nothing else keeps bob silent
  expect(lifted("EVE!*@*")).toEqual(["eve!*@*"]);
  expect(lifted("zoe")).toEqual([]);
  bob.does(QUIT);
  expect(lifted("bob")).toEqual(["bob!*@*", "a:bob"]);
  ann.does(modes("#dev", { mode: "ban", on: true, mask: "*!*@zoe.cloak", whom: "Zoe" }));
  expect(lifted("zoe")).toEqual(["*!*@zoe.cloak"]); // who is not here any more
});
