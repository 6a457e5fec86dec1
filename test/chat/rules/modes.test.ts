import { describe, expect, test } from "bun:test";
import type { Member } from "../../../src/chat/model/member.ts";
import type { ModeChange } from "../../../src/chat/model/modes.ts";
import {
  anAccount,
  ChatFixture,
  join,
  kick,
  leave,
  modes,
  QUIT,
  type RecordingSession,
  rename,
  topic,
} from "../../support/chat-fixture.ts";

/** ann operates #dev, bob is in it, eve is not. */
function setup(
  limits: ConstructorParameters<typeof ChatFixture>[0] = {},
): Record<"ann" | "bob" | "eve", RecordingSession> {
  const people = new ChatFixture(limits);
  return { ann: people.brings("ann", "#dev"), bob: people.brings("bob", "#dev"), eve: people.brings("eve") };
}

const on = (mode: "moderated" | "secret" | "invite-only" | "topic-locked"): ModeChange => ({ mode, on: true });
const off = (mode: "moderated" | "secret" | "invite-only" | "topic-locked"): ModeChange => ({ mode, on: false });
const rank = (sign: "+" | "-", nick: string): ModeChange => ({ mode: "operator", on: sign === "+", nick });
const ban = (sign: "+" | "-", mask: string): ModeChange => ({ mode: "ban", on: sign === "+", mask });
const timed = (mask: string, lasts: number): ModeChange => ({ mode: "ban", on: true, mask, lasts });
const key = (sign: "+" | "-", text: string): ModeChange => ({ mode: "key", on: sign === "+", key: text });
const limit = (sign: "+" | "-", count: number): ModeChange => ({ mode: "limit", on: sign === "+", limit: count });

