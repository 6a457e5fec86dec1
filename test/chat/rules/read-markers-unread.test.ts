import { expect, test } from "bun:test";
import type { Member } from "../../../src/chat/model/member.ts";
import { fold } from "../../../src/text/fold.ts";
import { ChatFixture, join, modes, QUIT, type RecordingSession, say } from "../../support/chat-fixture.ts";

const ignoredBy = (people: ChatFixture, member: Member) => new Set(people.chat.ignoredBy(member));

const unread = (people: ChatFixture, player: RecordingSession, target: string) => {
  const { member } = player;
  if (!member) throw new Error("Nobody is there");
  const { count, mentions } = people.chat.unread({ member, ignored: ignoredBy(people, member) }, target);
  return `${count}, ${mentions} of them mentions`;
};

test("the unread count has others' messages since the read marker, or since the join", () => {
  const people = new ChatFixture({ accounts: ["ann", "bob"] });
  const [ann, bob] = [people.comes("ann"), people.comes("bob")];
  bob.does(join("#dev"), say("#dev", "before"));
  ann.does(join("#dev"), say("#dev", "mine"));
  bob.does(say("#dev", "one"), say("#dev", "Ann: two"), say("#dev", "announcement"));
  people.now += 100;
  ann.does(QUIT);
  bob.does(say("#dev", "three"));
  const back = people.comes("ann");
  back.does({ type: "restore-rooms", isAsked: true });
  expect(unread(people, back, "#dev")).toBe("4, 1 of them mentions");
  back.does({ type: "mark-read", target: "#dev", time: people.now - 50 });
  expect(unread(people, back, "#dev")).toBe("1, 0 of them mentions");
  back.does({ type: "set-ignored", nicks: [fold("bob")] });
  expect(unread(people, back, "#dev")).toBe("0, 0 of them mentions");
});

test("the unread count lists a conversation, with every message as a mention", () => {
  const people = new ChatFixture({ accounts: ["ann", "bob"] });
  const [ann, bob] = [people.comes("ann"), people.comes("bob")];
  ann.does(say("bob", "hi"));
  bob.does(say("ann", "hello"), say("ann", "there?"));
  expect(unread(people, ann, "bob")).toBe("2, 2 of them mentions");
  people.now += 10 * 86_400_000;
  expect(ann.member && people.chat.conversations({ member: ann.member, ignored: new Set() })).toEqual(["bob"]);
  ann.does({ type: "mark-read", target: "bob", time: people.now });
  expect(ann.member && people.chat.conversations({ member: ann.member, ignored: new Set() })).toEqual([]);
  bob.does(say("ann", "you there?"));
  expect(ann.member && people.chat.conversations({ member: ann.member, ignored: new Set([fold("bob")]) })).toEqual([]);
});

test("the unread count of a guest begins at the marker that it sends", () => {
  const people = new ChatFixture({ accounts: ["ann", "bob"] });
  const bob = people.comes("bob");
  bob.does(join("#dev"), say("#dev", "one"));
  people.now += 100;
  bob.does(say("#dev", "two"));
  const gus = people.brings("gus", "#dev");
  expect(unread(people, gus, "#dev")).toBe("0, 0 of them mentions");
  gus.does({ type: "mark-read", target: "#dev", time: people.now - 50 });
  expect(unread(people, gus, "#dev")).toBe("1, 0 of them mentions");
});

test("the unread count leaves out messages hidden from the reader", () => {
  const people = new ChatFixture({ accounts: ["ann", "bob"] });
  const bob = people.comes("bob");
  bob.does(join("#dev"), modes("#dev", { mode: "secret", on: true }), say("#dev", "hidden"));
  bob.does(modes("#dev", { mode: "secret", on: false }), say("#dev", "shown"));
  const gus = people.brings("gus", "#dev");
  gus.does({ type: "mark-read", target: "#dev", time: 1 });
  expect(unread(people, gus, "#dev")).toBe("1, 0 of them mentions");
});
