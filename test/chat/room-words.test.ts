import { expect, test } from "bun:test";
import { droppedRoomWords, dropWords, newRoomsWords, staysWords } from "../../src/chat/room-words.ts";

test.each([
  [1, "1 s"],
  [119, "119 s"],
  [120, "2 minutes"],
  [541, "10 minutes"],
])("a wait of %d s is told as %s", (seconds, words) => {
  expect(newRoomsWords({ why: "too-many-new-rooms", room: "#a", most: 3, seconds })).toBe(
    `3 new rooms were opened from your address in ten minutes, and that is the most; another works in ${words}`,
  );
});

test("that a room is dropped is told with the reason, if there is one", () => {
  const by = { nick: "root", user: "", host: "", realname: "", account: undefined };
  expect([dropWords(""), dropWords("spam")]).toEqual(["The room is dropped", "The room is dropped: spam"]);
  expect(droppedRoomWords({ by, room: "#a", reason: "spam" })).toBe("root dropped #a, with what was said in it: spam");
  expect(staysWords("#lobby")).toBe("#lobby belongs to the server, and cannot be dropped");
});
