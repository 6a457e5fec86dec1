import { expect, test } from "bun:test";
import type { Act } from "../../../src/chat/model/act.ts";
import { RULES } from "../../../src/chat/model/limits.ts";
import { State } from "../../../src/chat/model/state.ts";
import { rememberEphemeral } from "../../../src/chat/rules/idempotency.ts";
import { fold } from "../../../src/text/fold.ts";
import { anAccount, ChatFixture, leave, modes } from "../../support/chat-fixture.ts";
import { TemporaryStore } from "../../support/temporary-store.ts";

const ID = "0123456789abcdef";

function named(to: string, text: string, id = ID): Act {
  return { type: "say", to, kind: "words", text, id };
}

test.each([
  ["a room", "#dev"],
  ["a guest", "bob"],
])(
  "a message to %s that is sent twice under one name is said once, and its sender is shown the first again",
  (_, to) => {
    const fixture = new ChatFixture();
    const [ann, bob] = [fixture.brings("ann", "#dev"), fixture.brings("bob", "#dev")];
    fixture.now = 2000;
    ann.does(named(to, "hi"));
    fixture.now = 9000;
    expect(ann.does(named(to, "hi"))).toEqual([`said ann ${to} words hi`]);
    expect(bob.hears()).toEqual(["joined bob #dev", `said ann ${to} words hi`].slice(-1));
    const [first, second] = ann.events.filter((event) => event.type === "said");
    expect([second?.seq, second?.time]).toEqual([first?.seq, 2000]);
  },
);

test("a limited number of ephemeral messages is remembered, with or without ids", () => {
  const fixture = new ChatFixture();
  const { who } = fixture.brings("ann").member ?? {};
  if (!who) throw new Error("ann is not there");
  const state = new State(RULES, fixture.store);
  const words = { type: "said", from: who, to: "bob", inRoom: false, rank: undefined, kind: "words" } as const;
  const rest = { text: "hi", tags: undefined, away: undefined, msgid: "", time: 0, origin: undefined };
  for (let seq = 0; seq < 5000; seq++)
    rememberEphemeral(state, { ...words, ...rest, seq, id: seq % 3 === 0 ? undefined : `${ID}${seq}` });
  expect(state.ephemeral.size).toBe(2000);
});

test("it is known after a restart", () => {
  const first = new ChatFixture();
  first.brings("ann", "#dev").does(named("#dev", "hi"));
  first.store.commit();
  const second = new ChatFixture({ store: first.store });
  const [ann, bob] = [second.brings("ann", "#dev"), second.brings("bob", "#dev")];
  expect(ann.does(named("#dev", "hi"))).toEqual(["said ann #dev words hi"]);
  expect(bob.hears()).toEqual([]);
});

test.each([
  ["another text", { ...named("#dev", "ho") }, `no: id-reused #dev ${ID}`],
  ["another kind", { ...named("#dev", "hi"), kind: "action" }, `no: id-reused #dev ${ID}`],
  ["another name", named("#dev", "hi", "fedcba9876543210"), "said ann #dev words hi"],
  ["another place", named("#ops", "hi"), "said ann #ops words hi"],
  ["no name", { type: "say", to: "#dev", kind: "words", text: "hi" }, "said ann #dev words hi"],
] as const)("a message like one before but with %s is no repetition of it", (_, act, hears) => {
  const fixture = new ChatFixture();
  const ann = fixture.brings("ann", "#dev", "#ops");
  ann.does(named("#dev", "hi"));
  const count = ann.events.length;
  expect(ann.does(act as Act)).toEqual([hears]);
  const last = ann.events.at(-1);
  if (hears.startsWith("said")) expect([ann.events.length, last?.type]).toEqual([count + 1, "said"]);
});

test("a sender that may no longer speak is not told the original", () => {
  const fixture = new ChatFixture();
  const [ann, bob] = [fixture.brings("ann", "#dev"), fixture.brings("bob", "#dev")];
  bob.does(named("#dev", "hi"));
  ann.does(modes("#dev", { mode: "moderated", on: true }));
  expect(bob.does(named("#dev", "hi"))).toEqual(
    ["modes-changed ann #dev +moderated", "no: cannot-say #dev moderated"].slice(1),
  );
  bob.does(leave("#dev"));
  expect(bob.does(named("#dev", "hi"))).toEqual(["no: cannot-say #dev outside"]);
});

