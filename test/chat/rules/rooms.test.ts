import { describe, expect, test } from "bun:test";
import type { Act } from "../../../src/chat/model/act.ts";
import type { ModeChange } from "../../../src/chat/model/modes.ts";
import { fold } from "../../../src/text/fold.ts";
import {
  anAccount,
  ban,
  ChatFixture,
  enter,
  invite,
  join,
  kick,
  leave,
  modes,
  QUIT,
  RecordingSession,
  rename,
  say,
  topic,
} from "../../support/chat-fixture.ts";
import { TemporaryStore } from "../../support/temporary-store.ts";

test("the first member of a room operates it, the next does not", () => {
  const fixture = new ChatFixture();
  expect(fixture.brings("ann").does(join("#Dev"))).toEqual(["joined ann #Dev operator"]);
  expect(fixture.brings("bob").does(join("#dev"))).toEqual(["joined bob #Dev"]); // under the name it was opened with
});

test("members are told of a join once", () => {
  const fixture = new ChatFixture();
  const ann = fixture.brings("ann", "#dev");
  fixture.brings("bob").does(join("#dev"));
  expect(ann.hears()).toEqual(["joined bob #dev"]);
});

test("a second join changes nothing", () => {
  const fixture = new ChatFixture();
  const ann = fixture.brings("ann", "#dev");
  expect(ann.does(join("#DEV"))).toEqual([]);
});

test.each(["", "dev", "#", "#a b", "#a,b", `#${"x".repeat(64)}`])("no room can be called %j", (name) => {
  expect(new ChatFixture().brings("ann").does(join(name))).toEqual([`no: room-name-bad ${name}`]);
});

test("a join beyond the limit of rooms is refused", () => {
  const fixture = new ChatFixture({ limits: { roomsPerMember: 2 } });
  const ann = fixture.brings("ann");
  expect(ann.does(join("#a"), join("#b"), join("#c"))).toEqual([
    "joined ann #a operator",
    "joined ann #b operator",
    "no: too-many-rooms #c 2",
  ]);
  expect(ann.does(leave("#a"), join("#c"))).toEqual(["left ann #a", "joined ann #c operator"]);
});

test("new rooms are counted by the host, for a while, and where the address is not exempt", () => {
  const fixture = new ChatFixture({ limits: { newRoomsPerAddress: 2 } });
  const ann = fixture.brings("ann");
  expect(ann.does(join("#a"), join("#b"), join("#c"))).toEqual([
    "joined ann #a operator",
    "joined ann #b operator",
    "no: too-many-new-rooms #c 2 600",
  ]);
  expect(ann.does({ ...join("#c"), isExempt: true } as Act)).toEqual(["joined ann #c operator"]);
  expect(fixture.brings("bob").does(join("#a"), join("#d"))).toEqual(["joined bob #a", "joined bob #d operator"]);
  fixture.now += 600_000;
  expect(ann.does(join("#e"))).toEqual(["joined ann #e operator"]);
});

test("without a limit, a member can be in any number of rooms", () => {
  const ann = new ChatFixture({ limits: { roomsPerMember: 0, newRoomsPerAddress: 0 } }).brings("ann");
  ann.does(...Array.from({ length: 150 }, (_, i) => join(`#${i}`)));
  expect(ann.member?.rooms.size).toBe(150);
});

const BARRED: readonly [what: string, changes: ModeChange[], key: string | undefined, hears: string][] = [
  ["nothing", [], undefined, "joined bob #dev"],
  ["invitation alone", [{ mode: "invite-only", on: true }], undefined, "no: cannot-join #dev invite-only"],
  ["a key", [{ mode: "key", on: true, key: "sesame" }], undefined, "no: cannot-join #dev key"],
  ["a key, and a wrong one", [{ mode: "key", on: true, key: "sesame" }], "Sesame", "no: cannot-join #dev key"],
  ["a key, and the right one", [{ mode: "key", on: true, key: "sesame" }], "sesame", "joined bob #dev"],
  ["a limit that is reached", [{ mode: "limit", on: true, limit: 1 }], undefined, "no: cannot-join #dev full"],
  ["a limit that is not", [{ mode: "limit", on: true, limit: 2 }], undefined, "joined bob #dev"],
  ["a ban", [{ mode: "ban", on: true, mask: "BOB" }], undefined, "no: cannot-join #dev banned"],
  ["a ban of someone else", [{ mode: "ban", on: true, mask: "eve" }], undefined, "joined bob #dev"],
  ["a ban that only silences", [{ mode: "ban", on: true, mask: "m:bob" }], undefined, "joined bob #dev"],
  [
    "a ban with an exception",
    [
      { mode: "ban", on: true, mask: "*" },
      { mode: "exception", on: true, mask: "bob" },
    ],
    undefined,
    "joined bob #dev",
  ],
  [
    "invitation alone, and a standing one",
    [
      { mode: "invite-only", on: true },
      { mode: "invitation", on: true, mask: "*@bob.cloak" },
    ],
    undefined,
    "joined bob #dev",
  ],
  [
    "a ban and a key: the ban is told",
    [
      { mode: "key", on: true, key: "sesame" },
      { mode: "ban", on: true, mask: "bob" },
    ],
    "sesame",
    "no: cannot-join #dev banned",
  ],
  ["secrecy, which keeps nobody out", [{ mode: "secret", on: true }], undefined, "joined bob #dev"],
];

