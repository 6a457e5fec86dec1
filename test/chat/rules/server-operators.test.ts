import { expect, test } from "bun:test";
import { ChatFixture, kick, modes, topic } from "../../support/chat-fixture.ts";

const EMPOWER = { type: "empower", as: "root" } as const;
const bye = (nick: string) => ({ type: "expel", nick, reason: "spam" }) as const;
const tell = (text: string) => ({ type: "announce", text }) as const;

test("a member changes its user modes, and only differences are told", () => {
  const ann = new ChatFixture().brings("ann");
  const change = (...changes: readonly [userMode: "bot" | "invisible" | "operator", on: boolean][]) =>
    ann.does({ type: "change-user-modes", changes: changes.map(([userMode, on]) => ({ userMode, on })) });
  expect(change(["bot", true], ["invisible", false])).toEqual(["user-modes-changed ann +bot"]);
  expect(ann.member?.who.bot).toBe(true);
  expect(change(["bot", true], ["bot", false], ["invisible", true])).toEqual([
    "user-modes-changed ann -bot +invisible",
  ]);
  expect(ann.member?.who.bot).toBe(false);
  expect(change(["invisible", true])).toEqual([]);
});

test("a mode change makes no server operator", () => {
  const ann = new ChatFixture().brings("ann");
  expect(ann.does({ type: "change-user-modes", changes: [{ userMode: "operator", on: true }] })).toEqual([]);
  expect(ann.does(EMPOWER)).toEqual(["user-modes-changed ann +operator"]);
  expect(ann.does(EMPOWER)).toEqual([]);
  expect(ann.does({ type: "change-user-modes", changes: [{ userMode: "operator", on: false }] })).toEqual([
    "user-modes-changed ann -operator",
  ]);
});

test("only operators of the server announce and expel", () => {
  const ann = new ChatFixture().brings("ann");
  expect(ann.does(tell("hi"), bye("ann"))).toEqual(["no: not-server-operator", "no: not-server-operator"]);
});

test("an announcement reaches members with the mode for announcements", () => {
  const fixture = new ChatFixture();
  const [ann, bob, eve] = [fixture.brings("ann"), fixture.brings("bob"), fixture.brings("eve")];
  bob.does({ type: "change-user-modes", changes: [{ userMode: "announcements", on: true }] });
  expect(ann.does(EMPOWER, tell("hi"))).toEqual(["user-modes-changed ann +operator"]);
  expect(bob.hears()).toEqual(["announced ann hi"]);
  expect(eve.hears()).toEqual([]);
});

test("an expulsion is told to neighbours and watchers", () => {
  const fixture = new ChatFixture();
  const [ann, bob, eve] = [fixture.brings("ann"), fixture.brings("bob", "#dev"), fixture.brings("eve", "#dev")];
  fixture.chat.watch(ann, "bob");
  bob.does({ type: "change-user-modes", changes: [{ userMode: "invisible", on: true }] });
  ann.does(EMPOWER);
  expect(ann.does(bye("bob"))).toEqual(["bob has gone"]);
  expect(bob.hears()).toEqual(["expelled bob by ann"]);
  expect(eve.hears()).toEqual(["expelled bob by ann"]);
  expect(bob.member).toBeUndefined();
  expect(fixture.chat.withUserMode("invisible").size).toBe(0);
  expect(ann.does(bye("bob"))).toEqual(["no: no-such-nick bob"]);
});

test("server operators moderate all rooms, from outside too", () => {
  const fixture = new ChatFixture();
  const [root, ann] = [fixture.brings("root"), fixture.brings("ann", "#lobby", "#dev")];
  expect(root.does(topic("#lobby", "x"))).toEqual(["no: not-in-room #lobby"]);
  root.does(EMPOWER);
  expect(root.does(topic("#lobby", "x"))).toEqual(["topic-set root #lobby x"]);
  expect(root.does(modes("#lobby", { mode: "moderated", on: true }))).toEqual(["modes-changed root #lobby +moderated"]);
  expect(root.does(kick("#lobby", "ann"))).toEqual(["kicked ann #lobby by root"]);
  expect(root.does(topic("#dev", "x"), modes("#dev", { mode: "moderated", on: true }))).toEqual([
    "topic-set root #dev x",
    "modes-changed root #dev +moderated",
  ]);
  expect(root.does(kick("#dev", "ann"))).toEqual(["kicked ann #dev by root"]);
  expect(ann.member?.rooms.size).toBe(0);
});

test("an operator of the server knows of secret rooms", () => {
  const fixture = new ChatFixture();
  const [root, ann] = [fixture.brings("root"), fixture.brings("ann", "#dev")];
  ann.does(modes("#dev", { mode: "secret", on: true }));
  expect(fixture.chat.roomFor(root.member, "#dev")).toBeUndefined();
  root.does(EMPOWER);
  expect(fixture.chat.roomFor(root.member, "#dev")?.name).toBe("#dev");
});

test("operators that the configuration removes are told why, the others stay", () => {
  const fixture = new ChatFixture();
  const [root, also, other, ann] = ["root", "also", "other", "ann"].map((nick) => fixture.brings(nick));
  root?.does(EMPOWER);
  also?.does({ type: "empower", as: "other" }, EMPOWER); // the latest name counts
  other?.does({ type: "empower", as: "other" });
  fixture.chat.administer({ type: "disempower", names: ["root"], why: "operator-removed" });
  const lost = (nick: string) => [`user-modes-changed ${nick} -operator operator-removed`];
  expect([root, also, other, ann].map((player) => player?.hears())).toEqual([lost("root"), lost("also"), [], []]);
  expect([...fixture.chat.withUserMode("operator")].map(({ nick }) => nick)).toEqual(["other"]);
  expect(root?.does({ type: "announce", text: "hi" })).toEqual(["no: not-server-operator"]);
  root?.does(EMPOWER);
  root?.does({ type: "change-user-modes", changes: [{ userMode: "operator", on: false }] });
  fixture.chat.administer({ type: "disempower", names: ["root"], why: "operator-password" });
  expect(root?.hears()).toEqual([]);
});
