import { describe, expect, test } from "bun:test";
import { startChat } from "../../support/chat-server.ts";
import { WireClient } from "../../support/socket.ts";
import { rule } from "../../support/transcript.ts";

describe("REDACT", () => {
  test("deletes the client's own message: a REDACT or a notice for everyone, and no history", async () => {
    await using chat = startChat();
    const ann = await WireClient.open(chat.port);
    ann.send(
      "CAP REQ :batch message-tags echo-message draft/message-redaction draft/chathistory\r\nCAP END\r\nNICK ann\r\nUSER a 0 * :A\r\nJOIN #r\r\n",
    );
    await ann.until(/ 366 /);
    const bob = await WireClient.open(chat.port);
    bob.send("NICK bob\r\nUSER b 0 * :B\r\nJOIN #r\r\n");
    await bob.until(/ 366 /);
    ann.send("PRIVMSG #r :oops\r\n");
    const echo = (await ann.until(/PRIVMSG/)).at(-1) ?? "";
    const id = /msgid=([^; ]+)/.exec(echo)?.[1];
    ann.send(`REDACT #r ${id} :wrong room\r\nCHATHISTORY LATEST #r * 10\r\n`);
    expect((await ann.until(/REDACT/)).at(-1)).toMatch(new RegExp(`:ann!\\S+ REDACT #r ${id} :wrong room$`));
    expect((await ann.until(/BATCH -/)).join()).not.toContain("oops");
    expect((await bob.until(/NOTICE #r/)).at(-1)).toMatch(/:took back a message of \d\d:\d\d \(wrong room\)$/);
    ann.close();
    bob.close();
  });

  test("refuses somebody else's message, but not to a room's operator", async () => {
    await using chat = startChat();
    const open = async (nick: string) => {
      const wire = await WireClient.open(chat.port);
      wire.send(
        `CAP REQ :message-tags echo-message draft/message-redaction\r\nCAP END\r\nNICK ${nick}\r\nUSER x 0 * :X\r\nJOIN #r\r\n`,
      );
      await wire.until(/ 366 /);
      return wire;
    };
    const ann = await open("ann");
    const bob = await open("bob");
    const said = async (wire: WireClient) => {
      wire.send("PRIVMSG #r :words\r\n");
      return /msgid=([^; ]+)/.exec((await wire.until(/PRIVMSG/)).at(-1) ?? "")?.[1];
    };
    const anns = await said(ann);
    await bob.until(/PRIVMSG/);
    bob.send(`REDACT #r ${anns}\r\n`);
    expect(await bob.next()).toBe(
      `:chat.test FAIL REDACT REDACT_FORBIDDEN #r ${anns} :You cannot take that message in #r back: it is not yours`,
    );
    const bobs = await said(bob);
    ann.send(`REDACT #r ${bobs}\r\nREDACT #r nonsense\r\n`);
    expect((await bob.until(/REDACT/)).at(-1)).toContain(`:ann!`);
    expect((await ann.until(/FAIL/)).at(-1)).toContain("FAIL REDACT UNKNOWN_MSGID #r nonsense :");
    ann.close();
    bob.close();
  });

  // draft/message-redaction, "Errors": UNKNOWN_MSGID reveals something, so only readers of the target get it.
  rule(
    "reveals nothing about a room from outside, nor about an unused nick",
    `
      ann: irc
      eve: irc
      ann> JOIN #r
      ann~ 366
      ann> PRIVMSG #r :private
      eve> REDACT #r nonsense
      eve< :chat.test FAIL REDACT INVALID_TARGET #r :You cannot take messages back in #r
      eve> REDACT #none nonsense
      eve< :chat.test FAIL REDACT INVALID_TARGET #none :You cannot take messages back in #none
      eve> REDACT nobody nonsense
      eve< :chat.test FAIL REDACT INVALID_TARGET nobody :You cannot take messages back in nobody
      eve> REDACT ann nonsense
      eve< :chat.test FAIL REDACT UNKNOWN_MSGID ann nonsense :There is no such message, or it is too old
      `,
  );
});

describe("MARKREAD", () => {
  rule(
    "shows how far the client has read, on joining too, and never moves back",
    `
      ann: irc draft/read-marker
      ann> JOIN #r
      ann< * JOIN #r
      ann< :chat.test MARKREAD #r \\x2a
      ann< * 353 *
      ann< * 366 *
      ann> MARKREAD #r timestamp=2026-01-02T00:00:00.000Z
      ann< :chat.test MARKREAD #r timestamp=2026-01-02T00:00:00.000Z
      ann> MARKREAD #r timestamp=2026-01-01T00:00:00.000Z
      ann< :chat.test MARKREAD #r timestamp=2026-01-02T00:00:00.000Z
      ann> MARKREAD #r
      ann< :chat.test MARKREAD #r timestamp=2026-01-02T00:00:00.000Z
      ann> MARKREAD
      ann< :chat.test FAIL MARKREAD NEED_MORE_PARAMS :Missing parameters
      ann> MARKREAD #r yesterday
      ann< :chat.test FAIL MARKREAD INVALID_PARAMS #r yesterday :"yesterday" is not a timestamp=YYYY-MM-DDThh:mm:ss.sssZ
      `,
  );

  test("moves on after the clock was ahead and was set back", async () => {
    const clock = { now: Date.parse("2030-01-01T00:00:00.000Z") };
    await using chat = startChat({}, () => clock.now);
    const wire = await WireClient.open(chat.port);
    wire.send(
      "CAP REQ :server-time echo-message draft/read-marker\r\nCAP END\r\nNICK ann\r\nUSER a 0 * :A\r\nJOIN #r\r\n",
    );
    await wire.until(/ 366 /);
    const reads = async () => {
      wire.send("PRIVMSG #r :hi\r\n");
      const time = /time=([^; ]+)/.exec((await wire.until(/PRIVMSG/)).at(-1) ?? "")?.[1];
      wire.send(`MARKREAD #r timestamp=${time}\r\n`);
      return [time, /timestamp=(\S+)/.exec((await wire.until(/MARKREAD/)).at(-1) ?? "")?.[1]];
    };
    const [ahead, first] = await reads();
    clock.now = Date.parse("2026-01-01T00:00:00.000Z");
    const [now, second] = await reads();
    expect([first, second]).toEqual([ahead, now]);
    expect(now).toStartWith("2026");
    // Messages read before are behind the marker, though their time is later.
    wire.send(`MARKREAD #r timestamp=${ahead}\r\n`);
    expect((await wire.until(/MARKREAD/)).at(-1)).not.toContain("2030");
    wire.close();
  });

  test("keeps a thousand markers of a guest, and drops the oldest", async () => {
    await using chat = startChat();
    const ann = await WireClient.open(chat.port);
    ann.send("NICK ann\r\nUSER a 0 * :A\r\n");
    for (let n = 0; n < 1010; n++) ann.send(`MARKREAD #x${n} timestamp=2026-01-02T00:00:00.000Z\r\n`);
    ann.send("MARKREAD #x9\r\nMARKREAD #x10\r\nPING done\r\n");
    const [tenth, eleventh] = (await ann.until(/PONG/)).slice(-3);
    expect([tenth, eleventh]).toEqual([
      ":chat.test MARKREAD #x9 *",
      ":chat.test MARKREAD #x10 timestamp=2026-01-02T00:00:00.000Z",
    ]);
    ann.close();
  });
});

describe("a message with its client's id", () => {
  const ID = "0123456789abcdef";
  rule(
    "is one message however often it is sent, and each echo is the stored message",
    `
      ann: irc message-tags echo-message
      bob: irc
      ann> JOIN #r
      ann~ 366
      bob> JOIN #r
      bob~ 366
      ann< *
      ann> @+tcpchat/id=${ID} PRIVMSG #r :once
      ann< @msgid=*;+tcpchat/id=${ID} :ann!* PRIVMSG #r :once
      ann> @+tcpchat/id=${ID} PRIVMSG #r :once
      ann< @msgid=*;+tcpchat/id=${ID} :ann!* PRIVMSG #r :once
      bob< :ann!* PRIVMSG #r :once
      bob|
      ann> @+tcpchat/id=${ID} PRIVMSG #r :another
      ann< :chat.test FAIL PRIVMSG ID_REUSED #r ${ID} :*
      ann> @+tcpchat/id=${ID} PRIVMSG bob :once
      ann< @msgid=* :ann!* PRIVMSG bob :once
      ann> @+tcpchat/id=${ID} PRIVMSG bob :once
      ann< @msgid=* :ann!* PRIVMSG bob :once
      bob< :ann!* PRIVMSG bob :once
      bob|
      `,
  );

  rule(
    "is not echoed to a client that may not speak any more",
    `
      ann: irc message-tags echo-message
      ann> JOIN #r
      ann~ 366
      ann> @+tcpchat/id=${ID} PRIVMSG #r :once
      ann< * PRIVMSG #r :once
      bob: irc
      bob> JOIN #r
      bob~ 366
      ann~ JOIN
      ann> PART #r
      ann< * PART #r
      bob~ PART #r
      ann> @+tcpchat/id=${ID} PRIVMSG #r :once
      ann< :chat.test 404 ann #r :*
      `,
  );

  rule(
    "shows its id to its sender only",
    `
      ann: irc message-tags echo-message
      bob: irc message-tags
      ann> JOIN #r
      ann~ 366
      bob> JOIN #r
      bob~ 366
      ann< *
      ann> @+tcpchat/id=${ID};+x=y PRIVMSG #r :once
      ann< @msgid=*;+x=y;+tcpchat/id=${ID} :ann!* PRIVMSG #r :once
      bob< @msgid=*;+x=y :ann!* PRIVMSG #r :once
      ann> @+tcpchat/id=fedcba9876543210;+x=y TAGMSG #r
      ann< @msgid=*;+x=y;+tcpchat/id=fedcba9876543210 :ann!* TAGMSG #r
      bob< @msgid=*;+x=y :ann!* TAGMSG #r
      `,
  );

  rule(
    "shows an account the ids of its own messages only, in history",
    `
      ann: irc message-tags batch draft/chathistory
      ann> NS REGISTER sesame-1
      ann~ 900
      bob: irc message-tags batch draft/chathistory
      ann> JOIN #r
      ann~ 366
      bob> JOIN #r
      bob~ 366
      ann~ JOIN
      ann> @+tcpchat/id=${ID};+x=y PRIVMSG #r :mine
      bob~ PRIVMSG #r :mine
      bob> @+tcpchat/id=fedcba9876543210;+x=z PRIVMSG #r :his
      ann~ PRIVMSG #r :his
      ann> CHATHISTORY LATEST #r * 10
      ann< :* BATCH +*
      ann< @batch=*;+x=y;+tcpchat/id=${ID} :ann!* PRIVMSG #r :mine
      ann< @batch=*;msgid=*;+x=z :bob!* PRIVMSG #r :his
      ann< :* BATCH -*
      bob> CHATHISTORY LATEST #r * 10
      bob< :* BATCH +*
      bob< @batch=*;msgid=*;+x=y :ann!* PRIVMSG #r :mine
      bob< @batch=*;msgid=*;+x=z :bob!* PRIVMSG #r :his
      bob< :* BATCH -*
      `,
  );
});