test.each(BARRED)("bob gets the right refusal from a room with %s", (_, changes, key, hears) => {
  const fixture = new ChatFixture();
  fixture.brings("ann", "#dev").does(modes("#dev", ...changes));
  expect(fixture.brings("bob").does(join("#dev", key === undefined ? {} : { key }))).toEqual([hears]);
});

test.each([
  ["a room that is not there", "#nowhere", "no: no-such-room #nowhere"],
  ["a room one is not in", "#lobby", "no: not-in-room #lobby"],
])("leaving %s is refused", (_, room, hears) => {
  expect(new ChatFixture().brings("ann").does(leave(room))).toEqual([hears]);
});

test("a leave is told to the others, and the session unfollows the room", () => {
  const fixture = new ChatFixture();
  const [ann, bob] = [fixture.brings("ann", "#dev"), fixture.brings("bob", "#dev")];
  expect(ann.does(leave("#DEV"))).toEqual(["left ann #dev"]);
  expect(bob.hears()).toEqual(["left ann #dev"]);
  bob.does(say("#dev", "alone"));
  expect(ann.hears()).toEqual([]);
});

// ann operates #dev, bob is in it, eve is not.
test.each([
  ["ann", kick("#dev", "bob"), "kicked bob #dev by ann"],
  ["ann", kick("#DEV", "BOB"), "kicked bob #dev by ann"],
  ["ann", kick("#dev", "ann"), "no: last-operator #dev ann"],
  ["ann", kick("#nowhere", "bob"), "no: no-such-room #nowhere"],
  ["ann", kick("#dev", "nobody"), "no: no-such-nick nobody"],
  ["ann", kick("#dev", "eve"), "no: they-not-in-room #dev eve"],
  ["bob", kick("#dev", "ann"), "no: not-operator #dev"],
  ["eve", kick("#dev", "bob"), "no: not-in-room #dev"],
  ["ann", invite("#dev", "eve"), "invited eve #dev by ann"],
  ["bob", invite("#dev", "eve"), "invited eve #dev by bob"],
  ["ann", invite("#nowhere", "eve"), "no: no-such-room #nowhere"],
  ["ann", invite("#dev", "nobody"), "no: no-such-nick nobody"],
  ["ann", invite("#dev", "bob"), "no: they-in-room #dev bob"],
  ["eve", invite("#dev", "bob"), "no: not-in-room #dev"],
] as const)("%s does %j and hears %j", (who, act, hears) => {
  const fixture = new ChatFixture();
  const people = { ann: fixture.brings("ann", "#dev"), bob: fixture.brings("bob", "#dev"), eve: fixture.brings("eve") };
  expect(people[who].does(act)).toEqual([hears]);
});

test("a kick is told to everyone, and removes the member", () => {
  const fixture = new ChatFixture();
  const [ann, bob, eve] = [fixture.brings("ann", "#dev"), fixture.brings("bob", "#dev"), fixture.brings("eve", "#dev")];
  for (const player of [ann, bob]) player.hears();
  ann.does(kick("#dev", "bob"));
  expect([bob.hears(), eve.hears()]).toEqual([["kicked bob #dev by ann"], ["kicked bob #dev by ann"]]);
  expect(bob.does(say("#dev", "but"))).toEqual(["no: cannot-say #dev outside"]);
});

