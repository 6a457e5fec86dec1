import { describe, expect, test } from "bun:test";
import type { Act } from "../../../src/chat/model/act.ts";
import { SEMANTICS } from "../../../src/chat/rules/check.ts";
import { GUEST_HOLD, HOLD } from "../../../src/chat/rules/sessions.ts";
import {
  anAccount,
  ChatFixture,
  enter,
  join,
  leave,
  modes,
  QUIT,
  RecordingSession,
  rename,
  say,
  topic,
} from "../../support/chat-fixture.ts";

const LOSE: Act = { type: "lose", reason: "Connection reset" };

test("a registered nick is refused to guests and other accounts", () => {
  const people = new ChatFixture({ accounts: ["annie", "bob"] });
  expect(people.brings("x").does(rename("Annie"))).toEqual(["no: nick-registered Annie"]);
  const bob = people.comes("bob");
  expect(bob.does(rename("annie"))).toEqual(["no: nick-registered annie"]);
  expect(people.comes("annie").member?.nick).toBe("annie");
});

test("a session asking for its account's nick is attached to that member, unseen by others", () => {
  const people = new ChatFixture({ accounts: ["annie"] });
  const first = people.comes("annie", "annie", "#dev", "#ops");
  const bob = people.brings("bob", "#dev");
  first.hears();
  const second = new RecordingSession(people.chat);
  expect(second.does({ ...enter("Annie"), account: anAccount("annie") } as Act)).toEqual([
    "attached annie",
    "joined annie #dev operator",
    "joined annie #ops operator",
  ]);
  expect([first.hears(), bob.hears()]).toEqual([[], []]);
  expect(second.member).toBe(first.member);
  expect([...second.followed.keys()].map(({ name }) => name)).toEqual(["#dev", "#ops"]);
});

test("attaching a session ends its former member", () => {
  const people = new ChatFixture({ accounts: ["annie"] });
  const first = people.comes("annie", "annie", "#dev");
  const bob = people.brings("bob", "#lobby");
  const second = people.comes("annie-2", "annie", "#lobby");
  bob.hears();
  expect(second.does(rename("annie"))).toContain("attached annie was annie-2");
  expect(second.member).toBe(first.member);
  expect(bob.hears()).toEqual(["quit annie-2"]);
  expect([...second.followed.keys()].map(({ name }) => name)).toEqual(["#dev"]);
  expect(people.chat.member("annie-2")).toBeUndefined();
});

test("an act of one session is told to all sessions of the member", () => {
  const people = new ChatFixture({ accounts: ["annie"] });
  const first = people.comes("annie", "annie", "#dev");
  const second = people.comes("annie");
  first.hears();
  second.does(join("#ops"), say("#dev", "hi"), rename("anne"), leave("#ops"), { type: "set-away", text: "tea" });
  expect(first.hears()).toEqual([
    "joined annie #ops operator",
    "said annie #dev words hi",
    "renamed annie anne",
    "left anne #ops",
    "away-set anne tea",
  ]);
});

test("the quit of one of several sessions is silent; the last one ends the member", () => {
  const people = new ChatFixture({ accounts: ["annie"] });
  const first = people.comes("annie", "annie", "#dev");
  const second = people.comes("annie");
  const bob = people.brings("bob", "#dev");
  expect(second.does(QUIT)).toEqual(["detached annie"]);
  expect([second.member, bob.hears().length]).toEqual([undefined, 0]);
  first.does(say("#dev", "still here"));
  expect(bob.hears()).toEqual(["said annie #dev words still here"]);
  first.does(QUIT);
  expect(bob.hears()).toEqual(["quit annie"]);
});

test("a lost guest quits at once", () => {
  const people = new ChatFixture();
  const [ann, bob] = [people.brings("ann", "#dev"), people.brings("bob", "#dev")];
  ann.does(LOSE);
  expect(bob.hears()).toEqual(["quit ann"]);
});

test("a lost account's member is held, and returns in time unnoticed", () => {
  const people = new ChatFixture({ accounts: ["annie"] });
  const first = people.comes("annie", "annie", "#dev");
  const bob = people.brings("bob", "#dev");
  expect(first.does(LOSE)).toEqual(["detached annie held"]);
  people.now += HOLD - 1;
  people.chat.housekeep();
  expect([people.chat.member("annie")?.rooms.size, bob.hears().length]).toEqual([1, 0]);
  const again = people.comes("annie");
  people.now += HOLD;
  people.chat.housekeep();
  expect([again.member?.nick, [...again.followed.keys()].map(({ name }) => name)]).toEqual(["annie", ["#dev"]]);
  expect(bob.hears()).toEqual([]);
});

