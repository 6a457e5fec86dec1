import { expect, test } from "bun:test";
import { Room } from "../../../src/chat/model/room.ts";
import { Departures, EphemeralMessages, isLasting, isLobby, openedRoom } from "../../../src/chat/model/state.ts";
import { fold } from "../../../src/text/fold.ts";
import { ChatFixture, enter, join, RecordingSession, say } from "../../support/chat-fixture.ts";
import { said } from "../../support/temporary-store.ts";

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

const HOUR = 3_600_000;
const FROM = { user: "~ann", host: "a.cloak" };

function room(name: string): Room {
  return new Room(fold(name), openedRoom(name, undefined, 0, 0));
}

const dev = room("#dev");

test("a departure is remembered by nick, user name, host and room for a day", () => {
  const departures = new Departures();
  departures.note(dev, "ann", FROM, { seq: 7, at: 0 });
  const since = (nick = "ann", changes: Partial<typeof FROM> = {}, where = dev, now = HOUR) =>
    departures.since(where, nick, { ...FROM, ...changes }, now);
  expect([since(), since("ANN"), since("ann", {}, room("#DEV"))]).toEqual([7, 7, 7]);
  expect([
    since("bob"),
    since("ann", { user: "~x" }),
    since("ann", { host: "b.cloak" }),
    since("ann", {}, room("#ops")),
    since("ann", {}, dev, 24 * HOUR),
  ]).toEqual([0, 0, 0, 0, 0]);
});

test("a return clears the departure, and another departure replaces it", () => {
  const departures = new Departures();
  for (const seq of [7, 9]) departures.note(dev, "ann", FROM, { seq, at: 0 });
  expect(departures.since(dev, "ann", FROM, 0)).toBe(9);
  departures.forget(dev, "ann", FROM);
  expect(departures.since(dev, "ann", FROM, 0)).toBe(0);
});

test("the latest 10,000 departures are remembered, and none older than a day", () => {
  const departures = new Departures();
  for (let seq = 1; seq <= 10_001; seq++) departures.note(dev, `n${seq}`, FROM, { seq, at: 0 });
  expect([departures.since(dev, "n1", FROM, 0), departures.since(dev, "n2", FROM, 0)]).toEqual([0, 2]);
  departures.note(dev, "late", FROM, { seq: 20_000, at: 25 * HOUR });
  expect(departures.records(25 * HOUR, [], 0)).toHaveLength(1);
});

test("stored departures are restored, older by the downtime", () => {
  const before = new Departures();
  before.note(dev, "ann", FROM, { seq: 7, at: 10 * HOUR });
  const records = before.records(11 * HOUR, [], 0);
  for (const [ago, seq] of [
    [22 * HOUR, 7],
    [23 * HOUR, 0],
  ] as const) {
    const after = new Departures();
    after.restore(records, 0, ago);
    expect(after.since(dev, "ann", FROM, 0)).toBe(seq);
  }
});

/** The first sequence number that a member of this nick who joins a room has not seen. */
function unseenBy(fixture: ChatFixture, nick: string, name: string): number {
  const player = new RecordingSession(fixture.chat);
  let unseen = 0;
  player.follow = (room) => {
    unseen = fixture.chat.unseenFrom(player, room);
  };
  player.does(enter(nick), join(name));
  return unseen;
}

test("after a crash, a session counts as having left at the last save", () => {
  const fixture = new ChatFixture();
  const ann = fixture.brings("ann", "#dev", "#quiet");
  ann.does(say("#dev", "one"));
  const { seq = 0 } = ann.events.at(-1) ?? {};
  fixture.chat.saveDepartures();
  const after = () => new ChatFixture({ store: fixture.store });
  expect([unseenBy(after(), "ann", "#dev"), unseenBy(after(), "bob", "#dev")]).toEqual([seq, 0]);
  expect(fixture.store.departures?.records.length).toBe(1);
  ann.does(say("#dev", "two"));
  expect(unseenBy(after(), "ann", "#dev")).toBe(seq);
});

test("departures are saved only after an event, and less often the more there are", () => {
  const fixture = new ChatFixture();
  const ann = fixture.brings("ann", "#dev");
  ann.does(say("#dev", "one"));
  fixture.chat.saveDepartures();
  const first = fixture.store.departures;
  fixture.now += 1000;
  fixture.chat.saveDepartures();
  expect(fixture.store.departures).toEqual(first);
  ann.does(say("#dev", "two"));
  fixture.chat.saveDepartures();
  expect(fixture.store.departures?.at).toBe(2000);
  ann.does(say("#dev", "three"));
  fixture.now += 2;
  fixture.chat.saveDepartures();
  expect(fixture.store.departures?.at).toBe(2000);
});

const [DEV, OPS] = [fold("#dev"), fold("#ops")];

function located(seq: number, place = DEV) {
  return { place, message: said(seq) };
}

test("a message is found by its number and by its sender's id, until it is forgotten", () => {
  const messages = new EphemeralMessages();
  messages.add(located(1), "id-1");
  messages.add(located(2), undefined);
  expect([messages.at(1), messages.sent("id-1"), messages.at(2)].map((found) => found?.message.seq)).toEqual([1, 1, 2]);
  messages.forget(1);
  expect([messages.at(1), messages.sent("id-1")]).toEqual([undefined, undefined]);
  expect([...messages]).toEqual([located(2)]);
});

test("messages that get another place and another id keep their age", () => {
  const messages = new EphemeralMessages();
  for (const [seq, place] of [DEV, OPS, DEV].entries()) messages.add(located(seq, place), `${place} ${seq}`);
  messages.replace(DEV, ({ message }) => ({ found: located(message.seq, OPS), key: `moved ${message.seq}` }));
  expect([...messages]).toEqual([0, 1, 2].map((seq) => located(seq, OPS)));
  expect(messages.sent("#dev 0")).toBeUndefined();
  expect(messages.sent("moved 2")).toEqual(located(2, OPS));
});

test("the changes are collected if somebody wants them", () => {
  const messages = new EphemeralMessages();
  messages.add(located(1), "id-1");
  messages.changed = new Set();
  for (let seq = 2; seq <= 2001; seq++) messages.add(located(seq), undefined);
  expect(messages.size).toBe(2000);
  expect(messages.changed.has(1)).toBe(true); // it made room for the last one
  expect(messages.changed.size).toBe(2001);
});
