import { expect, test } from "bun:test";
import { Departures } from "../../../src/chat/model/departures.ts";
import { Room } from "../../../src/chat/model/room.ts";
import { openedRoom } from "../../../src/chat/model/state.ts";
import { fold } from "../../../src/text/fold.ts";
import { ChatFixture, enter, join, RecordingSession, say } from "../../support/chat-fixture.ts";

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

/** From which number on somebody of this nick who joins a room has not seen it. */
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
