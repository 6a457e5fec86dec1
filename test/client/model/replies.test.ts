import { expect, test } from "bun:test";
import { refusalWords } from "../../../src/client/model/replies.ts";
import { parse } from "../../../src/wire/message.ts";
import { inLobby } from "../../support/client/play.ts";

test.each([
  [":s 401 ann zoe :No such nick/channel", "Nobody here is called zoe."],
  [":s 441 ann zoe #dev :They aren't on that channel", "zoe is not in #dev."],
  [":s 443 ann bob #dev :is already on channel", "bob is in #dev already."],
  [":s 475 ann #dev :Cannot join channel (+k)", "#dev has a key: /join #dev KEY."],
  [":s 482 ann #dev :You're not channel operator", "Only an operator of #dev may do that; /who tells who is one."],
  [":s 404 ann #dev :Cannot send to channel (+m)", undefined],
  [":s 401 ann :No such nick", undefined],
])("%s of another server is the sentence %s", (line, words) => {
  const message = parse(line);
  const { model } = inLobby();
  if (message === undefined) throw new Error(line);
  expect(refusalWords(model, message)).toBe(words as never);
  expect(refusalWords({ ...model, deduplicates: true }, message)).toBeUndefined();
});