test("a hold ends on time, not before", () => {
  const people = new ChatFixture({ accounts: ["annie"] });
  const bob = people.brings("bob", "#dev");
  people.comes("annie", "annie", "#dev").does(LOSE);
  bob.hears();
  people.now += HOLD;
  people.chat.housekeep();
  expect(bob.hears()).toEqual(["quit annie"]);
  expect(people.chat.member("annie")).toBeUndefined();
});

test("a login and a logout are told to neighbours once", () => {
  const people = new ChatFixture({ accounts: ["Annie"] });
  const [ann, bob] = [people.brings("ann", "#dev"), people.brings("bob", "#dev")];
  const login: Act = { type: "identify", account: anAccount("ANNIE") };
  expect(ann.does(login, login)).toEqual(["account-set ann Annie"]);
  expect(ann.member?.who.account?.name).toBe("Annie");
  expect(ann.does({ type: "identify", account: undefined })).toEqual(["account-set ann"]);
  expect(bob.hears()).toEqual(["account-set ann Annie", "account-set ann"]);
  expect(ann.does({ type: "identify", account: anAccount("nobody") })).toEqual(["no: login-void nobody"]);
});

test("a room operated by an account keeps topic, modes and operators while empty and over a restart", () => {
  const people = new ChatFixture({ accounts: ["annie"] });
  const annie = people.comes("annie", "annie", "#dev");
  annie.does(topic("#dev", "tea"), modes("#dev", { mode: "moderated", on: true }), QUIT);
  people.store.commit();
  for (const later of [people, new ChatFixture({ store: people.store })]) {
    const bob = later.brings("bob");
    expect(bob.does(join("#dev"))).toEqual(["joined bob #dev"]);
    const room = later.chat.room("#dev");
    expect([room?.topic?.text, room?.flags.has("moderated")]).toEqual(["tea", true]);
    bob.does(QUIT);
  }
  const again = people.comes("anne", "annie");
  again.does(join("#dev"));
  expect(again.member && people.chat.room("#dev")?.isOperator(again.member)).toBe(true);
});

test("a room is kept only while the account operates it", () => {
  const people = new ChatFixture({ accounts: ["annie"] });
  const annie = people.comes("annie", "annie", "#dev");
  annie.does(modes("#dev", { mode: "operator", on: false, nick: "annie" }), QUIT);
  expect(people.chat.room("#dev")).toBeUndefined();
});

test("a session of several cannot change the member's account", () => {
  const people = new ChatFixture({ accounts: ["annie", "bob"] });
  const [one, other] = [people.comes("annie"), people.comes("annie")];
  const login: Act = { type: "identify", account: anAccount("bob") };
  expect(other.does(login)).toEqual(["no: session-shared annie"]);
  expect(one.member?.who.account?.name).toBe("annie");
  one.does(QUIT);
  expect(other.does(login)).toEqual(["no: nick-of-account annie"]);
  other.does(rename("guest"));
  expect(other.does(login)).toEqual(["account-set guest bob"]);
});

test("changing the account leaves the ranks with the former account", () => {
  const people = new ChatFixture({ accounts: ["annie", "bob"] });
  people.comes("bob", "bob", "#bobs").does(QUIT);
  const session = people.comes("guest", "annie", "#annies", "#bobs");
  expect(session.does({ type: "identify", account: anAccount("bob") })).toEqual([
    "account-set guest bob",
    "modes-changed #annies -operator=guest",
    "modes-changed #bobs +operator=guest",
  ]);
  session.does(QUIT);
  const annie = people.comes("annie", "annie", "#annies", "#bobs");
  expect(annie.member?.rooms.size).toBe(2);
  for (const [room, isHers] of [
    ["#annies", true],
    ["#bobs", false],
  ] as const)
    expect(annie.member && people.chat.room(room)?.isOperator(annie.member)).toBe(isHers);
});

