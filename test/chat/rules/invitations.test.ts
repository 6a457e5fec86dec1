import { expect, test } from "bun:test";
import type { ModeChange } from "../../../src/chat/model/modes.ts";
import { liftedObstacleWords } from "../../../src/chat/rules/invitations.ts";
import {
  anAccount,
  ChatFixture,
  invite,
  join,
  leave,
  modes,
  QUIT,
  type RecordingSession,
  rename,
  say,
} from "../../support/chat-fixture.ts";
import { TemporaryStore } from "../../support/temporary-store.ts";

/** ann operates #dev, carl is in it, bob is not; the room is like this. */
function closed(...changes: readonly ModeChange[]): Readonly<Record<"ann" | "bob" | "carl", RecordingSession>> {
  const fixture = new ChatFixture();
  const people = {
    ann: fixture.brings("ann", "#dev"),
    carl: fixture.brings("carl", "#dev"),
    bob: fixture.brings("bob"),
  };
  people.ann.does(modes("#dev", ...changes));
  return people;
}

const BAN: ModeChange = { mode: "ban", on: true, mask: "bob" };
const LOCKS: readonly (readonly [string, ModeChange, string])[] = [
  ["a ban", BAN, "banned"],
  ["a key", { mode: "key", on: true, key: "k" }, "key"],
  ["a limit", { mode: "limit", on: true, limit: 1 }, "full"],
];

test("an invitation lets the invited member join once", () => {
  const fixture = new ChatFixture();
  const [ann, bob] = [fixture.brings("ann", "#dev"), fixture.brings("bob")];
  ann.does(modes("#dev", { mode: "invite-only", on: true }), invite("#dev", "bob"));
  expect(bob.does(join("#dev"), leave("#dev"), join("#dev"))).toEqual([
    "joined bob #dev",
    "left bob #dev",
    "no: cannot-join #dev invite-only",
  ]);
});

test.each(LOCKS)("an invitation of a plain member does not lift %s", (_, change, obstacle) => {
  const { bob, carl } = closed(change);
  carl.does(invite("#dev", "bob"));
  expect(bob.does(join("#dev"))).toEqual([`no: cannot-join #dev ${obstacle}`]);
});

test.each(LOCKS)("an invitation of an operator lifts %s, once", (_, change, obstacle) => {
  const { ann, bob } = closed(change);
  ann.does(invite("#dev", "bob"));
  expect(bob.does(join("#dev"), leave("#dev"), join("#dev"))).toEqual([
    "joined bob #dev",
    "left bob #dev",
    `no: cannot-join #dev ${obstacle}`,
  ]);
});

test("an operator's invitation lifts every restriction, and names them", () => {
  const { ann, bob } = closed(...LOCKS.map(([, change]) => change), { mode: "invite-only", on: true });
  expect(ann.does(invite("#dev", "bob"))).toEqual(["invited bob #dev by ann opens banned,invite-only,key,full"]);
  expect(bob.does(join("#dev"))).toEqual(["joined bob #dev"]);
});

test("an operator's invitation lifts later settings, but no later ban", () => {
  const { ann, bob } = closed();
  ann.does(invite("#dev", "bob"), modes("#dev", { mode: "key", on: true, key: "k" }));
  expect(bob.does(join("#dev"), leave("#dev"))[0]).toBe("joined bob #dev");
  ann.does(invite("#dev", "bob"), modes("#dev", BAN));
  expect(bob.does(join("#dev"))).toEqual(["no: cannot-join #dev banned"]);
});

test("an operator's invitation is not weakened by a plain member's", () => {
  const { ann, bob, carl } = closed(BAN);
  ann.does(invite("#dev", "bob"));
  carl.does(invite("#dev", "bob"));
  expect(bob.does(join("#dev"))).toEqual(["joined bob #dev"]);
});

test("a member let in despite a ban may speak until a new ban or mute matches", () => {
  const { ann, bob } = closed(BAN);
  ann.does(invite("#dev", "bob"));
  bob.does(join("#dev"));
  expect(bob.does(say("#dev", "hi"))).toEqual(["said bob #dev words hi"]);
  ann.does(modes("#dev", { mode: "ban", on: true, mask: "m:b*" }));
  expect(bob.does(say("#dev", "hi"))).toEqual(["no: cannot-say #dev muted"]);
  expect(bob.does(rename("rob"))).toEqual(["no: nick-escapes-ban rob #dev"]);
  ann.does(modes("#dev", { mode: "ban", on: false, mask: "m:b*" }));
  expect(bob.does(rename("rob"), rename("bob"))).toEqual(["renamed bob rob", "renamed rob bob"]);
  ann.does(modes("#dev", { mode: "ban", on: true, mask: "b*" }));
  expect(bob.does(say("#dev", "hi"))).toEqual(["no: cannot-say #dev banned"]);
});

test.each([
  [[], undefined],
  [["invite-only"], undefined],
  [["key"], "bob may join #dev once in spite of the key"],
  [["invite-only", "full"], "bob may join #dev once in spite of invite-only and the limit"],
  [["banned", "key", "full"], "bob may join #dev once in spite of the ban, the key and the limit"],
] as const)("what opens %j is told as %p", (opens, words) => {
  expect(liftedObstacleWords({ nick: "bob", room: "#dev", opens })).toBe(words);
});

