import { expect, test } from "bun:test";
import type { Act } from "../../../src/chat/model/act.ts";
import { MOST_MISSED } from "../../../src/chat/rules/read-markers.ts";
import { ChatFixture, QUIT, type RecordingSession, say } from "../../support/chat-fixture.ts";

const CATCH_UP: Act = { type: "catch-up" };

/** The messages shown to a returning member, and whether there are more. */
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
  const people = new ChatFixture({ accounts: ["annie", "bob"] });
  const [bob, gus] = [people.comes("bob"), people.brings("gus")];
  bob.does(say("annie", "one"));
  gus.does(say("annie", "two"));
  bob.does(say("annie", "three"));
  const annie = people.comes("annie");
  expect(catchesUp(annie)).toEqual({ missed: ["bob: one", "gus: two", "bob: three"], isMore: false });
  expect(catchesUp(annie)).toBeUndefined();
});

test("a delivered message is not an offline message", () => {
  const people = new ChatFixture({ accounts: ["annie", "bob"] });
  const [annie, bob] = [people.comes("annie"), people.comes("bob")];
  bob.does(say("annie", "heard"));
  annie.does(QUIT);
  bob.does(say("annie", "missed"));
  expect(catchesUp(people.comes("annie"))?.missed).toEqual(["bob: missed"]);
});

test("a message to an account's nick is missed while the account is present under another nick", () => {
  const people = new ChatFixture({ accounts: ["annie", "bob"] });
  const annie = people.comes("ann-away", "annie");
  people.comes("bob").does(say("annie", "hi"));
  expect(catchesUp(annie)?.missed).toEqual(["bob: hi"]);
});

test("a held member gets its messages when it returns", () => {
  const people = new ChatFixture({ accounts: ["annie", "bob"] });
  const [annie, bob] = [people.comes("annie"), people.comes("bob")];
  annie.does({ type: "lose", reason: "cut" });
  bob.does(say("annie", "there?"));
  expect(catchesUp(people.comes("annie"))?.missed).toEqual(["bob: there?"]);
});

test("a conversation that was read has no offline messages, others keep theirs", () => {
  const people = new ChatFixture({ accounts: ["annie", "bob"] });
  const [bob, gus] = [people.comes("bob"), people.brings("gus")];
  bob.does(say("annie", "one"));
  gus.does(say("annie", "two"));
  const annie = people.comes("annie");
  expect(annie.does({ type: "catch-up", read: "nobody" })).toEqual([]);
  expect(annie.does({ type: "catch-up", read: "BOB" })).toEqual(["caught-up"]);
  expect(catchesUp(annie)?.missed).toEqual(["gus: two"]);
});

test("a redacted message is not an offline message", () => {
  const people = new ChatFixture({ accounts: ["annie", "bob"] });
  const bob = people.comes("bob");
  bob.does(say("annie", "oops"));
  const msgid = people.store.msgid(bob.events.at(-1)?.seq ?? 0);
  bob.does({ type: "redact", target: "annie", msgid, reason: "" });
  expect(catchesUp(people.comes("annie"))?.missed).toEqual([]);
});

test("of many offline messages the newest are sent, and that there are more", () => {
  const people = new ChatFixture({ accounts: ["annie", "bob"] });
  const bob = people.comes("bob");
  for (let n = 0; n <= MOST_MISSED; n++) bob.does(say("annie", `${n}`));
  const caught = catchesUp(people.comes("annie"));
  expect(caught?.missed.length).toBe(MOST_MISSED);
  expect([caught?.missed[0], caught?.isMore]).toEqual(["bob: 1", true]);
});

test("offline messages are delivered even if history is not shown", () => {
  const people = new ChatFixture({ accounts: ["annie", "bob"], rules: { showsHistory: false } });
  people.comes("bob").does(say("annie", "hi"));
  expect(catchesUp(people.comes("annie"))?.missed).toEqual(["bob: hi"]);
});

test("a guest and an account without messages have missed nothing", () => {
  const people = new ChatFixture({ accounts: ["annie", "bob"] });
  expect(catchesUp(people.brings("gus"))).toBeUndefined();
  expect(catchesUp(people.comes("annie"))).toBeUndefined();
});

test("of many strangers' offline messages the newest are sent", () => {
  const people = new ChatFixture({ accounts: ["annie", "bob"] });
  for (let n = 0; n < 90; n++) people.brings(`g${n}`).does(say("annie", `${n} ${"x".repeat(4000)}`));
  const caught = catchesUp(people.comes("annie"));
  expect(caught?.isMore).toBe(true);
  expect(caught?.missed.at(-1)).toStartWith("g89: 89 x");
  expect(caught?.missed.length).toBeLessThan(30);
});
