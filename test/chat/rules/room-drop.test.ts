import { expect, test } from "bun:test";
import type { Act } from "../../../src/chat/model/act.ts";
import { fold } from "../../../src/text/fold.ts";
import { Shelf } from "../../store/shelf.ts";
import { anAccount, enter, invite, join, leave, modes, Player, Stage, say } from "../stage.ts";

const drop = (room: string, reason = ""): Act => ({ type: "drop-room", room, reason });

/** A stage with root, who operates the server. */
function operated(options: ConstructorParameters<typeof Stage>[0] = {}) {
  const stage = new Stage(options);
  const root = stage.brings("root");
  root.does({ type: "empower", as: "root" });
  return { stage, root };
}

test("those in a room that is dropped are put out, and what was said in it is read by nobody again", () => {
  const { stage, root } = operated();
  const ann = stage.brings("ann", "#dev");
  const bob = stage.brings("bob", "#dev");
  ann.does(say("#dev", "old"));
  bob.hears();
  expect(root.does(drop("#Dev", "spam"))).toEqual(["room-dropped #dev by root spam"]);
  expect(bob.hears()).toEqual(["kicked ann #dev by root", "kicked bob #dev by root"]);
  expect([stage.chat.room("#dev"), bob.member?.rooms.size]).toEqual([undefined, 0]);
  expect(bob.does(join("#dev"))).toEqual(["joined bob #dev operator"]);
  const room = stage.chat.room("#dev");
  expect(room && stage.chat.history(bob.member, room, { limit: 9 })).toEqual([]);
});

test("what an account has left behind is dropped too: its modes, its ranks, and its place among others", () => {
  using shelf = new Shelf();
  const { stage, root } = operated({ store: shelf.opens(), limits: { roomsPerAccount: 1 } });
  stage.store.saveAccount(anAccount("ann"));
  const ann = new Player(stage.chat);
  ann.does({ ...enter("ann"), account: anAccount("ann") } as Act, join("#dev"), say("#dev", "hi"));
  ann.does(modes("#dev", { mode: "secret", on: true }), leave("#dev"));
  root.does(drop("#dev"));
  expect(stage.brings("bob").does(join("#dev"), leave("#dev"))[0]).toBe("joined bob #dev operator");
  ann.does(join("#next"), leave("#next"));
  expect(stage.chat.room("#next")).toBeDefined();
  stage.store.commit();
  const again = new Stage({ store: shelf.reopens() });
  expect(Array.from(again.chat.rooms, ({ name }) => name).sort()).toEqual(["#lobby", "#next"]);
});

test("a room of guests that is closed by now, but has a past, is dropped by its name", () => {
  const { stage, root } = operated();
  const ann = stage.brings("ann", "#dev");
  ann.does(say("#dev", "old"), leave("#dev"));
  expect(root.does(drop("#dev"))).toEqual(["room-dropped #dev by root"]);
  expect(stage.store.hasPast(fold("#dev"))).toBe(false);
  expect(root.does(drop("#dev"))).toEqual(["no: no-such-room #dev"]);
});

test("an id of a message that was dropped with its room is no reason not to say it again", () => {
  const { stage, root } = operated();
  const ann = stage.brings("ann", "#dev");
  const named: Act = { type: "say", to: "#dev", manner: "words", text: "hi", id: "0123456789abcdef" };
  ann.does(named);
  root.does(drop("#dev"));
  ann.does(join("#dev"));
  const bob = stage.brings("bob", "#dev");
  ann.does(named);
  expect(bob.hears()).toEqual(["said ann #dev words hi"]);
});

test("an invitation to a room that was dropped is none to the next of its name", () => {
  const { stage, root } = operated();
  const ann = stage.brings("ann", "#dev");
  const bob = stage.brings("bob");
  ann.does(invite("#dev", "bob"));
  root.does(drop("#dev"));
  ann.does(join("#dev"), modes("#dev", { mode: "invite-only", on: true }));
  bob.hears();
  expect(bob.does(join("#dev"))).toEqual(["no: cannot-join #dev invite-only"]);
});

test("the lobby stays, and only operators of the server drop rooms", () => {
  const { stage, root } = operated();
  expect(root.does(drop("#lobby"))).toEqual(["no: room-stays #lobby"]);
  const ann = stage.brings("ann", "#dev");
  expect(ann.does(drop("#dev"))).toEqual(["no: not-server-operator"]);
});