test.each([
  ["speaks", say("#dev", "hi"), ["appeared bob #dev", "said bob #dev words hi"]],
  ["sets the topic", topic("#dev", "hi"), ["appeared bob #dev", "topic-set bob #dev hi"]],
  [
    "is typing",
    { type: "signal", to: "#dev", tags: new Map([["+typing", "active"]]) },
    ["appeared bob #dev", "signalled bob #dev +typing,active"],
  ],
  ["leaves", leave("#dev"), []],
  ["quits", QUIT, []],
  ["is renamed", rename("bobby"), []],
  ["goes away", { type: "set-away", text: "lunch" }, []],
  ["is refused", kick("#dev", "ann"), []],
  ["says something elsewhere", say("#other", "hi"), []],
  ["writes to ann alone", say("ann", "hi"), ["said bob ann words hi"]],
] as const)("ann, when bob has joined quietly and then %s, hears just that", (_, act, hears) => {
  const fixture = new ChatFixture();
  const ann = fixture.brings("ann", "#dev");
  ann.does(modes("#dev", { mode: "topic-locked", on: false }));
  const bob = fixture.brings("bob", "#other");
  expect(bob.does(join("#dev", { quietly: true }))).toEqual(["joined bob #dev quietly"]);
  expect(ann.hears()).toEqual([]);
  bob.does(act);
  expect(ann.hears()).toEqual([...hears]);
});

test("a quiet member gets the room's events at once, and appears only once", () => {
  const fixture = new ChatFixture();
  const ann = fixture.brings("ann", "#dev");
  const bob = fixture.brings("bob");
  bob.does(join("#dev", { quietly: true }));
  ann.does(say("#dev", "hello"));
  expect(bob.hears()).toEqual(["said ann #dev words hello"]);
  expect(bob.does(say("#dev", "one"), say("#dev", "two"))).toEqual([
    "said bob #dev words one",
    "said bob #dev words two",
  ]);
  expect(ann.hears()).toEqual(["appeared bob #dev", "said bob #dev words one", "said bob #dev words two"]);
  bob.does(leave("#dev"));
  expect(ann.hears()).toEqual(["left bob #dev"]);
});

test("a quiet member is told of renames and absences", () => {
  const fixture = new ChatFixture();
  const ann = fixture.brings("ann", "#dev");
  const bob = fixture.brings("bob");
  bob.does(join("#dev", { quietly: true }));
  ann.does(rename("anna"), { type: "set-away", text: "lunch" }, QUIT);
  expect(bob.hears()).toEqual(["renamed ann anna", "away-set anna lunch", "quit anna"]);
});

describe("a room's last operator", () => {
  test("is kicked only by server operators, in the room or not", () => {
    const people = new ChatFixture();
    const [ann, bob, root] = [people.brings("ann", "#dev"), people.brings("bob", "#dev"), people.brings("root")];
    expect(ann.does(kick("#dev", "ann"))).toEqual(["no: last-operator #dev ann"]);
    expect(root.does(kick("#dev", "ann"))).toEqual(["no: not-in-room #dev"]);
    root.does({ type: "empower", as: "root" });
    root.does(kick("#dev", "ann"));
    expect([ann.hears(), bob.hears()]).toEqual([["kicked ann #dev by root"], ["kicked ann #dev by root"]]);
  });

  test("is the last operator only if no other member or account operates the room", () => {
    const people = new ChatFixture();
    const zoe = anAccount("zoe");
    people.store.saveAccount(zoe);
    const founder = new RecordingSession(people.chat);
    founder.does({ ...enter("zoe"), account: zoe } as Act, join("#dev"));
    const ann = people.brings("ann", "#dev");
    founder.does(modes("#dev", { mode: "operator", on: true, nick: "ann" }), QUIT);
    ann.hears();
    expect(ann.does(kick("#dev", "ann"))).toEqual(["kicked ann #dev by ann"]);
  });
});

const drop = (room: string, reason = ""): Act => ({ type: "drop-room", room, reason });

/** A fixture with root, who operates the server. */
function operated(options: ConstructorParameters<typeof ChatFixture>[0] = {}) {
  const fixture = new ChatFixture(options);
  const root = fixture.brings("root");
  root.does({ type: "empower", as: "root" });
  return { fixture, root };
}

