import { expect, test } from "bun:test";
import { droppedRoomWords, dropWords } from "../../../src/chat/words/room-words.ts";

test("that a room is dropped is told with the reason, if there is one", () => {
  const by = { nick: "root", user: "", host: "", realname: "", account: undefined };
  expect([dropWords(""), dropWords("spam")]).toEqual(["The room is dropped", "The room is dropped: spam"]);
  expect(droppedRoomWords({ by, room: "#a", reason: "spam" })).toBe("root dropped #a, with what was said in it: spam");
});
