import { expect, test } from "bun:test";
import { Departures } from "../../src/chat/departures.ts";
import { Room } from "../../src/chat/room.ts";
import { openedRoom } from "../../src/chat/state.ts";
import { fold } from "../../src/text/fold.ts";

const HOUR = 3_600_000;
const FROM = { user: "~ann", host: "a.cloak" };

function room(name: string): Room {
  return new Room(fold(name), openedRoom(name, undefined, 0, 0));
}

const dev = room("#dev");

test("one who left is known by nick, user name, host and room, for a day", () => {
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

test("who is there again is not known to have left, and who leaves again left then", () => {
  const departures = new Departures();
  for (const seq of [7, 9]) departures.note(dev, "ann", FROM, { seq, at: 0 });
  expect(departures.since(dev, "ann", FROM, 0)).toBe(9);
  departures.forget(dev, "ann", FROM);
  expect(departures.since(dev, "ann", FROM, 0)).toBe(0);
});

test("of all departures the latest 10,000 are remembered, and none that is a day old", () => {
  const departures = new Departures();
  for (let seq = 1; seq <= 10_001; seq++) departures.note(dev, `n${seq}`, FROM, { seq, at: 0 });
  expect([departures.since(dev, "n1", FROM, 0), departures.since(dev, "n2", FROM, 0)]).toEqual([0, 2]);
  departures.note(dev, "late", FROM, { seq: 20_000, at: 25 * HOUR });
  expect(departures.records(25 * HOUR)).toHaveLength(1);
});

test("what is stored is taken up, with the time that has passed meanwhile", () => {
  const before = new Departures();
  before.note(dev, "ann", FROM, { seq: 7, at: 10 * HOUR });
  const records = before.records(11 * HOUR);
  for (const [ago, seq] of [
    [22 * HOUR, 7],
    [23 * HOUR, 0],
  ] as const) {
    const after = new Departures();
    after.restore(records, 0, ago);
    expect(after.since(dev, "ann", FROM, 0)).toBe(seq);
  }
});
