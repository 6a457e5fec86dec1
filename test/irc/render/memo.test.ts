import { expect, test } from "bun:test";
import type { ChatEvent } from "../../../src/chat/model/event.ts";
import { CAP } from "../../../src/irc/capabilities.ts";
import { Memo } from "../../../src/irc/render/memo.ts";

const who = { nick: "ann", user: "u", host: "h", realname: "", account: undefined };

function left(seq: number): ChatEvent {
  return { type: "left", who, room: "#dev", reason: "", seq, time: 0, origin: undefined };
}

test("an event is rendered once per form, and every form has its own bytes", () => {
  const memo = new Memo((seq) => `m${seq}`, "chat.test");
  const event = left(1);
  const plain = memo.bytes(event, 0);
  expect(memo.bytes(event, 0)).toBe(plain);
  expect(Buffer.from(plain).toString()).toBe(":ann!u@h PART #dev\r\n");
  expect(Buffer.from(memo.bytes(event, CAP.messageTags)).toString()).toBe("@msgid=m1 :ann!u@h PART #dev\r\n");
  expect(memo.bytes(left(2), 0)).not.toBe(plain);
});