test.each([
  ["ann", topic("#dev", "hi"), ["topic-set ann #dev hi"]],
  ["ann", topic("#DEV", ""), ["topic-set ann #dev"]],
  ["bob", topic("#dev", "hi"), ["no: not-operator #dev"]],
  ["eve", topic("#dev", "hi"), ["no: not-in-room #dev"]],
  ["ann", topic("#nowhere", "hi"), ["no: no-such-room #nowhere"]],
  ["bob", modes("#dev", on("moderated")), ["no: not-operator #dev"]],
  ["eve", modes("#dev", on("moderated")), ["no: not-operator #dev"]],
  ["ann", modes("#nowhere", on("moderated")), ["no: no-such-room #nowhere"]],
  ["ann", modes("#dev"), []],
  ["ann", modes("#dev", on("moderated"), on("secret")), ["modes-changed ann #dev +moderated +secret"]],
  ["ann", modes("#dev", on("topic-locked"), off("moderated")), []], // all is so already
  ["ann", modes("#dev", on("moderated"), on("moderated")), ["modes-changed ann #dev +moderated"]],
  ["ann", modes("#dev", on("moderated"), off("moderated")), ["modes-changed ann #dev +moderated -moderated"]],
  ["ann", modes("#dev", rank("+", "BOB")), ["modes-changed ann #dev +operator=bob"]],
  ["ann", modes("#dev", rank("+", "bob"), rank("+", "Bob")), ["modes-changed ann #dev +operator=bob"]],
  ["ann", modes("#dev", rank("+", "bob"), rank("-", "bob")), ["modes-changed ann #dev +operator=bob -operator=bob"]],
  ["ann", modes("#dev", rank("-", "bob")), []],
  ["ann", modes("#dev", rank("+", "nobody")), ["no: no-such-nick nobody"]],
  ["ann", modes("#dev", rank("+", "eve")), ["no: they-not-in-room #dev eve"]],
  ["ann", modes("#dev", ban("+", "eve")), ["modes-changed ann #dev +ban=eve!*@*"]],
  ["ann", modes("#dev", ban("+", "eve"), ban("+", "EVE!*@*")), ["modes-changed ann #dev +ban=eve!*@*"]],
  ["ann", modes("#dev", ban("+", "eve"), ban("-", "eve")), ["modes-changed ann #dev +ban=eve!*@* -ban=eve!*@*"]],
  ["ann", modes("#dev", ban("-", "eve")), []],
  ["ann", modes("#dev", timed("eve", 60)), ["modes-changed ann #dev +ban=eve!*@*=60"]],
  [
    "ann",
    modes("#dev", timed("eve", 60), timed("eve", 90)),
    ["modes-changed ann #dev +ban=eve!*@*=60 +ban=eve!*@*=90"],
  ],
  ["ann", modes("#dev", timed("eve", 60), ban("+", "eve")), ["modes-changed ann #dev +ban=eve!*@*=60 +ban=eve!*@*"]],
  ["ann", modes("#dev", ban("+", "e v e")), ["no: mode-value-bad #dev ban e v e"]],
  ["ann", modes("#dev", key("+", "sesame")), ["modes-changed ann #dev +key=sesame"]],
  ["ann", modes("#dev", key("+", "a"), key("-", "whatever")), ["modes-changed ann #dev +key=a -key=a"]],
  ["ann", modes("#dev", key("+", "a"), key("+", "b")), ["modes-changed ann #dev +key=a +key=b"]],
  ["ann", modes("#dev", key("-", "")), []],
  ["ann", modes("#dev", key("+", "")), ["no: mode-value-bad #dev key "]],
  ["ann", modes("#dev", key("+", "a b")), ["no: mode-value-bad #dev key a b"]],
  ["ann", modes("#dev", key("+", "a,b")), ["no: mode-value-bad #dev key a,b"]],
  ["ann", modes("#dev", key("+", ":a")), ["no: mode-value-bad #dev key :a"]],
  ["ann", modes("#dev", key("+", "ä")), ["no: mode-value-bad #dev key ä"]],
  ["ann", modes("#dev", key("+", "x".repeat(32))), [`modes-changed ann #dev +key=${"x".repeat(32)}`]],
  ["ann", modes("#dev", key("+", "x".repeat(33))), [`no: mode-value-bad #dev key ${"x".repeat(33)}`]],
  ["ann", modes("#dev", limit("+", 5)), ["modes-changed ann #dev +limit=5"]],
  ["ann", modes("#dev", limit("+", 5), limit("+", 5)), ["modes-changed ann #dev +limit=5"]],
  ["ann", modes("#dev", limit("+", 5), limit("-", 0)), ["modes-changed ann #dev +limit=5 -limit=0"]],
  ["ann", modes("#dev", limit("-", 0)), []],
  ["ann", modes("#dev", limit("+", 0)), ["no: mode-value-bad #dev limit 0"]],
  ["ann", modes("#dev", limit("+", -1)), ["no: mode-value-bad #dev limit -1"]],
  ["ann", modes("#dev", limit("+", 1.5)), ["no: mode-value-bad #dev limit 1.5"]],
  ["ann", modes("#dev", limit("+", Number.NaN)), ["no: mode-value-bad #dev limit NaN"]],
] as const)("%s does %j and hears %j", (who, act, hears) => {
  expect(setup()[who].does(act)).toEqual([...hears]);
});

test("of several changes, the valid ones are one event and each invalid one is refused", () => {
  const { ann, bob } = setup();
  bob.hears();
  const heard = ann.does(
    modes("#dev", on("moderated"), rank("+", "nobody"), rank("+", "bob"), limit("+", 0), ban("+", "eve")),
  );
  expect(heard).toEqual([
    "modes-changed ann #dev +moderated +operator=bob +ban=eve!*@*",
    "no: no-such-nick nobody",
    "no: mode-value-bad #dev limit 0",
  ]);
  expect(bob.hears()).toEqual(["modes-changed ann #dev +moderated +operator=bob +ban=eve!*@*"]);
});

test("a quiet member is announced before its rank changes", () => {
  const people = new ChatFixture();
  const [ann, bob, eve] = [people.brings("ann", "#dev"), people.brings("bob", "#dev"), people.brings("eve")];
  eve.does(join("#dev", { quietly: true }));
  expect(ann.does(modes("#dev", rank("+", "nobody"), rank("+", "eve")))).toEqual([
    "appeared eve #dev",
    "modes-changed ann #dev +operator=eve",
    "no: no-such-nick nobody",
  ]);
  expect(eve.hears()).toEqual(["modes-changed ann #dev +operator=eve"]);
  expect(bob.hears()).toEqual(["appeared eve #dev", "modes-changed ann #dev +operator=eve"]);
  expect(ann.does(modes("#dev", rank("-", "eve")))).toEqual(["modes-changed ann #dev -operator=eve"]);
});