test("dropping a room kicks its members and deletes its history", () => {
  const { fixture, root } = operated();
  const ann = fixture.brings("ann", "#dev");
  const bob = fixture.brings("bob", "#dev");
  ann.does(say("#dev", "old"));
  bob.hears();
  expect(root.does(drop("#Dev", "spam"))).toEqual(["room-dropped #dev by root spam"]);
  expect(bob.hears()).toEqual(["kicked ann #dev by root", "kicked bob #dev by root"]);
  expect([fixture.chat.room("#dev"), bob.member?.rooms.size]).toEqual([undefined, 0]);
  expect(bob.does(join("#dev"))).toEqual(["joined bob #dev operator"]);
  const room = fixture.chat.room("#dev");
  expect(room && fixture.chat.recentMessages(bob.member, room, { limit: 9 })).toEqual([]);
});

test("dropping an account's empty room removes its modes and ranks, and its place in the account's limit", () => {
  using temp = new TemporaryStore();
  const { fixture, root } = operated({ store: temp.opens(), limits: { roomsPerAccount: 1 } });
  fixture.store.saveAccount(anAccount("ann"));
  const ann = new RecordingSession(fixture.chat);
  ann.does({ ...enter("ann"), account: anAccount("ann") } as Act, join("#dev"), say("#dev", "hi"));
  ann.does(modes("#dev", { mode: "secret", on: true }), leave("#dev"));
  root.does(drop("#dev"));
  expect(fixture.brings("bob").does(join("#dev"), leave("#dev"))[0]).toBe("joined bob #dev operator");
  ann.does(join("#next"), leave("#next"));
  expect(fixture.chat.room("#next")).toBeDefined();
  fixture.store.commit();
  const again = new ChatFixture({ store: temp.reopens() });
  expect(Array.from(again.chat.rooms, ({ name }) => name).sort()).toEqual(["#lobby", "#next"]);
});

test("a room of guests that is closed by now, but has a past, is dropped by its name", () => {
  const { fixture, root } = operated();
  const ann = fixture.brings("ann", "#dev");
  ann.does(say("#dev", "old"), leave("#dev"));
  expect(root.does(drop("#dev"))).toEqual(["room-dropped #dev by root"]);
  expect(fixture.store.hasMessages(fold("#dev"))).toBe(false);
  expect(root.does(drop("#dev"))).toEqual(["no: no-such-room #dev"]);
});

test("the id of a message dropped with its room can be used again", () => {
  const { fixture, root } = operated();
  const ann = fixture.brings("ann", "#dev");
  const named: Act = { type: "say", to: "#dev", kind: "words", text: "hi", id: "0123456789abcdef" };
  ann.does(named);
  root.does(drop("#dev"));
  ann.does(join("#dev"));
  const bob = fixture.brings("bob", "#dev");
  ann.does(named);
  expect(bob.hears()).toEqual(["said ann #dev words hi"]);
});

test("an invitation to a dropped room does not open the next room of its name", () => {
  const { fixture, root } = operated();
  const ann = fixture.brings("ann", "#dev");
  const bob = fixture.brings("bob");
  ann.does(invite("#dev", "bob"));
  root.does(drop("#dev"));
  ann.does(join("#dev"), modes("#dev", { mode: "invite-only", on: true }));
  bob.hears();
  expect(bob.does(join("#dev"))).toEqual(["no: cannot-join #dev invite-only"]);
});

test("the lobby cannot be dropped, and only server operators drop rooms", () => {
  const { fixture, root } = operated();
  expect(root.does(drop("#lobby"))).toEqual(["no: room-stays #lobby"]);
  const ann = fixture.brings("ann", "#dev");
  expect(ann.does(drop("#dev"))).toEqual(["no: not-server-operator"]);
});

const renames = (room: string, to: string): Act => ({ type: "rename-room", room, to, reason: "" });

test("a room that is renamed is where it was among the rooms, and the old name is free at once", () => {
  const fixture = new ChatFixture();
  const ann = fixture.brings("ann", "#one");
  ann.does(join("#two"));
  ann.does(join("#three"));
  ann.does(renames("#two", "#deux"));
  expect(Array.from(fixture.chat.rooms, ({ name }) => name)).toEqual(["#lobby", "#one", "#deux", "#three"]);
  fixture.brings("bob", "#two");
  expect(fixture.chat.room("#two")?.members.size).toBe(1);
  expect(fixture.chat.room("#deux")?.members.size).toBe(1);
});

