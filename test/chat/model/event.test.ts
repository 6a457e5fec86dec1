import { expect, test } from "bun:test";
import { type ChatEvent, mustBeStored } from "../../../src/chat/model/event.ts";
import { anAccount, type Player, Stage, say } from "../../support/chat-stage.ts";
import { Shelf } from "../../support/temporary-store.ts";

/** A stage whose store cannot be written to any more. */
function full(shelf: Shelf): Stage {
  const stage = new Stage({ store: shelf.opens() });
  stage.store.saveAccount(anAccount("zoe"));
  stage.store.commit();
  shelf.fills();
  stage.brings("first", "#first").does(say("#first", "lost"));
  stage.store.commit();
  return stage;
}

function last(player: Player): ChatEvent | undefined {
  return player.events.at(-1);
}

test("while nothing can be written, what is said in a room waits for no storing, and is not kept", () => {
  using shelf = new Shelf();
  const stage = full(shelf);
  const ann = stage.brings("ann", "#dev");
  ann.does(say("#dev", "live"));
  const event = last(ann);
  expect(event).toMatchObject({ type: "said", ephemeral: "cannot-write" });
  expect(event && mustBeStored(event)).toBe(false);
  expect([stage.store.commit(), stage.chat.isStoring]).toEqual([[], false]);
  // It can be taken back like any other.
  expect(ann.does({ type: "redact", target: "#dev", msgid: event?.msgid ?? "", reason: "" })).toEqual(["redacted"]);
});

test("while nothing can be written, a message to an account that no session hears is refused", () => {
  using shelf = new Shelf();
  const stage = full(shelf);
  const ann = stage.brings("ann");
  expect(ann.does(say("zoe", "absent"))).toEqual(["no: not-stored message"]);
  const zoe = stage.brings("other");
  zoe.does({ type: "identify", account: anAccount("zoe") }, { type: "rename", nick: "zoe" });
  expect(ann.does(say("zoe", "present"))).toEqual(["said ann zoe words present"]);
  zoe.does({ type: "lose", reason: "cut" });
  expect(ann.does(say("zoe", "held"))).toEqual(["no: not-stored message"]);
});

test("talk of guests is kept by nobody, and waits for no storing", () => {
  const stage = new Stage();
  const [ann] = [stage.brings("ann"), stage.brings("bob")];
  ann.does(say("bob", "hi"));
  const event = last(ann);
  expect([event?.type === "said" && event.ephemeral, event && mustBeStored(event)]).toEqual(["by-rule", false]);
});

test("a read marker of an account is refused while nothing can be written, a guest's is not", () => {
  using shelf = new Shelf();
  const stage = full(shelf);
  const ann = stage.brings("ann");
  expect(ann.does({ type: "mark-read", target: "#dev", time: 5 })).toEqual(["read-marked"]);
  ann.does({ type: "identify", account: anAccount("zoe") });
  expect(ann.does({ type: "mark-read", target: "#dev", time: 5 })).toEqual(["no: not-stored marker"]);
});