describe("a login that takes the account's nick is told to the others", () => {
  const login = (nick = "annie"): Act => ({ type: "identify", account: anAccount("annie"), nick });

  test("as a new nick, and then the ranks of the account", () => {
    const people = new ChatFixture({ accounts: ["annie"] });
    people.comes("annie", "annie", "#dev").does(QUIT);
    const [bob, guest] = [people.brings("bob", "#dev"), people.brings("guest", "#dev")];
    bob.hears();
    guest.does(login());
    expect(bob.hears()).toEqual([
      "account-set guest annie",
      "renamed guest annie",
      "modes-changed #dev +operator=annie",
    ]);
  });

  test("as a QUIT, in a room where the account already is", () => {
    const people = new ChatFixture({ accounts: ["annie"] });
    const annie = people.comes("annie", "annie", "#dev");
    const [bob, guest] = [people.brings("bob", "#dev"), people.brings("guest", "#dev", "#lobby")];
    bob.hears();
    guest.does(login());
    expect(bob.hears()).toEqual(["account-set guest annie", "quit guest"]);
    expect(bob.events.at(-1)).toMatchObject({ reason: "Is annie now" });
    expect([guest.member, [...guest.followed.keys()].map(({ name }) => name)]).toEqual([annie.member, ["#dev"]]);
  });

  test("as before, while a cluster has an older version of the semantics", () => {
    const people = new ChatFixture({ accounts: ["annie"], semantics: { ...SEMANTICS, newest: 2 } });
    people.comes("annie", "annie", "#dev");
    const [bob, guest] = [people.brings("bob", "#dev"), people.brings("guest", "#dev")];
    bob.hears();
    guest.does(login(), rename("annie"));
    expect(bob.hears()).toEqual(["account-set guest annie", "modes-changed #dev +operator=guest", "quit guest"]);
    expect(bob.events.at(-1)).toMatchObject({ reason: "Is someone else now" });
  });

  test("as a login alone, if the nick cannot be had: it is refused, and the login stays", () => {
    const people = new ChatFixture({ accounts: ["annie"] });
    people.comes("annie", "annie", "#dev").does(QUIT);
    const [bob, guest] = [people.brings("bob", "#dev"), people.brings("guest", "#dev")];
    bob.hears();
    expect(guest.does(login("bob"))).toEqual([
      "account-set guest annie",
      "modes-changed #dev +operator=guest",
      "no: nick-taken bob",
    ]);
    expect(guest.does(login())).toEqual(["renamed guest annie"]);
  });
});

test("a login adds the account's ranks in the member's rooms", () => {
  const people = new ChatFixture({ accounts: ["annie"] });
  people.comes("annie", "annie", "#dev").does(QUIT);
  const [guest, bob] = [people.brings("guest", "#dev", "#own"), people.brings("bob", "#dev")];
  expect(guest.does({ type: "identify", account: anAccount("annie") })).toEqual([
    "account-set guest annie",
    "modes-changed #dev +operator=guest",
  ]);
  expect(bob.hears()).toEqual(["account-set guest annie", "modes-changed #dev +operator=guest"]);
  guest.does(QUIT);
  expect(people.comes("annie").does(join("#dev"), join("#own"))).toEqual([
    "joined annie #dev operator",
    "modes-changed #dev +operator=annie",
    "joined annie #own operator",
  ]);
});

const reclaim = (nick: string, takes = true): Act => ({ type: "reclaim", nick, takes });
const end = ({ id }: { readonly id: number }): Act => ({ type: "end-session", id });

/** A guest sits on a nick that was registered meanwhile, and its owner is called otherwise. */
function seated() {
  const people = new ChatFixture();
  const guest = people.brings("annie", "#dev");
  const bob = people.brings("bob", "#dev");
  people.store.saveAccount(anAccount("annie"));
  const annie = people.comes("owner", "annie");
  for (const player of [guest, bob, annie]) player.hears();
  return { people, guest, bob, annie };
}

test("the owner of an account takes its nick back from a guest who has it, and both are told", () => {
  const { annie, guest, bob } = seated();
  expect(annie.does(reclaim("Annie"))).toEqual(["nick-reclaimed annie by owner now annie-2", "renamed owner Annie"]);
  expect(guest.hears()).toEqual(["nick-reclaimed annie by owner now annie-2", "renamed annie annie-2"]);
  expect(bob.hears()).toEqual(["renamed annie annie-2"]);
  expect([annie.member?.nick, guest.member?.nick]).toEqual(["Annie", "annie-2"]);
});

test("it can be left free", () => {
  const { annie, people } = seated();
  expect(annie.does(reclaim("annie", false))).toEqual(["nick-reclaimed annie by owner now annie-2"]);
  expect(annie.does(reclaim("annie", false))).toEqual(["no: nick-free annie"]);
  expect(people.chat.member("annie")).toBeUndefined();
  expect(annie.does(reclaim("annie"))).toEqual(["renamed owner annie"]);
  expect(annie.does(reclaim("annie"))).toEqual(["no: nick-had annie"]);
});

test("only its owner reclaims a nick, and only a registered one", () => {
  const { bob, annie } = seated();
  expect(bob.does(reclaim("annie"), reclaim("owner"), reclaim("nobody"))).toEqual([
    "no: not-your-nick annie",
    "no: not-your-nick owner",
    "no: not-your-nick nobody",
  ]);
  expect(annie.does(reclaim("bob"))).toEqual(["no: not-your-nick bob"]);
});

