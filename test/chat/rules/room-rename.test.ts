import { expect, test } from "bun:test";
import type { Act } from "../../../src/chat/model/act.ts";
import { fold } from "../../../src/text/fold.ts";
import { join, leave, Player, QUIT, Stage, say } from "../stage.ts";

const renames = (room: string, to: string): Act => ({ type: "rename-room", room, to, reason: "" });

test("a room that is renamed is where it was among the rooms, and the old name is free at once", () => {
  const stage = new Stage();
  const ann = stage.brings("ann", "#one");
  ann.does(join("#two"));
  ann.does(join("#three"));
  ann.does(renames("#two", "#deux"));
  expect(Array.from(stage.chat.rooms, ({ name }) => name)).toEqual(["#lobby", "#one", "#deux", "#three"]);
  stage.brings("bob", "#two");
  expect(stage.chat.room("#two")?.members.size).toBe(1);
  expect(stage.chat.room("#deux")?.members.size).toBe(1);
});

test("a name under which something was said that is kept is not free, though nobody is there", () => {
  const stage = new Stage();
  const [ann, bob] = [stage.brings("ann", "#one"), stage.brings("bob", "#past")];
  bob.does(say("#past", "hello"));
  bob.does(leave("#past"));
  expect(ann.does(renames("#one", "#past"))).toEqual(["no: room-name-taken #one #past"]);
});

test("a room may be renamed again after a while, and stays so with the next start", () => {
  const stage = new Stage();
  const ann = stage.brings("ann", "#one");
  ann.does(say("#one", "hello"));
  ann.does(renames("#one", "#two"));
  expect(ann.does(renames("#two", "#three"))).toEqual(["no: cannot-rename #two #three recent 60"]);
  stage.now += 60_000;
  ann.does(renames("#two", "#three"));
  ann.does(QUIT);
  stage.chat.close();
  const opened = new Stage({ store: stage.store });
  const bob = new Player(opened.chat);
  bob.does({ type: "enter", nick: "bob", user: "bob", realname: "", host: "bob.cloak", yielding: false });
  bob.does(join("#three"));
  const room = opened.chat.room("#three");
  const shown = room && opened.chat.history(bob.member, room, { limit: 10 });
  expect(shown?.map(({ to, text }) => [to, text])).toEqual([["#three", "hello"]]);
  expect(opened.store.hasPast(fold("#one"))).toBe(false);
});

test("who comes back to a room that was renamed meanwhile is shown what was said since", () => {
  const stage = new Stage();
  const [ann, bob] = [stage.brings("ann", "#one"), stage.brings("bob", "#one")];
  ann.does(say("#one", "before"));
  bob.does(leave("#one"));
  ann.does(renames("#one", "#two"), say("#two", "since"));
  const room = stage.chat.room("#two");
  expect(room && stage.chat.unseenFrom(bob, room)).toBeGreaterThan(0);
});
