import { expect, test } from "bun:test";
import { roomChangeWords, typedSearch } from "../../src/text/words.ts";

test.each([
  ["deploy", "deploy", false],
  ["here deploy failed", "deploy failed", true],
  ["HERE  deploy", "deploy", true],
  ["here", "here", false],
  ["hereafter deploy", "hereafter deploy", false],
  ['"here" deploy', '"here" deploy', false],
])("/search %s looks for %j, in this place alone: %j", (text, words, isHere) => {
  expect(typedSearch(text)).toEqual({ words, isHere });
});

test.each([
  ["operator", "bob", "ann made bob an operator of #dev", "ann made bob an operator of #dev no more"],
  ["voice", "bob", "ann gave bob a voice in #dev", "ann took bob's voice in #dev away"],
  ["ban", "b*", "ann banned b* from #dev", "ann lifted the ban on b* from #dev"],
  ["mute", "b*", "ann muted b* in #dev", "ann unmuted b* in #dev"],
  ["exception", "b*", "ann exempted b* from the bans of #dev", "ann exempted b* from the bans of #dev no more"],
  ["invitation", "b*", "ann invited b* to #dev for good", "ann invited b* to #dev no more"],
  ["key", "k", "ann set the key of #dev: k", "ann took the key of #dev away"],
  ["limit", "5", "ann limited #dev to 5 people", "ann took the limit of #dev away"],
  ["moderated", "", "ann switched moderated on in #dev", "ann switched moderated off in #dev"],
])("%s %s: %s; %s", (mode, value, set, unset) => {
  const change = { by: "ann", room: "#dev", mode, value };
  expect([roomChangeWords({ ...change, on: true }), roomChangeWords({ ...change, on: false })]).toEqual([set, unset]);
});
