import { expect, test } from "bun:test";
import type { Act } from "../../../src/chat/model/act.ts";
import { anAccount, enter, join, Player, rename, Stage } from "../stage.ts";

/** A session that comes in with an account. */
function comes(people: Stage, nick: string, account: string, ...rooms: readonly string[]): Player {
  const player = new Player(people.chat);
  player.does({ ...enter(nick), account: anAccount(account) } as Act, ...rooms.map((room) => join(room)));
  return player;
}

const reclaim = (nick: string, takes = true): Act => ({ type: "reclaim", nick, takes });
const end = ({ id }: { readonly id: number }): Act => ({ type: "end-session", id });

/** A guest sits on a nick that was registered meanwhile, and its owner is called otherwise. */
function seated() {
  const people = new Stage();
  const guest = people.brings("annie", "#dev");
  const bob = people.brings("bob", "#dev");
  people.store.saveAccount(anAccount("annie"));
  const annie = comes(people, "owner", "annie");
  for (const player of [guest, bob, annie]) player.hears();
  return { people, guest, bob, annie };
}

test("the owner of an account takes its nick back from a guest who has it, and both are told", () => {
  const { annie, guest, bob } = seated();
  expect(annie.does(reclaim("Annie"))).toEqual(["taken-back annie by owner now annie-2", "renamed owner Annie"]);
  expect(guest.hears()).toEqual(["taken-back annie by owner now annie-2", "renamed annie annie-2"]);
  expect(bob.hears()).toEqual(["renamed annie annie-2"]);
  expect([annie.member?.nick, guest.member?.nick]).toEqual(["Annie", "annie-2"]);
});

test("it can be left free", () => {
  const { annie, people } = seated();
  expect(annie.does(reclaim("annie", false))).toEqual(["taken-back annie by owner now annie-2"]);
  expect(annie.does(reclaim("annie", false))).toEqual(["no: nick-free annie"]);
  expect(people.chat.member("annie")).toBeUndefined();
  expect(annie.does(reclaim("annie"))).toEqual(["renamed owner annie"]);
  expect(annie.does(reclaim("annie"))).toEqual(["no: nick-had annie"]);
});

test("only its owner does so, and nobody loses a nick that is no account's", () => {
  const { bob, annie } = seated();
  expect(bob.does(reclaim("annie"), reclaim("owner"), reclaim("nobody"))).toEqual([
    "no: not-your-nick annie",
    "no: not-your-nick owner",
    "no: not-your-nick nobody",
  ]);
  expect(annie.does(reclaim("bob"))).toEqual(["no: not-your-nick bob"]);
});

test("a nick that another session of one's own has is joined, and not taken from it", () => {
  const { annie, people } = seated();
  annie.does(reclaim("annie"));
  const second = comes(people, "second", "annie");
  expect(second.does(reclaim("annie", false))).toEqual(["no: nick-yours annie"]);
  expect(second.does(reclaim("annie"))).toContain("attached annie was second");
});

test("a session of one's account is ended: with its member, if that has no other", () => {
  const people = new Stage();
  people.store.saveAccount(anAccount("annie"));
  const first = comes(people, "annie", "annie", "#dev");
  const second = comes(people, "annie", "annie");
  const third = comes(people, "elsewhere", "annie", "#dev");
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

test("nobody ends a session of somebody else", () => {
  const people = new Stage();
  const [ann, bob] = [people.brings("ann"), people.brings("bob")];
  expect(bob.does(end(ann), end({ id: 1_000_000 }))).toEqual([
    `no: no-such-session ${ann.id}`,
    "no: no-such-session 1000000",
  ]);
  people.store.saveAccount(anAccount("zoe"));
  const zoe = comes(people, "zoe", "zoe");
  expect(zoe.does(end(ann))).toEqual([`no: no-such-session ${ann.id}`]);
  expect(zoe.does(rename("zoey"), end(zoe))).toEqual(["renamed zoe zoey", "session-ended zoey"]);
});

test("everyone who is logged in to an account is known by it, whatever they are called, until they go", () => {
  const people = new Stage();
  people.store.saveAccount(anAccount("annie"));
  const first = comes(people, "annie", "annie");
  const second = comes(people, "elsewhere", "annie");
  const guest = people.brings("bob");
  const known = (player: Player) => (player.member ? people.chat.membersOf(player.member).map(({ nick }) => nick) : []);
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
