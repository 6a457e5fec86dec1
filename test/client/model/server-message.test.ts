import { expect, test } from "bun:test";
import { accountOf } from "../../../src/client/model/server-message.ts";
import { parse } from "../../../src/wire/message.ts";

test.each([
  ["@account=Bob :b PRIVMSG #lobby :hi", "Bob"],
  ["@account=* :b PRIVMSG #lobby :hi", undefined],
  [":b PRIVMSG #lobby :hi", undefined],
])("the sender of %s has the account %p", (line, account) => {
  const message = parse(line);
  expect(message && accountOf(message)).toBe(account);
});