test("a bounded number of ids between guests is remembered", () => {
  const fixture = new ChatFixture();
  const [ann, bob] = [fixture.brings("ann"), fixture.brings("bob")];
  for (let i = 0; i < 10_001; i++) fixture.chat.submit(ann, named("bob", "hi", `0123456789-${i}`));
  bob.hears();
  ann.does(named("bob", "hi", "0123456789-10000"));
  expect(bob.hears()).toEqual([]);
  ann.does(named("bob", "hi", "0123456789-0"));
  expect(bob.hears()).toEqual(["said ann bob words hi"]);
});

test("a repeat to an absent account is not stored twice", () => {
  const fixture = new ChatFixture();
  fixture.store.saveAccount(anAccount("zoe"));
  const ann = fixture.brings("ann");
  expect(ann.does(named("zoe", "hi"), named("ZOE", "hi"))).toEqual(["said ann zoe words hi", "said ann zoe words hi"]);
  const [first, second] = ann.events.filter((event) => event.type === "said");
  expect(second?.seq).toBe(first?.seq as number);
});

test("an account's ids do not clash with anyone else's", () => {
  const fixture = new ChatFixture();
  const [ann, eve] = [fixture.brings("ann", "#dev"), fixture.brings("eve", "#dev")];
  for (const [player, name] of [
    [ann, "ann"],
    [eve, "eve"],
  ] as const) {
    fixture.store.saveAccount(anAccount(name));
    player.does({ type: "identify", account: fixture.store.loadAccount(fold(name)) });
  }
  eve.does(named("#dev", "hi"), named("ann", "hi"));
  ann.hears();
  expect(ann.does(named("#dev", "ho"))).toEqual(["said ann #dev words ho"]);
  expect(eve.hears()).toEqual(["said ann #dev words ho"]);
  expect(ann.does(named("#dev", "ho"), named("#dev", "hi"))).toEqual([
    "said ann #dev words ho",
    `no: id-reused #dev ${ID}`,
  ]);
  expect(eve.hears()).toEqual([]);
});

test.each([
  ["a room", "#dev"],
  ["a guest", "bob"],
  ["an account", "zoe"],
])("a guest who comes back under another nick does not say to %s again what was said", (_, to) => {
  const fixture = new ChatFixture();
  fixture.store.saveAccount(anAccount("zoe"));
  const bob = fixture.brings("bob", "#dev");
  const ann = fixture.brings("ann", "#dev");
  ann.does(named(to, "hi"));
  ann.does({ type: "quit", reason: "" });
  bob.hears();
  const again = fixture.brings("ann_", "#dev");
  bob.hears();
  expect(again.does(named(to, "hi"))).toEqual([`said ann ${to} words hi`]);
  expect(bob.hears()).toEqual([]);
  // And logged in by then.
  fixture.store.saveAccount(anAccount("ann_"));
  again.does({ type: "identify", account: fixture.store.loadAccount(fold("ann_")) });
  expect(again.does(named(to, "hi")).at(-1)).toEqual(`said ann ${to} words hi`);
});

test("a redacted message cannot be repeated", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  const fixture = new ChatFixture({ store });
  const [ann, bob] = [fixture.brings("ann", "#dev"), fixture.brings("bob", "#dev")];
  ann.does(named("#dev", "hi"));
  const { seq = 0 } = bob.events.find((event) => event.type === "said") ?? {};
  ann.does({ type: "redact", target: "#dev", msgid: fixture.store.msgid(seq), reason: "" });
  ann.does({ type: "quit", reason: "" });
  bob.hears();
  const again = fixture.brings("ann_", "#dev");
  bob.hears();
  store.commit();
  for (const _ of store.applyRetention({ messages: undefined, ids: 0, now: fixture.now }));
  expect(again.does(named("#dev", "hi"))).toEqual([`no: taken-back #dev ${ID}`]);
  expect(bob.hears()).toEqual([]);
});
