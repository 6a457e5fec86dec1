import { expect, test } from "bun:test";
import { formatMsgid, parseMsgid } from "../../src/store/history-rows.ts";

test.each([0, 35, 36, 123_456_789, 2 ** 53 - 1])("the msgid of %d gives the number back", (seq) => {
  expect(parseMsgid("5a510415", formatMsgid("5a510415", seq))).toBe(seq);
});

test.each(["", "5a510415", "5a510415-", "5a510415-A", "5a510415-2b!", "5a510415-123456789012", "ffffffff-2b"])(
  "%p is no msgid of this store",
  (msgid) => {
    expect(parseMsgid("5a510415", msgid)).toBeUndefined();
  },
);
