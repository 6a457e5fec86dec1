import { expect, test } from "bun:test";
import { type Person, PlainFixture } from "../support/plain-fixture.ts";

function renderGroups(fixture: PlainFixture, room: string): number | undefined {
  return fixture.chat.room(room)?.renderGroups.size;
}

/** Ann and bob, both in the lobby and in #dev, which is their current room. */
function inDev(fixture: PlainFixture): readonly [Person, Person] {
  const [ann, bob] = fixture.pair("ann", "bob");
  ann.types("/join dev");
  bob.types("/join dev");
  ann.reads();
  return [ann, bob];
}

test("a line in the current room does not name the room, a line in another room does", () => {
  const [ann, bob] = inDev(new PlainFixture());
  bob.types("/join lobby");
  expect([ann.types("hi"), bob.reads()]).toEqual([["[12:03] <ann> hi"], ["[12:03] #dev <ann> hi"]]);
  expect([bob.types("yo"), ann.reads()]).toEqual([["[12:03] <bob> yo"], ["[12:03] #lobby <bob> yo"]]);
  expect(ann.types("/msg #lobby hey")).toEqual(["[12:03] #lobby <ann> hey"]);
  expect(bob.reads()).toEqual(["[12:03] <ann> hey"]);
});

test("sessions that see a room the same way share a group, and empty groups are removed", () => {
  const fixture = new PlainFixture();
  const [ann, bob] = inDev(fixture);
  expect([renderGroups(fixture, "#dev"), renderGroups(fixture, "#lobby")]).toEqual([1, 1]);
  ann.types("/join lobby");
  expect([renderGroups(fixture, "#dev"), renderGroups(fixture, "#lobby")]).toEqual([2, 2]);
  bob.types("/join lobby");
  expect([renderGroups(fixture, "#dev"), renderGroups(fixture, "#lobby")]).toEqual([1, 1]);
  bob.types("/leave dev");
  ann.session.end();
  expect([renderGroups(fixture, "#dev"), renderGroups(fixture, "#lobby")]).toEqual([undefined, 1]);
});

test("an ignored person is hidden in rooms, direct messages and history, until ignored once more", () => {
  const fixture = new PlainFixture();
  const [ann, bob] = fixture.pair("ann", "bob");
  expect(ann.types("/ignore BOB")[0]).toStartWith("-- You do not see any more what BOB says");
  bob.types("here", "/msg ann there", "/me waves");
  expect(ann.reads()).toEqual([]);
  expect(ann.types("/history")).not.toContain("[12:03] <bob> here");
  expect(ann.types("/ignore")).toEqual(["-- You ignore bob."]);
  expect(ann.types("/ignore bob")).toEqual(["-- You see again what bob says."]);
  bob.types("back");
  expect(ann.reads()).toEqual(["[12:03] <bob> back"]);
  expect(renderGroups(fixture, "#lobby")).toBe(1);
});

test("an ignored person is hidden from nobody else", () => {
  const fixture = new PlainFixture();
  const [ann, bob] = fixture.pair("ann", "bob");
  const eve = fixture.brings("eve");
  eve.reads();
  ann.types("/ignore bob");
  bob.types("hi");
  expect([ann.reads().includes("[12:03] <bob> hi"), eve.reads()]).toEqual([false, ["[12:03] <bob> hi"]]);
});

test("an ignored person stays ignored under a new nick", () => {
  const [ann, bob] = new PlainFixture().pair("ann", "bob");
  ann.types("/ignore bob");
  bob.types("/nick bert", "guess who");
  expect(ann.reads()).toEqual(["-- bob is now bert"]);
  expect(ann.types("/ignore")).toEqual(["-- You ignore bert."]);
});

test("you cannot ignore yourself, a room or an invalid nick; ignoring someone absent says so", () => {
  const ann = new PlainFixture().brings("ann");
  ann.reads();
  expect(ann.types("/ignore ann", "/ignore #dev", "/ignore 7up", "/ignore eve", "/ignore")).toEqual([
    "-- You cannot ignore yourself.",
    "-- Only people can be ignored; /leave leaves a room.",
    "-- Nobody here is called 7up; /who tells who is here.",
    "-- Nobody here is called eve now. You do not see any more what eve says; /ignore eve once more ends that.",
    "-- You ignore eve.",
  ]);
});
