import { expect, test } from "bun:test";
import type { Identity } from "../../../src/chat/model/event.ts";
import { Member } from "../../../src/chat/model/member.ts";
import { Room } from "../../../src/chat/model/room.ts";
import type { RoomRecord } from "../../../src/chat/store.ts";
import { fold } from "../../../src/text/fold.ts";
import { anAccount } from "../../support/chat-fixture.ts";

const RECORD: RoomRecord = {
  name: "#Dev",
  created: 1000,
  visibleFrom: 7,
  topic: { text: "tea", by: "ann!~ann@host", at: 2000 },
  password: "sesame",
  limit: 12,
  wasPrivate: true,
  privateSince: 9,
  hidden: [{ from: 7, to: 8 }],
  flags: ["moderated", "secret"],
  lists: {
    ban: [
      { mask: "eve!*@*", by: "ann!~ann@host", at: 3000 },
      { mask: "m:*!*@Bad", by: "", at: 3001 },
    ],
    exception: [{ mask: "a:annie", by: "", at: 3002 }],
    invitation: [],
  },
  ranks: { [anAccount("annie").id]: ["operator"], [anAccount("bob").id]: ["voice"] },
};

const EVE: Identity = { nick: "eve", user: "u", host: "bad", realname: "", account: undefined };

function room(changes: Partial<RoomRecord> = {}): Room {
  return new Room(fold("#dev"), { ...RECORD, ...changes });
}

test("a room made from a record has the same record", () => {
  expect(room().record()).toEqual(RECORD);
});

test("a room's record survives JSON", () => {
  expect(new Room(fold("#dev"), JSON.parse(JSON.stringify(RECORD)) as RoomRecord).record()).toEqual(RECORD);
  const bare: RoomRecord = { ...RECORD, topic: undefined, password: undefined, limit: undefined, ranks: {} };
  expect(new Room(fold("#dev"), JSON.parse(JSON.stringify(bare)) as RoomRecord).record()).toEqual(bare);
});

test.each([
  [{ flags: [] }, false],
  [{ flags: ["moderated", "members-only"] }, false],
  [{ flags: ["secret"] }, true],
  [{ flags: ["invite-only"] }, true],
  [{ flags: [], password: "k" }, true],
] as const)("a room with %j is private: %p", (changes, isPrivate) => {
  expect(room({ password: undefined, ...changes }).isPrivate).toBe(isPrivate);
});

test.each([
  ["eve", "u", "host", true, true],
  ["bob", "u", "bad", true, false],
  ["bob", "u", "host", false, false],
] as const)("%s!%s@%s is silenced by the ban list: %p, kept out by it: %p", (nick, user, host, any, out) => {
  const who = { ...EVE, nick, user, host };
  expect(room().isBanned(who, {})).toBe(any);
  expect(room().isBanned(who, { muting: false })).toBe(out);
});

test("a member's rank is the higher of two", () => {
  const dev = room();
  const [ann, bob, eve] = ["ann", "bob", "eve"].map((nick, id) => new Member(id, { ...EVE, nick }, 0));
  if (!ann || !bob || !eve) throw new Error("Nobody came");
  dev.members.set(ann, { ranks: new Set(["voice", "operator"]), announced: true, joined: 1 });
  dev.members.set(bob, { ranks: new Set(["voice"]), announced: true, joined: 1 });
  dev.members.set(eve, { ranks: new Set(), announced: true, joined: 1 });
  expect([ann, bob, eve].map((member) => dev.rankOf(member))).toEqual(["operator", "voice", undefined]);
  expect([ann, bob, eve].map((member) => dev.isOperator(member))).toEqual([true, false, false]);
  expect(dev.rankOf(new Member(9, EVE, 0))).toBeUndefined();
});

test("masks are counted over all lists", () => {
  expect(room().entries).toBe(3);
});

test.each([
  [{}, false],
  [{ bob: ["voice"] }, false],
  [{ bob: ["voice"], annie: ["voice", "operator"] }, true],
] as const)("a room where accounts are %j stays without its members: %p", (ranks, stays) => {
  expect(room({ ranks }).hasLastingOperator).toBe(stays);
});

test("a member's ranks are kept for its account, a guest's are not", () => {
  const dev = room({ ranks: {} });
  const annie = new Member(8, { ...EVE, nick: "ann", account: anAccount("Annie") }, 0);
  const guest = new Member(9, EVE, 0);
  for (const member of [annie, guest])
    dev.members.set(member, { ranks: new Set(["operator"]), announced: true, joined: 1 });
  expect([dev.keepRanks(annie), dev.keepRanks(annie), dev.keepRanks(guest)]).toEqual([true, false, false]);
  expect(dev.record().ranks).toEqual({ [anAccount("annie").id]: ["operator"] });
  dev.members.get(annie)?.ranks.clear();
  expect(dev.keepRanks(annie)).toBe(false);
  expect([...dev.ranksKept(anAccount("annie"))]).toEqual(["operator"]); // of another session, or of another day
  dev.forgetRank(anAccount("annie").id, "voice");
  dev.forgetRank(anAccount("annie").id, "operator");
  expect(dev.record().ranks).toEqual({});
});