test("a name with stored history is not free, even without members", () => {
  const fixture = new ChatFixture();
  const [ann, bob] = [fixture.brings("ann", "#one"), fixture.brings("bob", "#past")];
  bob.does(say("#past", "hello"));
  bob.does(leave("#past"));
  expect(ann.does(renames("#one", "#past"))).toEqual(["no: room-name-taken #one #past"]);
});

test("a room may be renamed again after a while, and stays so with the next start", () => {
  const fixture = new ChatFixture();
  const ann = fixture.brings("ann", "#one");
  ann.does(say("#one", "hello"));
  ann.does(renames("#one", "#two"));
  expect(ann.does(renames("#two", "#three"))).toEqual(["no: cannot-rename #two #three recent 60"]);
  fixture.now += 60_000;
  ann.does(renames("#two", "#three"));
  ann.does(QUIT);
  fixture.chat.close();
  const opened = new ChatFixture({ store: fixture.store });
  const bob = new RecordingSession(opened.chat);
  bob.does({ type: "enter", nick: "bob", user: "bob", realname: "", host: "bob.cloak", yielding: false });
  bob.does(join("#three"));
  const room = opened.chat.room("#three");
  const shown = room && opened.chat.recentMessages(bob.member, room, { limit: 10 });
  expect(shown?.map(({ to, text }) => [to, text])).toEqual([["#three", "hello"]]);
  expect(opened.store.hasMessages(fold("#one"))).toBe(false);
});

test("a session returning to a renamed room gets the missed messages", () => {
  const fixture = new ChatFixture();
  const [ann, bob] = [fixture.brings("ann", "#one"), fixture.brings("bob", "#one")];
  ann.does(say("#one", "before"));
  bob.does(leave("#one"));
  ann.does(renames("#one", "#two"), say("#two", "since"));
  const room = fixture.chat.room("#two");
  expect(room && fixture.chat.unseenFrom(bob, room)).toBeGreaterThan(0);
});

const RESTORE: Act = { type: "restore-rooms", isAsked: true };

/** A chat in which ann and bob have accounts. */
function fixtureOf(setup: ConstructorParameters<typeof ChatFixture>[0] = {}): ChatFixture {
  const people = new ChatFixture(setup);
  for (const name of ["ann", "bob"]) people.store.saveAccount(anAccount(name));
  return people;
}

/** The rooms that ann is put back in. */
function restored(people: ChatFixture): readonly string[] {
  const ann = people.comes("ann");
  ann.does(RESTORE);
  return [...ann.followed.keys()].map(({ name }) => name);
}

describe("an account is back in the rooms that it", () => {
  test("joined and quit, in the order of its joins, and over a restart", () => {
    using temp = new TemporaryStore();
    const people = fixtureOf({ store: temp.opens() });
    const [ann, bob] = [people.comes("ann"), people.comes("bob")];
    bob.does(join("#dev"), join("#ops"));
    ann.does(join("#ops"), join("#dev"), QUIT);
    const again = new ChatFixture({ store: temp.reopens() });
    const back = again.comes("ann");
    expect(back.does(RESTORE)).toEqual(["joined ann #ops", "joined ann #dev", "rooms-restored"]);
    expect(back.does(RESTORE)).toEqual(["rooms-restored"]);
  });

  test("has neither left, nor was kicked or banned from", () => {
    const people = fixtureOf();
    const [ann, bob] = [people.comes("ann"), people.comes("bob")];
    bob.does(join("#left"), join("#kicked"), join("#banned"), join("#masked"), join("#dev"));
    ann.does(join("#left"), join("#kicked"), join("#banned"), join("#masked"), join("#dev"), leave("#left"));
    bob.does(kick("#kicked", "ann"));
    ann.does(QUIT);
    bob.does(ban("#banned", "ann"), ban("#masked", "*!*@ann.cloak"));
    bob.does(modes("#banned", { mode: "ban", on: false, mask: "a:ann", whom: undefined }));
    expect(restored(people)).toEqual(["#dev"]);
    bob.does(modes("#masked", { mode: "ban", on: false, mask: "*!*@ann.cloak", whom: undefined }));
    people.comes("ann").does(QUIT);
    expect(restored(people)).toEqual(["#dev"]);
  });

  test("was not kicked from while it was away", () => {
    const people = fixtureOf();
    const [ann, bob] = [people.comes("ann"), people.comes("bob")];
    bob.does(join("#dev"));
    ann.does(join("#dev"), QUIT);
    bob.hears();
    expect(bob.does(kick("#dev", "ann"))).toEqual(["membership-ended"]);
    expect(bob.does(kick("#dev", "ann"))).toEqual(["no: no-such-nick ann"]);
    expect(restored(people)).toEqual([]);
  });

  test("is a member of, whatever keeps others out", () => {
    const people = fixtureOf();
    const [ann, bob] = [people.comes("ann"), people.comes("bob")];
    bob.does(join("#dev"));
    ann.does(join("#dev"), QUIT);
    bob.does(
      modes(
        "#dev",
        { mode: "invite-only", on: true },
        { mode: "key", on: true, key: "k" },
        { mode: "limit", on: true, limit: 1 },
      ),
    );
    expect(restored(people)).toEqual(["#dev"]);
  });

  test("knows under other names meanwhile, and no others", () => {
    const people = fixtureOf();
    const [ann, bob] = [people.comes("ann"), people.comes("bob")];
    bob.does(join("#dev"));
    ann.does(join("#dev"), QUIT);
    bob.does({ type: "rename-room", room: "#dev", to: "#development", reason: "" });
    expect(restored(people)).toEqual(["#development"]);
  });
});

