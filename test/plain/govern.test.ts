import { expect, test } from "bun:test";
import { type Person, Stage } from "./stage.ts";

/** Both are in #dev, which ann operates. */
function dev(): readonly [Person, Person] {
  const [ann, bob] = new Stage().pair("ann", "bob");
  ann.types("/join dev");
  bob.types("/join dev");
  ann.reads();
  return [ann, bob];
}

const BY_ANN: readonly [readonly string[], string][] = [
  [["/op bob"], "-- ann made bob an operator of #dev"],
  [["/op bob", "/deop bob"], "-- ann made bob an operator of #dev no more"],
  [["/deop bob"], "-- Nothing to do: bob has not got that already."],
  [["/voice bob"], "-- ann gave bob a voice in #dev"],
  [["/devoice bob"], "-- Nothing to do: bob has not got that already."],
  [["/op eve"], "-- Nobody here is called eve; /who tells who is here."],
  [["/ban bob"], "-- ann banned bob!*@* from #dev"],
  [["/ban bob", "/ban bob"], "-- Nothing to do: bob is on the list already."],
  [["/ban bob", "/unban BOB"], "-- ann lifted the ban on BOB!*@* from #dev"],
  [["/unban bob"], "-- Nothing to do: bob is not on the list; /ban shows it."],
  [["/ban"], "-- Nobody is banned from #dev."],
  [["/ban bob", "/ban"], "-- bob!*@* is banned from #dev (by ann)"],
  [["/mute bob", "/ban"], "-- bob!*@* may not speak in #dev (by ann)"],
  [["/mute bob", "/unmute bob"], "-- ann let bob!*@* speak in #dev again"],
  [["/kick eve"], "-- Nobody here is called eve; /who tells who is here."],
  [["/set moderated on"], "-- ann switched moderated on in #dev"],
  [["/set topic-locked on"], "-- Nothing to do: #dev is so already."],
  [["/set limit 5"], "-- ann limited #dev to 5 people"],
  [["/set limit none"], '-- "NaN" does not do: a limit is a whole number from 1 on.'],
  [["/set limit 5", "/set limit off"], "-- ann took the limit of #dev away"],
  [["/set key sesame", "/set key off"], "-- ann took the key of #dev away"],
  [["/set moderatd on"], '-- A room has no "moderatd". Did you mean moderated?'],
  [["/set secret yes"], '-- "yes" does not do: /set secret on|off'],
  [["/set secret"], "-- #dev has set: members-only, topic-locked. /set secret on|off changes that."],
];

test.each(BY_ANN)("%j", (lines, told) => {
  const [ann] = dev();
  expect(ann.types(...lines).at(-1)).toBe(told);
});

test("/set alone tells how the room is, and what can be set", () => {
  const [ann] = dev();
  ann.types("/set limit 9", "/set key sesame");
  expect(ann.types("/set")).toEqual([
    "-- #dev has set: members-only, topic-locked, limit 9, key sesame. What can be set: invite-only, moderated, members-only, secret, topic-locked, no-queries, key, limit.",
  ]);
});

test("who is no operator is told who may", () => {
  const [, bob] = dev();
  for (const line of ["/kick ann", "/ban ann", "/op bob", "/set secret on", "/topic mine"]) {
    expect(bob.types(line)).toEqual(["-- Only an operator of #dev may do that; /who #dev tells who is one."]);
  }
});

test("who is muted is in the room, and cannot speak", () => {
  const [ann, bob] = dev();
  ann.types("/mute bob");
  expect(bob.reads()).toEqual(["-- ann silenced bob!*@* in #dev"]);
  expect(bob.types("hello?")).toEqual(["-- Not said: you are silenced in #dev; only its operators can change that."]);
  expect(ann.reads()).toEqual([]);
});

test("who is banned and kicked does not come back", () => {
  const [ann, bob] = dev();
  ann.types("/ban bob", "/kick bob");
  bob.reads();
  expect(bob.types("/join dev")).toEqual(["-- You are banned from #dev; only its operators can change that."]);
});
