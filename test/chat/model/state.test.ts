import { expect, test } from "bun:test";
import { Room } from "../../../src/chat/model/room.ts";
import { isLasting, isLobby, openedRoom } from "../../../src/chat/model/state.ts";
import { fold } from "../../../src/text/fold.ts";

test("an unknown room is made with all its history visible and empty lists", () => {
  const record = openedRoom("#Dev", undefined, 1000, 50);
  expect(record).toMatchObject({ name: "#Dev", created: 1000, visibleFrom: 0, wasPrivate: false, topic: undefined });
  expect([...record.flags].sort()).toEqual(["members-only", "topic-locked"]);
  expect(Object.values(record.lists).flat()).toEqual([]);
});

test.each([
  [{ wasPrivate: false, visibleFrom: 0 }, 0],
  [{ wasPrivate: false, visibleFrom: 20 }, 20], // what was hidden before stays so
  [{ wasPrivate: true, visibleFrom: 20 }, 50], // and what was private is hidden from now on
])("a room known as %j is opened at 50 with its past from %i on", (known, from) => {
  const before = { ...openedRoom("#dev", undefined, 1000, 0), ...known };
  expect(openedRoom("#dev", before, 2000, 50).visibleFrom).toBe(from);
});

test.each([
  ["#lobby", {}, true, true],
  ["#Lobby", {}, true, true],
  ["#dev", {}, false, false],
  ["#dev", { annie: ["operator"] }, false, true],
] as const)("%s with %j is the lobby: %p, and lasts: %p", (name, ranks, lobby, lasts) => {
  const room = new Room(fold(name), { ...openedRoom(name, undefined, 0, 0), ranks });
  expect([isLobby(room), isLasting(room)]).toEqual([lobby, lasts]);
});
