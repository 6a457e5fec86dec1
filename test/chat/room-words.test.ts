import { expect, test } from "bun:test";
import { newRoomsWords } from "../../src/chat/room-words.ts";

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
