import { expect, test } from "bun:test";
import type { Act } from "../../../src/chat/model/act.ts";
import { MOST_MISSED } from "../../../src/chat/rules/read-markers.ts";
import { anAccount, ChatFixture, enter, QUIT, RecordingSession, say } from "../../support/chat-fixture.ts";

const CATCH_UP: Act = { type: "catch-up" };

/** A chat in which annie and bob have accounts. */
function setup(showsHistory = true): ChatFixture {
  const people = new ChatFixture({ rules: { showsHistory } });
  for (const name of ["annie", "bob"]) {
    people.store.saveAccount(anAccount(name));
  }
  return people;
}

function comes(people: ChatFixture, account: string, nick = account): RecordingSession {
  const player = new RecordingSession(people.chat);
  player.does({ ...enter(nick), account: anAccount(account) } as Act);
  return player;
}

/** What someone is shown who has come back. */
function catchesUp(
  player: RecordingSession,
): { readonly missed: readonly string[]; readonly isMore: boolean } | undefined {
  player.does(CATCH_UP);
  const event = player.events.at(-1);
  if (event?.type !== "caught-up") return undefined;
  player.events.length = 0;
  return { missed: event.missed.map(({ from, text }) => `${from.nick}: ${text}`), isMore: event.isMore };
}

test("offline messages of several senders come in order, once", () => {
  const people = setup();
  const [bob, gus] = [comes(people, "bob"), people.brings("gus")];
  bob.does(say("annie", "one"));
  gus.does(say("annie", "two"));
  bob.does(say("annie", "three"));
  const annie = comes(people, "annie");
  expect(catchesUp(annie)).toEqual({ missed: ["bob: one", "gus: two", "bob: three"], isMore: false });
  expect(catchesUp(annie)).toBeUndefined();
});

test("a delivered message is not an offline message", () => {
  const people = setup();
  const [annie, bob] = [comes(people, "annie"), comes(people, "bob")];
  bob.does(say("annie", "heard"));
  annie.does(QUIT);
  bob.does(say("annie", "missed"));
  expect(catchesUp(comes(people, "annie"))?.missed).toEqual(["bob: missed"]);
});

test("a message to an account's nick is missed while the account is present under another nick", () => {
  const people = setup();
  const annie = comes(people, "annie", "ann-away");
  comes(people, "bob").does(say("annie", "hi"));
  expect(catchesUp(annie)?.missed).toEqual(["bob: hi"]);
});

test("a held member gets its messages when it returns", () => {
  const people = setup();
  const [annie, bob] = [comes(people, "annie"), comes(people, "bob")];
  annie.does({ type: "lose", reason: "cut" });
  bob.does(say("annie", "there?"));
  expect(catchesUp(comes(people, "annie"))?.missed).toEqual(["bob: there?"]);
});

test("a conversation that was read has no offline messages, others keep theirs", () => {
  const people = setup();
  const [bob, gus] = [comes(people, "bob"), people.brings("gus")];
  bob.does(say("annie", "one"));
  gus.does(say("annie", "two"));
  const annie = comes(people, "annie");
  expect(annie.does({ type: "catch-up", read: "nobody" })).toEqual([]);
  expect(annie.does({ type: "catch-up", read: "BOB" })).toEqual(["caught-up"]);
  expect(catchesUp(annie)?.missed).toEqual(["gus: two"]);
});

test("a redacted message is not an offline message", () => {
  const people = setup();
  const bob = comes(people, "bob");
  bob.does(say("annie", "oops"));
  const msgid = people.store.msgid(bob.events.at(-1)?.seq ?? 0);
  bob.does({ type: "redact", target: "annie", msgid, reason: "" });
  expect(catchesUp(comes(people, "annie"))?.missed).toEqual([]);
});

test("of many offline messages the newest are sent, and that there are more", () => {
  const people = setup();
  const bob = comes(people, "bob");
  for (let n = 0; n <= MOST_MISSED; n++) bob.does(say("annie", `${n}`));
  const caught = catchesUp(comes(people, "annie"));
  expect(caught?.missed.length).toBe(MOST_MISSED);
  expect([caught?.missed[0], caught?.isMore]).toEqual(["bob: 1", true]);
});

test("offline messages are delivered even if history is not shown", () => {
  const people = setup(false);
  comes(people, "bob").does(say("annie", "hi"));
  expect(catchesUp(comes(people, "annie"))?.missed).toEqual(["bob: hi"]);
});

test("a guest and an account without messages have missed nothing", () => {
  const people = setup();
  expect(catchesUp(people.brings("gus"))).toBeUndefined();
  expect(catchesUp(comes(people, "annie"))).toBeUndefined();
});

test("of many strangers' offline messages the newest are sent", () => {
  const people = setup();
  for (let n = 0; n < 90; n++) people.brings(`g${n}`).does(say("annie", `${n} ${"x".repeat(4000)}`));
  const caught = catchesUp(comes(people, "annie"));
  expect(caught?.isMore).toBe(true);
  expect(caught?.missed.at(-1)).toStartWith("g89: 89 x");
  expect(caught?.missed.length).toBeLessThan(30);
});