test("the nick of one's own other member is not reclaimed but joined", () => {
  const { annie, people } = seated();
  annie.does(reclaim("annie"));
  const second = people.comes("second", "annie");
  expect(second.does(reclaim("annie", false))).toEqual(["no: nick-yours annie"]);
  expect(second.does(reclaim("annie"))).toContain("attached annie was second");
});

test("a session of one's account is ended: with its member, if that has no other", () => {
  const people = new ChatFixture({ accounts: ["annie"] });
  const first = people.comes("annie", "annie", "#dev");
  const second = people.comes("annie");
  const third = people.comes("elsewhere", "annie", "#dev");
  const bob = people.brings("bob", "#dev");
  for (const player of [first, second, third]) player.hears();
  expect(first.does(end(second))).toEqual(["session-ended annie"]);
  expect([second.hears(), second.member, second.followed.size]).toEqual([["session-ended annie"], undefined, 0]);
  expect(bob.hears()).toEqual([]);
  expect(first.does(end(third))).toEqual(["session-ended elsewhere", "quit elsewhere"]);
  expect(third.hears()).toEqual(["session-ended elsewhere"]);
  expect(bob.hears()).toEqual(["quit elsewhere"]);
  expect(people.chat.member("elsewhere")).toBeUndefined();
});

test("a session of another account cannot be ended", () => {
  const people = new ChatFixture();
  const [ann, bob] = [people.brings("ann"), people.brings("bob")];
  expect(bob.does(end(ann), end({ id: 1_000_000 }))).toEqual([
    `no: no-such-session ${ann.id}`,
    "no: no-such-session 1000000",
  ]);
  people.store.saveAccount(anAccount("zoe"));
  const zoe = people.comes("zoe");
  expect(zoe.does(end(ann))).toEqual([`no: no-such-session ${ann.id}`]);
  expect(zoe.does(rename("zoey"), end(zoe))).toEqual(["renamed zoe zoey", "session-ended zoey"]);
});

test("members are found by account under any nick until they quit", () => {
  const people = new ChatFixture({ accounts: ["annie"] });
  const first = people.comes("annie");
  const second = people.comes("elsewhere", "annie");
  const guest = people.brings("bob");
  const known = (player: RecordingSession) =>
    player.member ? people.chat.membersOf(player.member).map(({ nick }) => nick) : [];
  expect(known(first)).toEqual(["annie", "elsewhere"]);
  second.does(rename("zoe"));
  expect(known(first).sort()).toEqual(["annie", "zoe"]);
  guest.does({ type: "identify", account: anAccount("annie") });
  expect(known(guest).sort()).toEqual(["annie", "bob", "zoe"]);
  guest.does({ type: "identify", account: undefined });
  expect(known(guest)).toEqual(["bob"]);
  second.does({ type: "quit", reason: "" });
  expect(known(first)).toEqual(["annie"]);
});

/** A guest that comes in with a key. */
function guest(people: ChatFixture, nick: string, resume: string, ...rooms: readonly string[]): RecordingSession {
  const player = new RecordingSession(people.chat);
  player.does({ ...enter(nick), resume } as Act, ...rooms.map((room) => join(room)));
  return player;
}

test("a guest with a key is held for a while, and ended on time, also beside members of accounts", () => {
  const people = new ChatFixture({ accounts: ["annie"] });
  const bob = people.brings("bob", "#dev");
  people.comes("annie", "annie", "#dev").does(LOSE);
  expect(guest(people, "zoe", "key", "#dev").does(LOSE)).toEqual(["detached zoe held"]);
  bob.hears();
  people.now += GUEST_HOLD - 1;
  people.chat.housekeep();
  expect(bob.hears()).toEqual([]);
  people.now += 1;
  people.chat.housekeep();
  expect(bob.hears()).toEqual(["quit zoe"]);
  people.now += HOLD - GUEST_HOLD;
  people.chat.housekeep();
  expect(bob.hears()).toEqual(["quit annie"]);
  expect(guest(people, "ann", "key").member?.nick).toBe("ann");
});

test("a key takes over its guest, whether the connection is known to be lost or not; it is no login", () => {
  const people = new ChatFixture({ accounts: ["annie"] });
  const zoe = guest(people, "zoe", "key", "#dev");
  const again = guest(people, "other", "key");
  expect([again.member === zoe.member, again.member?.nick]).toEqual([true, "zoe"]);
  zoe.does(LOSE);
  expect(people.chat.member("zoe")?.sessions.size).toBe(1);
  again.does({ type: "identify", account: anAccount("annie") });
  expect(guest(people, "third", "key").member?.nick).toBe("third");
});
