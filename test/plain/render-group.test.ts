import { expect, test } from "bun:test";
import { type Person, Stage } from "../support/plain-stage.ts";

function renderGroups(stage: Stage, room: string): number | undefined {
  return stage.chat.room(room)?.renderGroups.size;
}

/** Both are in the lobby and in #dev, which is the current room of both. */
function inDev(stage: Stage): readonly [Person, Person] {
  const [ann, bob] = stage.pair("ann", "bob");
  ann.types("/join dev");
  bob.types("/join dev");
  ann.reads();
  return [ann, bob];
}

test("a line of the current room does not name it, one of another does", () => {
  const [ann, bob] = inDev(new Stage());
  bob.types("/join lobby");
  expect([ann.types("hi"), bob.reads()]).toEqual([["[12:03] <ann> hi"], ["[12:03] #dev <ann> hi"]]);
  expect([bob.types("yo"), ann.reads()]).toEqual([["[12:03] <bob> yo"], ["[12:03] #lobby <bob> yo"]]);
  expect(ann.types("/msg #lobby hey")).toEqual(["[12:03] #lobby <ann> hey"]);
  expect(bob.reads()).toEqual(["[12:03] <ann> hey"]);
});

test("those who see a room alike are one group, and empty groups go", () => {
  const stage = new Stage();
  const [ann, bob] = inDev(stage);
  expect([renderGroups(stage, "#dev"), renderGroups(stage, "#lobby")]).toEqual([1, 1]);
  ann.types("/join lobby");
  expect([renderGroups(stage, "#dev"), renderGroups(stage, "#lobby")]).toEqual([2, 2]);
  bob.types("/join lobby");
  expect([renderGroups(stage, "#dev"), renderGroups(stage, "#lobby")]).toEqual([1, 1]);
  bob.types("/leave dev");
  ann.session.end();
  expect([renderGroups(stage, "#dev"), renderGroups(stage, "#lobby")]).toEqual([undefined, 1]);
});

test("who is ignored is neither seen in rooms, nor directly, nor in history, until ignored once more", () => {
  const stage = new Stage();
  const [ann, bob] = stage.pair("ann", "bob");
  expect(ann.types("/ignore BOB")[0]).toStartWith("-- You do not see any more what BOB says");
  bob.types("here", "/msg ann there", "/me waves");
  expect(ann.reads()).toEqual([]);
  expect(ann.types("/history")).not.toContain("[12:03] <bob> here");
  expect(ann.types("/ignore")).toEqual(["-- You ignore bob."]);
  expect(ann.types("/ignore bob")).toEqual(["-- You see again what bob says."]);
  bob.types("back");
  expect(ann.reads()).toEqual(["[12:03] <bob> back"]);
  expect(renderGroups(stage, "#lobby")).toBe(1);
});

test("only who ignores somebody misses what that one says", () => {
  const stage = new Stage();
  const [ann, bob] = stage.pair("ann", "bob");
  const eve = stage.brings("eve");
  eve.reads();
  ann.types("/ignore bob");
  bob.types("hi");
  expect([ann.reads().includes("[12:03] <bob> hi"), eve.reads()]).toEqual([false, ["[12:03] <bob> hi"]]);
});

test("a new nick does not end being ignored", () => {
  const [ann, bob] = new Stage().pair("ann", "bob");
  ann.types("/ignore bob");
  bob.types("/nick bert", "guess who");
  expect(ann.reads()).toEqual(["-- bob is now bert"]);
  expect(ann.types("/ignore")).toEqual(["-- You ignore bert."]);
});

test("nobody ignores themselves, a room, or what is no nick; one who is not there, with a word", () => {
  const ann = new Stage().brings("ann");
  ann.reads();
  expect(ann.types("/ignore ann", "/ignore #dev", "/ignore 7up", "/ignore eve", "/ignore")).toEqual([
    "-- You cannot ignore yourself.",
    "-- Only people can be ignored; /leave leaves a room.",
    "-- Nobody here is called 7up; /who tells who is here.",
    "-- Nobody here is called eve now. You do not see any more what eve says; /ignore eve once more ends that.",
    "-- You ignore eve.",
  ]);
});
