import { expect, test } from "bun:test";
import type { Act, AddTokenAct } from "../../../src/chat/model/act.ts";
import type { OutgoingHooksRule, Rules } from "../../../src/chat/model/limits.ts";
import { anAccount, ChatFixture, enter, join, kick, modes, type RecordingSession } from "../../support/chat-fixture.ts";

const ANN = anAccount("ann", { hash: "old" });

/** Ann, who is logged in and operates #dev, and bob, a guest there. */
function setup(limits = {}, rules: Partial<Rules> = {}) {
  const people = new ChatFixture({ limits, rules });
  people.store.saveAccount(ANN);
  const ann = people.brings("zoe");
  ann.does({ type: "identify", account: ANN }, join("#dev"));
  const bob = people.brings("bob", "#dev");
  ann.hears();
  return { people, store: people.store, ann, bob };
}

function add(hash: string, more: Partial<AddTokenAct> = {}): Act {
  return { type: "add-token", hash, kind: "login", name: `t${hash}`, room: undefined, ...more };
}

const HOOK = { kind: "hook", room: "#dev" } as const;
const INVITATION = { kind: "invitation", room: "#dev" } as const;

/** The names that a player is shown. */
function listed(player: RecordingSession, of: Pick<AddTokenAct, "kind" | "room">): readonly string[] | string {
  const { member, chat } = player;
  const found = member ? chat.tokens(member, of.room) : [];
  return "why" in found ? found.why : found.filter(({ kind }) => kind === of.kind).map(({ name }) => name);
}

const LOGIN = { kind: "login", room: undefined } as const;

test("an account's owner makes, lists and removes its tokens; a guest has none", () => {
  const { ann, bob } = setup();
  expect(ann.does(add("one"), add("two"))).toEqual([]);
  expect(bob.does(add("his"))).toEqual(["no: not-logged-in"]);
  expect([listed(ann, LOGIN), listed(bob, LOGIN)]).toEqual([["tone", "ttwo"], "not-logged-in"]);
  bob.does({ type: "remove-token", hash: "one" });
  ann.does({ type: "remove-token", hash: "two" });
  expect(listed(ann, LOGIN)).toEqual(["tone"]);
});

test.each(["", "a b", "ci/build", "é", "7up", "a.b", "x".repeat(21)])("%j is not a token's name", (name) => {
  expect(setup().ann.does(add("one", { name }))).toEqual([`no: token-name-bad ${name}`]);
});

test("beyond the limit the oldest login token of the same name is replaced, and another name is refused", () => {
  const { ann, store } = setup({ tokens: 2 });
  ann.does(add("1", { name: "page" }), add("2", { name: "page" }));
  expect(ann.does(add("3", { name: "bot" }))).toEqual(["no: tokens-full login 2"]);
  expect(ann.does(add("4", { name: "page" }))).toEqual([]);
  expect(store.tokensOf(ANN.id).map(({ hash }) => hash)).toEqual(["2", "4"]);
});

test.each([true, false])("a new password ends the account's tokens (certificates kept: %p)", (keepsCertificates) => {
  const { ann, store } = setup();
  ann.does(add("one"), add("hook", HOOK));
  const secret = { hash: "new", scram: undefined };
  ann.does({ type: "change-password", account: ANN.id, secret, keepsCertificates });
  expect([store.token("one"), listed(ann, HOOK)]).toEqual([undefined, ["thook"]]);
});

test("only an operator of the room makes and sees its tokens, and a webhook needs an account too", () => {
  const { ann, bob } = setup();
  expect(bob.does(add("1", INVITATION), add("2", HOOK))).toEqual(["no: not-operator #dev", "no: not-operator #dev"]);
  ann.does(modes("#dev", { mode: "operator", on: true, nick: "bob" }), add("3", HOOK));
  bob.hears();
  expect(bob.does(add("1", INVITATION), add("2", HOOK))).toEqual(["no: hook-needs-account #dev"]);
  expect([listed(bob, HOOK), listed(ann, INVITATION)]).toEqual([["t3"], ["t1"]]);
  expect(ann.does(add("5", { ...HOOK, name: "t3" }))).toEqual(["no: token-name-taken t3"]);
});

test.each([
  ["loses its rank", (bob: RecordingSession) => bob.does(modes("#dev", { mode: "operator", on: false, nick: "zoe" }))],
  ["is kicked", (bob: RecordingSession) => bob.does(kick("#dev", "zoe"))],
])("a room's tokens end when the account that has made them %s, and do not come back with it", (_, act) => {
  const { ann, bob } = setup();
  ann.does(modes("#dev", { mode: "operator", on: true, nick: "bob" }), add("1", HOOK), add("2", INVITATION));
  act(bob);
  bob.does(add("3", INVITATION));
  ann.does(join("#dev"));
  bob.does(modes("#dev", { mode: "operator", on: true, nick: "zoe" }));
  expect([listed(ann, HOOK), listed(ann, INVITATION)]).toEqual([[], ["t3"]]);
});

test("a room's tokens move with its name, and end with the room", () => {
  const { people, ann, store } = setup();
  ann.does(add("1", HOOK), { type: "rename-room", room: "#dev", to: "#code", reason: "" });
  expect(listed(ann, { kind: "hook", room: "#code" })).toEqual(["t1"]);
  const root = people.brings("root");
  root.does({ type: "empower", as: "root" }, { type: "drop-room", room: "#code", reason: "" });
  expect(store.token("1")).toBeUndefined();
});

