import { expect, test } from "bun:test";
import type { ModeChange } from "../../src/chat/model/modes.ts";
import { modeWords } from "../../src/plain/mode-words.ts";

const ROWS: readonly [ModeChange, string][] = [
  [{ mode: "operator", on: true, nick: "bob" }, "ann made bob an operator of #dev"],
  [{ mode: "operator", on: false, nick: "bob" }, "ann made bob an operator of #dev no more"],
  [{ mode: "voice", on: true, nick: "bob" }, "ann gave bob a voice in #dev"],
  [{ mode: "voice", on: false, nick: "bob" }, "ann took bob's voice in #dev away"],
  [{ mode: "ban", on: true, mask: "bob!*@*" }, "ann banned bob!*@* from #dev"],
  [{ mode: "ban", on: false, mask: "bob!*@*" }, "ann lifted the ban on bob!*@* from #dev"],
  [{ mode: "ban", on: true, mask: "m:bob!*@*" }, "ann muted bob!*@* in #dev"],
  [{ mode: "ban", on: false, mask: "m:bob!*@*" }, "ann unmuted bob!*@* in #dev"],
  [{ mode: "exception", on: true, mask: "b!*@*" }, "ann exempted b!*@* from the bans of #dev"],
  [{ mode: "invitation", on: true, mask: "b!*@*" }, "ann invited b!*@* to #dev for good"],
  [{ mode: "key", on: true, key: "sesame" }, "ann set the key of #dev: sesame"],
  [{ mode: "key", on: false, key: "sesame" }, "ann took the key of #dev away"],
  [{ mode: "limit", on: true, limit: 5 }, "ann limited #dev to 5 people"],
  [{ mode: "limit", on: false, limit: 5 }, "ann took the limit of #dev away"],
  [{ mode: "moderated", on: false }, "ann switched moderated off in #dev"],
];

const by = { nick: "ann", user: "u", host: "h", realname: "", account: undefined };

test.each(ROWS)("%j", (change, words) => {
  expect(modeWords(change, { by, room: "#dev" })).toBe(words);
});
