import { expect, test } from "bun:test";
import { placeBetween, sideOf } from "../../src/chat/conversation.ts";
import type { AccountId } from "../../src/chat/model/account.ts";
import { fold } from "../../src/text/fold.ts";
import { anAccount, ChatFixture, QUIT, type RecordingSession, say } from "../support/chat-fixture.ts";

/** The messages that someone can read back of their talk with another. */
function reads({ chat }: ChatFixture, player: RecordingSession, other: string): readonly string[] | undefined {
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

test("both accounts can read their conversation", () => {
  const people = new ChatFixture({ accounts: ["annie", "bob"] });
  const [annie, bob] = [people.comes("annie"), people.comes("bob")];
  annie.does(say("bob", "hi"));
  bob.does(say("ANNIE", "ho"));
  expect(reads(people, annie, "Bob")).toEqual(["annie: hi", "bob: ho"]);
  expect(reads(people, bob, "annie")).toEqual(["annie: hi", "bob: ho"]);
});

test("a message to an absent account is stored, and read when it returns", () => {
  const people = new ChatFixture({ accounts: ["annie", "bob"] });
  const annie = people.comes("annie");
  expect(annie.does(say("Bob", "hi"))).toEqual(["said annie bob words hi"]);
  expect(reads(people, people.comes("bob"), "annie")).toEqual(["annie: hi"]);
});

test("a message to an unknown nick is refused", () => {
  expect(new ChatFixture({ accounts: ["annie", "bob"] }).comes("annie").does(say("carl", "hi"))).toEqual([
    "no: no-such-nick carl",
  ]);
});

test("the conversation of an account and a guest is readable for the account only", () => {
  const people = new ChatFixture({ accounts: ["annie", "bob"] });
  const annie = people.comes("annie");
  const guest = people.brings("gus");
  annie.does(say("gus", "hi"));
  guest.does(say("annie", "ho"));
  expect(reads(people, annie, "gus")).toEqual(["annie: hi", "gus: ho"]);
  expect(reads(people, guest, "annie")).toBeUndefined();
  guest.does(QUIT);
  expect(reads(people, people.brings("gus"), "annie")).toBeUndefined();
});

test("messages between guests are not stored", () => {
  const people = new ChatFixture({ accounts: ["annie", "bob"] });
  const [gus, eve] = [people.brings("gus"), people.brings("eve")];
  gus.does(say("eve", "hi"));
  expect([reads(people, gus, "eve"), reads(people, eve, "gus")]).toEqual([undefined, undefined]);
  expect(people.store.history(placeBetween(fold("~gus"), fold("~eve")), { from: 0, limit: 10 })).toEqual([]);
});

test("an account with the nick of a former guest cannot read that guest's messages", () => {
  const people = new ChatFixture({ accounts: ["annie", "bob"] });
  const annie = people.comes("annie");
  const guest = people.brings("carl");
  annie.does(say("carl", "secret"));
  guest.does(QUIT);
  people.store.saveAccount(anAccount("carl"));
  expect(reads(people, people.comes("carl"), "annie")).toEqual([]);
});

test("nobody can read a conversation of two others", () => {
  const people = new ChatFixture({ accounts: ["annie", "bob"] });
  const [annie, bob] = [people.comes("annie"), people.comes("bob")];
  annie.does(say("bob", "secret"));
  const eve = people.brings("eve");
  expect([reads(people, eve, "annie"), reads(people, eve, "bob"), reads(people, eve, "annie bob")]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(reads(people, bob, "bob")).toEqual([]);
});

test("an account's conversations are listed by name and time of the newest message", () => {
  const people = new ChatFixture({ accounts: ["annie", "bob"] });
  const [annie, bob] = [people.comes("annie"), people.comes("bob")];
  people.now = 5000;
  annie.does(say("BOB", "hi"));
  const all = { after: 0, before: 9999, limit: 9, first: true };
  expect(people.chat.targets(annie.member as never, all)).toEqual([{ name: "bob", time: 5000 }]);
  expect(people.chat.targets(bob.member as never, all)).toEqual([{ name: "annie", time: 5000 }]);
});

test("a conversation has the same place from either side, and no two share one", () => {
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

test("a conversation with a removed account stays readable until another account has the name", () => {
  const people = new ChatFixture({ accounts: ["annie", "bob"] });
  const [annie, bob] = [people.comes("annie"), people.comes("bob")];
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
