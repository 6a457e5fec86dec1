import { expect, test } from "bun:test";
import { type ChatEvent, isForPeople, mustBeStored } from "../../../src/chat/model/event.ts";
import { anAccount, ChatFixture, type RecordingSession, say } from "../../support/chat-fixture.ts";
import { TemporaryStore } from "../../support/temporary-store.ts";

/** A fixture whose store cannot be written to any more. */
function full(temp: TemporaryStore): ChatFixture {
  const fixture = new ChatFixture({ store: temp.opens() });
  fixture.store.saveAccount(anAccount("zoe"));
  fixture.store.commit();
  temp.fills();
  fixture.brings("first", "#first").does(say("#first", "lost"));
  fixture.store.commit();
  return fixture;
}

function last(player: RecordingSession): ChatEvent | undefined {
  return player.events.at(-1);
}

test("while the store is down, a room message is delivered at once and not stored", () => {
  using temp = new TemporaryStore();
  const fixture = full(temp);
  const ann = fixture.brings("ann", "#dev");
  ann.does(say("#dev", "live"));
  const event = last(ann);
  expect(event).toMatchObject({ type: "said", ephemeral: "cannot-write" });
  expect(event && mustBeStored(event)).toBe(false);
  expect([fixture.store.commit(), fixture.chat.isStoring]).toEqual([[], false]);
  // It can be taken back like any other.
  expect(ann.does({ type: "redact", target: "#dev", msgid: event?.msgid ?? "", reason: "" })).toEqual(["redacted"]);
});

test("while the store is down, a message to an account without a session is refused", () => {
  using temp = new TemporaryStore();
  const fixture = full(temp);
  const ann = fixture.brings("ann");
  expect(ann.does(say("zoe", "absent"))).toEqual(["no: not-stored message"]);
  const zoe = fixture.brings("other");
  zoe.does({ type: "identify", account: anAccount("zoe") }, { type: "rename", nick: "zoe" });
  expect(ann.does(say("zoe", "present"))).toEqual(["said ann zoe words present"]);
  zoe.does({ type: "lose", reason: "cut" });
  expect(ann.does(say("zoe", "held"))).toEqual(["no: not-stored message"]);
});

test("messages between guests are delivered at once and not stored", () => {
  const fixture = new ChatFixture();
  const [ann] = [fixture.brings("ann"), fixture.brings("bob")];
  ann.does(say("bob", "hi"));
  const event = last(ann);
  expect([event?.type === "said" && event.ephemeral, event && mustBeStored(event)]).toEqual(["by-rule", false]);
});

test("while the store is down, an account's read marker is refused, a guest's is not", () => {
  using temp = new TemporaryStore();
  const fixture = full(temp);
  const ann = fixture.brings("ann");
  expect(ann.does({ type: "mark-read", target: "#dev", time: 5 })).toEqual(["read-marked"]);
  ann.does({ type: "identify", account: anAccount("zoe") });
  expect(ann.does({ type: "mark-read", target: "#dev", time: 5 })).toEqual(["no: not-stored marker"]);
});

test("people are shown messages of every kind but CTCP between clients", () => {
  const kinds = ["words", "notice", "action", "query", "answer"] as const;
  expect(kinds.filter(isForPeople)).toEqual(["words", "notice", "action"]);
});