test("only the newest invitations count", () => {
  const fixture = new ChatFixture({ limits: { invitations: 0, newRoomsPerAddress: 0 } });
  const [ann, bob] = [fixture.brings("ann"), fixture.brings("bob")];
  for (let n = 0; n < 150; n++) ann.does(join(`#x${n}`), invite(`#x${n}`, "bob"), leave(`#x${n}`));
  expect(Array.from(bob.member?.invitations.keys() ?? [], ({ name }) => name)).toEqual(
    Array.from({ length: 100 }, (_, n) => `#x${50 + n}`),
  );
});

test.each(["invite-only", "ban"] as const)(
  "an operator's invitation of an account opens a kept room after a crash too, in spite of %s, once",
  (lock) => {
    using temp = new TemporaryStore();
    const store = temp.opens();
    for (const name of ["ann", "bob"]) store.saveAccount(anAccount(name));
    const first = new ChatFixture({ store });
    const [ann, bob] = [first.comes("ann"), first.comes("bob")];
    ann.does(join("#dev"), modes("#dev", lock === "ban" ? BAN : { mode: lock, on: true }), invite("#dev", "bob"));
    bob.does(QUIT);
    store.commit();
    const again = new ChatFixture({ store: temp.opens() }).comes("bob");
    const obstacle = lock === "ban" ? "banned" : lock;
    expect(again.does(join("#dev"), leave("#dev"), join("#dev"))).toEqual([
      "joined bob #dev",
      "left bob #dev",
      `no: cannot-join #dev ${obstacle}`,
    ]);
  },
);

test("a ban set again after the invitation also holds after a crash", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  for (const name of ["ann", "bob"]) store.saveAccount(anAccount(name));
  const first = new ChatFixture({ store });
  const ann = first.comes("ann");
  first.comes("bob");
  ann.does(join("#dev"), modes("#dev", BAN), invite("#dev", "bob"));
  ann.does(modes("#dev", { ...BAN, on: false }), modes("#dev", BAN));
  store.commit();
  expect(new ChatFixture({ store: temp.opens() }).comes("bob").does(join("#dev"))).toEqual([
    "no: cannot-join #dev banned",
  ]);
});

test("an invitation to a removed room does not open the next of its name", () => {
  const fixture = new ChatFixture();
  const [ann, bob] = [fixture.brings("ann", "#dev"), fixture.brings("bob")];
  ann.does(invite("#dev", "bob"), leave("#dev"), join("#dev"), modes("#dev", { mode: "invite-only", on: true }));
  expect(bob.does(join("#dev"))).toEqual(["no: cannot-join #dev invite-only"]);
});

test("only operators invite to an invite-only room", () => {
  const fixture = new ChatFixture();
  const [ann, bob] = [fixture.brings("ann", "#dev"), fixture.brings("bob", "#dev")];
  fixture.brings("eve");
  ann.does(modes("#dev", { mode: "invite-only", on: true }));
  expect(bob.does(invite("#dev", "eve"))).toEqual(["no: not-operator #dev"]);
  expect(ann.does(invite("#dev", "eve"))).toEqual(["invited eve #dev by ann opens invite-only"]);
});

test("an invitation is told to its sender, its recipient and the operators only", () => {
  const fixture = new ChatFixture();
  const [ann, bob, carl, eve] = ["ann", "bob", "carl", "eve"].map((nick) =>
    fixture.brings(nick, ...(nick === "eve" ? [] : ["#dev"])),
  );
  eve?.does({ type: "set-away", text: "lunch" });
  carl?.hears();
  bob?.does(invite("#dev", "eve"));
  expect([ann?.hears(), carl?.hears(), eve?.hears()]).toEqual([
    ["invited eve #dev by bob away lunch"],
    [],
    ["invited eve #dev by bob away lunch"],
  ]);
});

test("invitations per minute are limited by sender and by recipient", () => {
  const fixture = new ChatFixture({ limits: { invitations: 3 } });
  const eve = fixture.brings("eve");
  const guests = ["ann", "bob", "cat", "dan"].map((nick) => fixture.brings(nick, `#${nick}`, `#${nick}-2`));
  const [ann, bob, cat, dan] = guests;
  for (const guest of [ann, bob, cat])
    expect(guest?.does(invite(`#${guest.member?.nick}`, "eve"))[0]).toStartWith("invited eve ");
  expect(dan?.does(invite("#dan", "eve"))).toEqual(["no: too-many-invitations eve invited 3 60"]);
  expect(eve.hears().length).toBe(3);
  expect(ann?.does(invite("#ann", "bob"), invite("#ann", "cat"), invite("#ann", "dan"))).toEqual([
    "invited bob #ann by ann",
    "invited cat #ann by ann",
    "no: too-many-invitations dan sender 3 60",
  ]);
  fixture.now += 59_999;
  expect(dan?.does(invite("#dan", "eve"))).toEqual(["no: too-many-invitations eve invited 3 1"]);
  fixture.now += 1;
  expect(dan?.does(invite("#dan", "eve"))).toEqual(["invited eve #dan by dan"]);
});
