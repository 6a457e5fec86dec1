import { expect, test } from "bun:test";
import { type AccountId, type AccountRecord, isSameAccount } from "../../../src/chat/model/account.ts";
import type { Act } from "../../../src/chat/model/act.ts";
import { newAccountId } from "../../../src/server/password-hashing.ts";
import { fold } from "../../../src/text/fold.ts";
import { anAccount, ChatFixture, enter, join, modes, QUIT, RecordingSession, say } from "../../support/chat-fixture.ts";

const FIRST = anAccount("ann");
const SECOND = anAccount("ann", { id: "another" as AccountId });
const BOB = anAccount("bob");

/** The account of ann is removed, and somebody else makes one of that name. */
function remade(people: ChatFixture): void {
  people.store.removeAccount(FIRST.id);
  people.store.saveAccount(SECOND);
}

test("accounts are the same by id, and no account is the same as none", () => {
  expect(new Set(Array.from({ length: 1000 }, newAccountId)).size).toBe(1000);
  expect([isSameAccount(FIRST, { ...FIRST, name: "ANN" }), isSameAccount(FIRST, SECOND)]).toEqual([true, false]);
  expect([isSameAccount(undefined, undefined), isSameAccount(undefined, FIRST)]).toEqual([false, false]);
});

test("an account registered again has none of the sessions of the removed one", () => {
  const people = new ChatFixture({ accounts: [FIRST, BOB] });
  people.comes("ann", FIRST, "#dev");
  remade(people);
  const other = new RecordingSession(people.chat);
  expect(other.does({ ...enter("ann"), account: SECOND } as Act)).toEqual(["no: nick-seated ann"]);
  expect(other.does({ ...enter("x"), account: SECOND } as Act, { type: "rename", nick: "ann" })).toEqual([
    "entered x",
    "no: nick-seated ann",
  ]);
});

test("an account registered again has no ranks, and no room is kept for it", () => {
  const people = new ChatFixture({ accounts: [FIRST, BOB] });
  const bob = people.comes("bob", BOB, "#other");
  people
    .comes("ann", FIRST, "#dev")
    .does(modes("#dev", { mode: "invite-only", on: true }, { mode: "invitation", on: true, mask: "a:ann" }), QUIT);
  remade(people);
  const other = people.comes("ann", SECOND);
  expect(other.does(join("#dev"))).toEqual(["no: cannot-join #dev invite-only"]);
  expect(bob.does(join("#dev"))).toEqual(["no: cannot-join #dev invite-only"]);
});

test("a ban of a removed account does not match the account registered again", () => {
  const people = new ChatFixture({ accounts: [FIRST, BOB] });
  const bob = people.comes("bob", BOB, "#dev");
  const first = people.comes("ann", FIRST, "#side");
  bob.does(modes("#dev", { mode: "ban", on: true, mask: "a:ANN" }, { mode: "ban", on: true, mask: "m:a:ann" }));
  expect(first.does(join("#dev"))).toEqual(["no: cannot-join #dev banned"]);
  first.does({ type: "rename", nick: "former" });
  remade(people);
  const other = people.comes("ann", SECOND);
  expect(other.does(join("#dev"), say("#dev", "hi"))).toEqual(["joined ann #dev", "said ann #dev words hi"]);
  expect(first.does(join("#dev"))).toEqual(["no: cannot-join #dev banned"]);
  bob.hears();
  // Set again, the mask means the present owner of the name.
  expect(bob.does(modes("#dev", { mode: "ban", on: true, mask: "a:ann" }))).toEqual([
    "modes-changed bob #dev +ban=a:ann",
  ]);
  expect(other.does({ type: "leave", room: "#dev", reason: "" }, join("#dev"))).toEqual([
    "left ann #dev",
    "no: cannot-join #dev banned",
  ]);
});

test("a ban of an unregistered account name matches its later owner", () => {
  const people = new ChatFixture({ accounts: [FIRST, BOB] });
  const bob = people.comes("bob", BOB, "#dev");
  bob.does(modes("#dev", { mode: "ban", on: true, mask: "a:zoe" }, { mode: "ban", on: true, mask: "a:ca*" }));
  for (const name of ["zoe", "carl"]) {
    people.store.saveAccount(anAccount(name));
    expect(people.comes(name).does(join("#dev"))).toEqual(["no: cannot-join #dev banned"]);
  }
});

test("a server ban of an account does not match a later account of its name", () => {
  const people = new ChatFixture({ accounts: [FIRST, BOB] });
  const bob = people.comes("bob", BOB);
  bob.does({ type: "empower", as: "root" }, { type: "ban", target: "a:ann", reason: "spam" });
  const entering = (account: AccountRecord) =>
    new RecordingSession(people.chat).does({ ...enter("ann"), account } as Act).join(" ");
  expect(entering(FIRST)).toStartWith("no: server-banned");
  expect([...people.store.bans()].map(({ account }) => account)).toEqual([FIRST.id]);
  remade(people);
  const restarted = new ChatFixture({ store: people.store });
  expect(new RecordingSession(restarted.chat).does({ ...enter("ann"), account: SECOND } as Act)).toEqual([
    "entered ann",
  ]);
});

test("an account registered again cannot read or redact the removed one's messages", () => {
  const people = new ChatFixture({ accounts: [FIRST, BOB] });
  const bob = people.comes("bob", BOB, "#dev");
  const first = people.comes("ann", FIRST, "#dev");
  first.does(say("#dev", "mine"), say("bob", "hello"), { type: "mark-read", target: "#dev", time: 500 }, QUIT);
  const seq = first.events.find((event) => event.type === "said")?.seq ?? 0;
  bob.does(say("ann", "are you there?"));
  remade(people);
  const other = people.comes("ann", SECOND, "#dev");
  const latest = { which: "latest", after: undefined } as const;
  const past = people.chat.readHistory(other.member, "bob", latest, { limit: 9, playback: false });
  expect(past && [...past]).toEqual([]);
  expect(
    people.chat
      .targets(other.member as never, { after: 0, before: 1e15, limit: 9, first: true })
      .map(({ name }) => name),
  ).toEqual(["#dev"]);
  expect(people.chat.marker(other.member as never, "#dev")).toBe(0);
  expect(other.does({ type: "catch-up" })).toEqual([]);
  const msgid = people.store.msgid(seq);
  expect(other.does({ type: "redact", target: "#dev", msgid, reason: "" })).toEqual([
    `no: cannot-redact #dev ${msgid}`,
  ]);
  expect(other.does({ type: "redact", target: "bob", msgid: people.store.msgid(seq + 1), reason: "" })).toEqual([
    `no: no-such-message bob ${people.store.msgid(seq + 1)}`,
  ]);
  expect(people.store.history(fold("#dev"), { from: seq, before: seq + 1, limit: 1 }).length).toBe(1);
});