test("a room of guests takes its tokens with it when the last has left", () => {
  const people = new ChatFixture();
  const bob = people.brings("bob", "#den");
  bob.does(add("1", { kind: "invitation", room: "#den" }), { type: "leave", room: "#den", reason: "" });
  expect(people.store.token("1")).toBeUndefined();
  bob.does(join("#den"));
  expect(listed(bob, { kind: "invitation", room: "#den" })).toEqual([]);
});

test("a token that has expired is not listed", () => {
  const { people, ann } = setup();
  ann.does(add("1", { ...INVITATION, lasts: 5000 }));
  people.now += 4999;
  ann.does(enter("ann"));
  expect(listed(ann, INVITATION)).toEqual(["t1"]);
  people.now += 1;
  people.chat.housekeep();
  expect(listed(ann, INVITATION)).toEqual([]);
});

test("no token is made or removed while nothing can be stored", () => {
  const { ann, store } = setup();
  ann.does(add("one"));
  Object.defineProperty(store, "isDown", { get: () => true });
  expect(ann.does(add("two"), { type: "remove-token", hash: "one" })).toEqual([
    "no: not-stored token",
    "no: not-stored token",
  ]);
});

/** Joins #dev by an invitation link. */
function joinBy(invitation: string): Act {
  return { ...join("#dev"), invitation } as Act;
}

test.each([
  [{ mode: "invite-only", on: true }],
  [{ mode: "key", on: true, key: "k" }],
  [{ mode: "limit", on: true, limit: 1 }],
] as const)("an invitation link lifts %j as often as it says, and only joining uses it up", (mode) => {
  const { people, ann } = setup();
  ann.does(modes("#dev", mode), add("1", { ...INVITATION, uses: 2 }));
  const [cat, dan, eve] = ["cat", "dan", "eve"].map((nick) => people.brings(nick));
  expect(cat?.does(joinBy("1"))).toEqual(["joined cat #dev"]);
  expect(cat?.does(joinBy("1"))).toEqual([]);
  expect(eve?.does(joinBy("other"))[0]).toStartWith("no: cannot-join #dev");
  expect(dan?.does(joinBy("1"))).toEqual(["joined dan #dev"]);
  expect(eve?.does(joinBy("1"))[0]).toStartWith("no: cannot-join #dev");
  expect(listed(ann, INVITATION)).toEqual([]);
});

test("an invitation link lifts no ban, and opens no other room", () => {
  const { people, ann } = setup();
  ann.does(add("1", INVITATION), modes("#dev", { mode: "ban", on: true, mask: "cat" }));
  expect(people.brings("cat").does(joinBy("1"))).toEqual(["no: cannot-join #dev banned"]);
  ann.does(join("#ops"), modes("#ops", { mode: "invite-only", on: true }));
  const dan = people.brings("dan");
  expect(dan.does({ ...join("#ops"), invitation: "1" } as Act)).toEqual(["no: cannot-join #ops invite-only"]);
});

test("an expired invitation link is refused", () => {
  const { people, ann } = setup();
  ann.does(modes("#dev", { mode: "invite-only", on: true }), add("1", { ...INVITATION, lasts: 5000 }));
  people.now += 5000;
  expect(people.chat.linkedRoom("1")?.name).toBe("#dev"); // no act has moved the clock
  expect(people.brings("cat").does(joinBy("1"))).toEqual(["no: cannot-join #dev invite-only"]);
  expect(people.chat.linkedRoom("1")).toBeUndefined();
});

const OUT = { kind: "outgoing", room: "#dev", name: "ci.test", out: { url: "https://ci.test/", secret: "x" } } as const;

test.each<[OutgoingHooksRule, boolean, readonly string[]]>([
  ["off", true, ["no: hooks-off"]],
  ["operators", false, ["no: not-server-operator"]],
  ["operators", true, ["hook-set #dev ci.test on"]],
  ["accounts", false, ["hook-set #dev ci.test on"]],
])(
  "with outgoing webhooks for %s, and an operator of the server: %p, one is answered by %j",
  (rule, isOperator, told) => {
    const { ann, bob } = setup({}, { outgoingHooks: rule });
    if (isOperator) ann.does({ type: "empower", as: "root" });
    bob.hears();
    expect(ann.does(add("h", OUT))).toEqual([...told]);
    expect(bob.hears()).toEqual(told.filter((each) => each.startsWith("hook-set")));
  },
);

test("a guest makes no outgoing webhook, and the room is told when one ends", () => {
  const { ann, bob } = setup({}, { outgoingHooks: "accounts" });
  ann.does(modes("#dev", { mode: "operator", on: true, nick: "bob" }), add("h", OUT));
  bob.hears();
  expect(bob.does(add("g", OUT))).toEqual(["no: hook-needs-account #dev"]);
  ann.does({ type: "remove-token", hash: "h" });
  expect(bob.hears()).toEqual(["hook-set #dev ci.test off"]);
});

test("outgoing webhooks are there again after a restart, and end with the room", () => {
  const rules: Partial<Rules> = { outgoingHooks: "accounts" };
  const { people, ann } = setup({}, rules);
  ann.does(add("h", OUT), modes("#dev", { mode: "history", on: true, keeps: 0 }));
  const names = ({ chat }: ChatFixture) => {
    const room = chat.room("#dev");
    return room && chat.outgoingHooks(room).map(({ name }) => name);
  };
  expect(names(people)).toEqual(["ci.test"]);
  people.chat.commit();
  const again = new ChatFixture({ store: people.store, rules });
  expect(names(again)).toEqual(["ci.test"]);
  const root = again.brings("root");
  root.does({ type: "empower", as: "root" }, { type: "drop-room", room: "#dev", reason: "" });
  expect(people.store.outgoingTokens()).toEqual([]);
});
