import { expect, test } from "bun:test";
import { closing } from "../../src/wire/closing.ts";
import { Stage } from "../support/plain-stage.ts";

test("a request for a nick in use gets the next free one, and the nick itself as soon as it is free", () => {
  const stage = new Stage();
  const ann = stage.brings("ann");
  const bob = stage.comes();
  bob.reads();
  expect(bob.types("/nick ann")).toEqual(["-- ann is in use: you are ann-2 now, and ann as soon as that is free."]);
  ann.session.gone(closing("closed"));
  expect(bob.reads()).toEqual(["-- ann quit: Connection closed", "-- You are ann now."]);
});

test("a nick is free too when its holder takes another one", () => {
  const stage = new Stage();
  const [ann, bob] = stage.pair("ann", "bob");
  bob.types("/nick ann");
  expect(ann.types("/nick eve")).toEqual(["-- bob is now ann-2", "-- You are eve now.", "-- ann-2 is now ann"]);
  expect(bob.reads()).toEqual(["-- ann is now eve", "-- You are ann now."]);
});

test("of two people waiting for the same nick, the first gets it, and the other waits on without a line", () => {
  const stage = new Stage();
  const [ann, bob] = stage.pair("ann", "bob");
  const eve = stage.brings("eve");
  bob.types("/nick ann");
  eve.types("/nick ann");
  for (const person of [bob, eve]) person.reads();
  ann.session.end();
  expect(bob.reads()).toEqual(["-- ann quit", "-- You are ann now."]);
  expect(eve.reads()).toEqual(["-- ann quit", "-- ann-2 is now ann"]);
  bob.session.end();
  expect(eve.reads()).toEqual(["-- ann quit", "-- You are ann now."]);
});

test("a second request for a nick still in use says so, and a request for your own nick too", () => {
  const [, bob] = new Stage().pair("ann", "bob");
  bob.types("/nick ann");
  expect(bob.types("/nick ann")).toEqual(["-- ann is in use: you stay ann-2, and are ann as soon as that is free."]);
  expect(bob.types("/nick ann-2")).toEqual(["-- You are ann-2 already."]);
});

test("choosing another nick ends the wait for the first", () => {
  const [ann, bob] = new Stage().pair("ann", "bob");
  bob.types("/nick ann", "/nick bert");
  ann.session.end();
  expect(bob.reads()).toEqual(["-- ann quit"]);
  expect(bob.session.member?.nick).toBe("bert");
});

test("a session that has ended does not wait for a nick", () => {
  const stage = new Stage();
  const [ann, bob] = stage.pair("ann", "bob");
  bob.types("/nick ann");
  bob.session.end();
  ann.session.end();
  expect(stage.chat.members.size).toBe(0);
});

test("your own nick in another case is a change of spelling, not a taken nick", () => {
  const [ann, bob] = new Stage().pair("ann", "bob");
  expect([ann.types("/nick Ann"), bob.reads()]).toEqual([["-- You are Ann now."], ["-- ann is now Ann"]]);
});