test("a closed room is neither created nor joined again when others open it", () => {
  const people = fixtureOf();
  const [ann, gus] = [people.comes("ann"), people.brings("gus", "#tmp")];
  ann.does(join("#tmp"), QUIT);
  gus.does(QUIT);
  expect(people.chat.room("#tmp")).toBeUndefined();
  expect(restored(people)).toEqual([]);
  people.brings("eve", "#tmp");
  people.comes("ann").does(QUIT);
  expect(restored(people)).toEqual([]);
});

test("a room of guests that a restart has ended is told as missing", () => {
  using temp = new TemporaryStore();
  const people = fixtureOf({ store: temp.opens() });
  people.brings("gus", "#tmp");
  people.comes("ann").does(join("#tmp"));
  people.chat.commit();
  const again = new ChatFixture({ store: temp.reopens() });
  const ann = again.comes("ann");
  ann.does(RESTORE);
  expect(ann.events.at(-1)).toMatchObject({ type: "rooms-restored", missing: ["#tmp"] });
  expect(again.chat.room("#tmp")).toBeUndefined();
});

test("the rooms of a guest that logs in become the account's, except those of bots and quiet joins", () => {
  const people = fixtureOf();
  const account = people.store.loadAccount(fold("ann"));
  const gus = people.brings("gus", "#dev");
  gus.does(join("#quiet", { quietly: true }), { type: "identify", account } as Act, join("#later"), QUIT);
  const bot = people.comes("bob");
  bot.does({ type: "change-user-modes", changes: [{ userMode: "bot", on: true }] }, join("#bots"));
  expect(people.store.memberships(anAccount("ann").id).map(({ room }) => room)).toEqual([fold("#dev"), fold("#later")]);
  expect(people.store.memberships(anAccount("bob").id)).toEqual([]);
});

test("a room stays on the list while another member of the account is in it", () => {
  const people = fixtureOf();
  const [ann, other] = [people.comes("ann"), people.comes("ann-phone", "ann")];
  ann.does(join("#dev"));
  other.does(join("#dev"), leave("#dev"), QUIT);
  ann.does(QUIT);
  expect(restored(people)).toEqual(["#dev"]);
});

test("the list has a limit: the room joined first is dropped", () => {
  const people = fixtureOf({ limits: { roomsPerMember: 2 } });
  people.comes("ann").does(join("#a"), join("#b"), QUIT);
  people.comes("ann").does(join("#c"), QUIT);
  expect(restored(people)).toEqual(["#b", "#c"]);
});

test("a client that does not ask is put back only if the account wants it; a guest never is", () => {
  const people = fixtureOf();
  people.comes("bob").does(join("#dev"));
  const quietly: Act = { type: "restore-rooms", isAsked: false };
  const ann = people.comes("ann");
  ann.does(join("#dev"), QUIT);
  const back = people.comes("ann");
  expect(back.does(quietly)).toEqual([]);
  back.does({ type: "set-autojoin", on: true });
  expect(back.does(quietly)).toEqual(["joined ann #dev", "rooms-restored"]);
  expect(people.brings("gus").does(RESTORE, { type: "set-autojoin", on: true })).toEqual(["no: not-logged-in"]);
});