test("changes take effect", () => {
  const people = new ChatFixture();
  const ann = people.brings("ann", "#dev");
  ann.does(modes("#dev", on("moderated"), off("topic-locked"), key("+", "k"), limit("+", 9), ban("+", "eve")));
  const room = people.chat.room("#dev");
  expect([...(room?.flags ?? [])].sort()).toEqual(["members-only", "moderated"]);
  expect([room?.password, room?.limit, room?.lists.ban.size]).toEqual(["k", 9, 1]);
  ann.does(modes("#dev", off("moderated"), key("-", ""), limit("-", 0), ban("-", "EVE")));
  expect([room?.password, room?.limit, room?.lists.ban.size, room?.flags.has("moderated")]).toEqual([
    undefined,
    undefined,
    0,
    false,
  ]);
});

test("the masks of all lists together are limited", () => {
  const { ann } = setup({ limits: { listEntries: 2 } });
  const exception: ModeChange = { mode: "exception", on: true, mask: "x" };
  expect(ann.does(modes("#dev", ban("+", "a"), exception, ban("+", "b")))).toEqual([
    "modes-changed ann #dev +ban=a!*@* +exception=x!*@*",
    "no: list-full #dev ban b!*@*",
  ]);
  expect(ann.does(modes("#dev", ban("-", "a"), ban("+", "b")))).toEqual([
    "modes-changed ann #dev -ban=a!*@* +ban=b!*@*",
  ]);
});

test("a new end for a listed mask does not count as another mask", () => {
  const { ann } = setup({ limits: { listEntries: 2 } });
  ann.does(modes("#dev", timed("a", 60)));
  expect(ann.does(modes("#dev", timed("a", 90), ban("+", "b")))).toEqual([
    "modes-changed ann #dev +ban=a!*@*=90 +ban=b!*@*",
  ]);
  expect(ann.does(modes("#dev", timed("a", 99)))).toEqual(["modes-changed ann #dev +ban=a!*@*=99"]);
});

test("without a limit a room keeps any number of masks", () => {
  const { ann } = setup({ limits: { listEntries: 0 } });
  const changes = Array.from({ length: 200 }, (_, i) => ban("+", `a${i}`));
  ann.does(modes("#dev", ...changes));
  expect(ann.member && [...ann.member.rooms][0]?.lists.ban.size).toBe(200);
});

test("without topic-locked, any member sets the topic, with its name and time", () => {
  const people = new ChatFixture();
  const [ann, bob] = [people.brings("ann", "#dev"), people.brings("bob", "#dev")];
  ann.does(modes("#dev", off("topic-locked")));
  people.now = 5000;
  bob.does(topic("#dev", "tea"));
  expect(people.chat.room("#dev")?.topic).toEqual({ text: "tea", by: "bob!~bob@bob.cloak", at: 5000 });
  bob.does(topic("#dev", ""));
  expect(people.chat.room("#dev")?.topic).toBeUndefined();
});

test("a former operator has no operator's rights", () => {
  const { ann, bob } = setup();
  ann.does(modes("#dev", rank("+", "bob")));
  expect(bob.does(modes("#dev", rank("-", "ann")))).toEqual(["modes-changed bob #dev -operator=ann"]);
  expect(ann.does(modes("#dev", on("moderated")))).toEqual(["no: not-operator #dev"]);
});

test("a refused change does not reveal a secret room", () => {
  const { ann, eve } = setup();
  ann.does(modes("#dev", on("secret")));
  expect(eve.does(modes("#dev", on("moderated")), topic("#dev", "hi"), leave("#dev"))).toEqual([
    "no: no-such-room #dev",
    "no: no-such-room #dev",
    "no: no-such-room #dev",
  ]);
});

test("the first member of the lobby does not operate it", () => {
  const people = new ChatFixture();
  const ann = people.brings("ann");
  expect(
    ann.does(join("#lobby"), modes("#lobby", on("moderated")), {
      type: "kick",
      room: "#lobby",
      nick: "ann",
      reason: "",
    }),
  ).toEqual(["joined ann #lobby", "no: not-operator #lobby", "no: not-operator #lobby"]);
});

