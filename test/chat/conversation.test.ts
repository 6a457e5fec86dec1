import { expect, test } from "bun:test";
import { placeBetween, sideOf } from "../../src/chat/conversation.ts";
import type { AccountId } from "../../src/chat/model/account.ts";
import type { Act } from "../../src/chat/model/act.ts";
import { fold } from "../../src/text/fold.ts";
import { anAccount, enter, Player, QUIT, Stage, say } from "../support/chat-stage.ts";

/** A stage on which annie and bob have accounts. */
function stage(): Stage {
  const people = new Stage();
  for (const name of ["annie", "bob"]) {
    people.store.saveAccount(anAccount(name));
  }
  return people;
}

function comes(people: Stage, account: string): Player {
  const player = new Player(people.chat);
  player.does({ ...enter(account), account: anAccount(account) } as Act);
  return player;
}

/** What someone can read back of their talk with another. */
function reads({ chat }: Stage, player: Player, other: string): readonly string[] | undefined {
  const past = chat.readHistory(
    player.member,
    other,
    { which: "latest", after: undefined },
    { limit: 10, playback: false },
  );
  return (
    past && Array.from(past).map((event) => (event.type === "said" ? `${event.from.nick}: ${event.text}` : event.type))
  );
}

test("talk between two accounts is read back by both, whoever asks", () => {
  const people = stage();
  const [annie, bob] = [comes(people, "annie"), comes(people, "bob")];
  annie.does(say("bob", "hi"));
  bob.does(say("ANNIE", "ho"));
  expect(reads(people, annie, "Bob")).toEqual(["annie: hi", "bob: ho"]);
  expect(reads(people, bob, "annie")).toEqual(["annie: hi", "bob: ho"]);
});

test("what is said to an account that is away is stored, and read when it comes", () => {
  const people = stage();
  const annie = comes(people, "annie");
  expect(annie.does(say("Bob", "hi"))).toEqual(["said annie bob words hi"]);
  expect(reads(people, comes(people, "bob"), "annie")).toEqual(["annie: hi"]);
});

test("to a nick that nobody has, nothing can be said", () => {
  expect(comes(stage(), "annie").does(say("carl", "hi"))).toEqual(["no: no-such-nick carl"]);
});

test("talk with a guest is the account's, and never a guest's: not that one's, nor the next of the nick's", () => {
  const people = stage();
  const annie = comes(people, "annie");
  const guest = people.brings("gus");
  annie.does(say("gus", "hi"));
  guest.does(say("annie", "ho"));
  expect(reads(people, annie, "gus")).toEqual(["annie: hi", "gus: ho"]);
  expect(reads(people, guest, "annie")).toBeUndefined();
  guest.does(QUIT);
  expect(reads(people, people.brings("gus"), "annie")).toBeUndefined();
});

test("talk between guests is kept nowhere", () => {
  const people = stage();
  const [gus, eve] = [people.brings("gus"), people.brings("eve")];
  gus.does(say("eve", "hi"));
  expect([reads(people, gus, "eve"), reads(people, eve, "gus")]).toEqual([undefined, undefined]);
  expect(people.store.history(placeBetween(fold("~gus"), fold("~eve")), { from: 0, limit: 10 })).toEqual([]);
});

test("an account that takes the nick of a former guest does not read what that one was told", () => {
  const people = stage();
  const annie = comes(people, "annie");
  const guest = people.brings("carl");
  annie.does(say("carl", "secret"));
  guest.does(QUIT);
  people.store.saveAccount(anAccount("carl"));
  expect(reads(people, comes(people, "carl"), "annie")).toEqual([]);
});

test("nobody reads the talk of two others", () => {
  const people = stage();
  const [annie, bob] = [comes(people, "annie"), comes(people, "bob")];
  annie.does(say("bob", "secret"));
  const eve = people.brings("eve");
  expect([reads(people, eve, "annie"), reads(people, eve, "bob"), reads(people, eve, "annie bob")]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(reads(people, bob, "bob")).toEqual([]);
});

test("whom an account has talked with, it is told by the name and the time of the latest", () => {
  const people = stage();
  const [annie, bob] = [comes(people, "annie"), comes(people, "bob")];
  people.now = 5000;
  annie.does(say("BOB", "hi"));
  const all = { after: 0, before: 9999, limit: 9, first: true };
  expect(people.chat.targets(annie.member as never, all)).toEqual([{ name: "bob", time: 5000 }]);
  expect(people.chat.targets(bob.member as never, all)).toEqual([{ name: "annie", time: 5000 }]);
});

test("a place between two is the same from either side, and no other two have it", () => {
  const sides = [
    sideOf({ nick: "ann", account: undefined }),
    sideOf({ nick: "Bob", account: undefined }),
    sideOf({ nick: "x", account: anAccount("Ann") }),
    sideOf({ nick: "ann", account: anAccount("bob") }),
  ];
  const places = new Map<string, string>();
  for (const [i, one] of sides.entries()) {
    for (const [j, other] of sides.entries()) {
      const pair = [i, j].sort().join();
      const place = placeBetween(one, other);
      expect(places.get(pair) ?? place).toBe(place);
      places.set(pair, place);
    }
  }
  expect(new Set(places.values()).size).toBe(places.size);
});

test("talk with someone whose account was removed is still read, until another has the name", () => {
  const people = stage();
  const [annie, bob] = [comes(people, "annie"), comes(people, "bob")];
  annie.does(say("bob", "hi"));
  bob.does(QUIT);
  people.store.removeAccount(anAccount("bob").id);
  expect(reads(people, annie, "BOB")).toEqual(["annie: hi"]);
  people.store.saveAccount(anAccount("bob", { id: "another" as AccountId }));
  expect(reads(people, annie, "bob")).toEqual([]);
  people.now = 6000;
  annie.does(say("bob", "who are you?"));
  expect(reads(people, annie, "bob")).toEqual(["annie: who are you?"]);
  expect(people.chat.targets(annie.member as never, { after: 0, before: 9999, limit: 9, first: true })).toEqual([
    { name: "bob", time: 6000 },
  ]);
});
