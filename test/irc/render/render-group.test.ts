import { expect, test } from "bun:test";
import type { ChatEvent } from "../../../src/chat/model/event.ts";
import { CAP } from "../../../src/irc/capabilities.ts";
import { RenderCache } from "../../../src/irc/render/render-group.ts";
import { rule } from "../../support/transcript.ts";

// "each client gets only the tags it negotiated": sessions with the same capabilities share a group, and change it with them.
rule(
  "a session that changes its capabilities gets a room's events in the new form at once",
  `
    ann: irc
    bob: irc server-time
    eve: irc server-time
    ann> JOIN #dev
    ann< :ann!* JOIN #dev
    ann< * 353 *
    ann< * 366 *
    bob> JOIN #dev
    bob< @time=* JOIN #dev
    bob< * 353 *
    bob< * 366 *
    ann< :bob!* JOIN #dev
    eve> JOIN #dev
    eve< @time=* JOIN #dev
    eve< * 353 *
    eve< * 366 *
    ann< :eve!* JOIN #dev
    bob< @time=*Z :eve!* JOIN #dev
    ann> PRIVMSG #dev :1
    bob< @time=*Z :ann!* PRIVMSG #dev :1
    eve< @time=*Z :ann!* PRIVMSG #dev :1
    bob> CAP REQ :-server-time
    bob< * ACK *
    ann> PRIVMSG #dev :2
    bob< :ann!* PRIVMSG #dev :2
    eve< @time=*Z :ann!* PRIVMSG #dev :2
    eve> CAP REQ :message-tags -server-time
    eve< * ACK *
    ann> PRIVMSG #dev :3
    bob< :ann!* PRIVMSG #dev :3
    eve< @msgid=* :ann!* PRIVMSG #dev :3
    bob> PART #dev
    bob< * PART #dev
    ann< * PART #dev
    eve< * PART #dev
    ann> PRIVMSG #dev :4
    eve< @msgid=* :ann!* PRIVMSG #dev :4
    bob|
  `,
);

const who = { nick: "ann", user: "u", host: "h", realname: "", account: undefined };

function left(seq: number): ChatEvent {
  return { type: "left", who, room: "#dev", reason: "", seq, msgid: `m${seq}`, time: 0, origin: undefined };
}

test("an event is rendered once per form, and each form has its own bytes", () => {
  const renderCache = new RenderCache("chat.test");
  const event = left(1);
  const plain = renderCache.bytes(event, 0);
  expect(renderCache.bytes(event, 0)).toBe(plain);
  expect(Buffer.from(plain).toString()).toBe(":ann!u@h PART #dev\r\n");
  expect(Buffer.from(renderCache.bytes(event, CAP.messageTags)).toString()).toBe("@msgid=m1 :ann!u@h PART #dev\r\n");
  expect(renderCache.bytes(left(2), 0)).not.toBe(plain);
});