test("server operators moderate every room, from outside too", () => {
  const people = new ChatFixture();
  const [root, ann] = [people.brings("root"), people.brings("ann", "#lobby", "#dev")];
  root.does({ type: "empower", as: "root" });
  expect(root.does(modes("#lobby", on("moderated")), topic("#lobby", "hi"))).toEqual([
    "modes-changed root #lobby +moderated",
    "topic-set root #lobby hi",
  ]);
  expect(root.does(modes("#dev", on("moderated")))).toEqual(["modes-changed root #dev +moderated"]);
  expect(ann.hears()).toEqual([
    "modes-changed root #lobby +moderated",
    "topic-set root #lobby hi",
    "modes-changed root #dev +moderated",
  ]);
});

describe("an account's rank in a room", () => {
  const ANN = anAccount("ann");

  /** ann, with an account, has opened #dev and made bob an operator. */
  function room(): { readonly people: ChatFixture; readonly ann: RecordingSession; readonly bob: RecordingSession } {
    const people = new ChatFixture({ accounts: [ANN] });
    const ann = people.comes("ann", ANN, "#dev");
    const bob = people.brings("bob", "#dev");
    ann.does(modes("#dev", { mode: "operator", on: true, nick: "bob" }));
    bob.hears();
    return { people, ann, bob };
  }

  test("is lost with a kick, also over a restart", () => {
    const { people, ann, bob } = room();
    bob.does(kick("#dev", "ann"));
    expect(ann.does(join("#dev"))).toContain("joined ann #dev");
    const later = new ChatFixture({ store: people.store });
    later.brings("carl", "#dev");
    expect(later.chat.room("#dev")?.ranksKept(ANN).size).toBe(0);
  });

  test("is taken away while the account is absent, and the room sees it", () => {
    const { people, ann, bob } = room();
    const carl = people.brings("carl", "#dev");
    ann.does(QUIT);
    for (const one of [bob, carl]) one.hears();
    const absent = { mode: "operator", on: false, nick: "ANN" } as const;
    expect(bob.does(modes("#dev", absent, absent))).toEqual(["modes-changed bob #dev -operator=ann"]);
    expect(carl.hears()).toEqual(["modes-changed bob #dev -operator=ann"]);
    expect(bob.does(modes("#dev", absent))).toEqual(["no: no-such-nick ANN"]);
    expect(people.comes("ann", ANN, "#dev").hears()).toEqual([]);
    expect(people.chat.room("#dev")?.isOperator(people.chat.member("ann") as Member)).toBe(false);
  });

  test("is taken away from a member outside the room, or in it under another nick", () => {
    const { people, ann, bob } = room();
    ann.does(leave("#dev"), rename("annie"));
    bob.hears();
    expect(bob.does(modes("#dev", { mode: "operator", on: false, nick: "annie" }))).toEqual([
      "modes-changed bob #dev -operator=ann",
    ]);
    ann.does(join("#dev"));
    bob.does(modes("#dev", { mode: "operator", on: true, nick: "annie" }));
    expect(bob.does(modes("#dev", { mode: "operator", on: false, nick: "ann" }))).toEqual([
      "modes-changed bob #dev -operator=annie",
    ]);
    expect(people.chat.room("#dev")?.ranksKept(ANN).size).toBe(0);
  });

  test("is not given to an absent member, nor taken from an account without a rank in the room", () => {
    const { people, ann, bob } = room();
    ann.does(QUIT);
    bob.hears();
    people.store.saveAccount(anAccount("zoe"));
    expect(
      bob.does(modes("#dev", { mode: "voice", on: true, nick: "ann" }, { mode: "operator", on: false, nick: "zoe" })),
    ).toEqual(["no: no-such-nick ann", "no: no-such-nick zoe"]);
  });

  test("stays unchanged when the rank of another member of the account changes", () => {
    const { people, ann, bob } = room();
    const other = people.comes("ann_", ANN, "#dev");
    bob.does(
      modes("#dev", { mode: "operator", on: false, nick: "ann_" }),
      modes("#dev", { mode: "voice", on: true, nick: "ann_" }),
    );
    ann.does(QUIT);
    other.does(QUIT);
    expect(
      people.comes("ann", ANN, "#dev").member && [...(people.chat.room("#dev")?.ranksKept(ANN) ?? [])].sort(),
    ).toEqual(["operator", "voice"]);
  });
});
