import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { fragmentsOf } from "../../../src/irc/render/render.ts";
import { startChat } from "../../support/chat-server.ts";
import { WireClient } from "../../support/socket.ts";
import { play, rule } from "../../support/transcript.ts";

const BEGIN = `
      ann: irc batch message-tags draft/multiline echo-message labeled-response
      bob: irc batch draft/multiline
      eve: irc
      ann> JOIN #r
      ann~ 366
      bob> JOIN #r
      bob~ 366
      ann< *
      eve> JOIN #r
      eve~ 366
      ann< *
      bob< *`;

describe("a message of several lines", () => {
  rule(
    "is a batch for clients with the capability, and lines without the blank ones for the others",
    `${BEGIN}
      ann> @label=x BATCH +1 draft/multiline #r
      ann> @batch=1 PRIVMSG #r :hello
      ann> @batch=1 PRIVMSG #r :
      ann> @batch=1 PRIVMSG #r :how is\\x20
      ann> @batch=1;draft/multiline-concat PRIVMSG #r :everyone?
      ann> BATCH -1
      ann< @label=x;msgid=* :ann!*@* BATCH +* draft/multiline #r
      ann< @batch=* :ann!*@* PRIVMSG #r :hello
      ann< @batch=* :ann!*@* PRIVMSG #r :
      ann< @batch=* :ann!*@* PRIVMSG #r :how is\\x20
      ann< @batch=*;draft/multiline-concat :ann!*@* PRIVMSG #r :everyone?
      ann< :ann!*@* BATCH -*
      bob< :ann!*@* BATCH +* draft/multiline #r
      bob< @batch=* :ann!*@* PRIVMSG #r :hello
      bob< @batch=* :ann!*@* PRIVMSG #r :
      bob< @batch=* :ann!*@* PRIVMSG #r :how is\\x20
      bob< @batch=*;draft/multiline-concat :ann!*@* PRIVMSG #r :everyone?
      bob< :ann!*@* BATCH -*
      eve< :ann!*@* PRIVMSG #r :hello
      eve< :ann!*@* PRIVMSG #r :how is\\x20
      eve< :ann!*@* PRIVMSG #r :everyone?
      `,
  );

  rule(
    "keeps its sender's lines, live and in history",
    `${BEGIN}
      ann> BATCH +1 draft/multiline #r
      ann> @batch=1 PRIVMSG #r :one, and\\x20
      ann> @batch=1;draft/multiline-concat PRIVMSG #r :more of it
      ann> BATCH -1
      ann< *
      ann< *
      ann< *
      ann< *
      bob< * BATCH +* draft/multiline #r
      bob< @batch=* :ann!*@* PRIVMSG #r :one, and\\x20
      bob< @batch=*;draft/multiline-concat :ann!*@* PRIVMSG #r :more of it
      bob< :ann!*@* BATCH -*
      eve< :ann!*@* PRIVMSG #r :one, and\\x20
      eve< :ann!*@* PRIVMSG #r :more of it
      bob> CHATHISTORY LATEST #r * 1
      bob< * BATCH +* chathistory #r
      bob< @batch=* :ann!*@* BATCH +* draft/multiline #r
      bob< @batch=* :ann!*@* PRIVMSG #r :one, and\\x20
      bob< @batch=*;draft/multiline-concat :ann!*@* PRIVMSG #r :more of it
      bob< *BATCH -*
      bob< * BATCH -*
      eve> CHATHISTORY LATEST #r * 1
      eve< :ann!*@* PRIVMSG #r :one, and\\x20
      eve< :ann!*@* PRIVMSG #r :more of it
      `,
  );

  // "Multiline batches MUST only contain one or more PRIVMSG lines, or one or more NOTICE lines." (IRCv3 draft/multiline)
  rule(
    "of NOTICE lines is a notice, and is not mixed with PRIVMSG lines",
    `${BEGIN}
      ann> BATCH +4 draft/multiline #r
      ann> @batch=4 NOTICE #r :a
      ann> @batch=4 NOTICE #r :b
      ann> BATCH -4
      ann< * BATCH +* draft/multiline #r
      ann< @batch=* :ann!*@* NOTICE #r :a
      ann< @batch=* :ann!*@* NOTICE #r :b
      ann< :ann!*@* BATCH -*
      bob< * BATCH +* draft/multiline #r
      bob< @batch=* :ann!*@* NOTICE #r :a
      bob< @batch=* :ann!*@* NOTICE #r :b
      bob< :ann!*@* BATCH -*
      eve< :ann!*@* NOTICE #r :a
      eve< :ann!*@* NOTICE #r :b
      ann> BATCH +5 draft/multiline #r
      ann> @batch=5 NOTICE #r :a
      ann> @batch=5 PRIVMSG #r :b
      ann< :chat.test FAIL BATCH MULTILINE_INVALID :*
      ann> BATCH -5
      ann> BATCH +6 draft/multiline #r
      ann> @batch=6 TOPIC #r :a
      ann< :chat.test FAIL BATCH MULTILINE_INVALID :*
      ann> BATCH -6
      bob|
      `,
  );

  rule(
    "that is malformed is refused once, and nothing of it is sent",
    `${BEGIN}
      ann> BATCH +1 draft/multiline #r
      ann> @batch=1 PRIVMSG #other :hello
      ann< :chat.test FAIL BATCH MULTILINE_INVALID_TARGET #r #other :*
      ann> @batch=1 PRIVMSG #r :hello
      ann> BATCH -1
      ann> BATCH +2 draft/multiline #r
      ann> @batch=2 PRIVMSG #r :
      ann> BATCH -2
      ann< :chat.test FAIL BATCH MULTILINE_INVALID :*
      bob|
      `,
  );

  // "These MUST be ignored until the batch is ended" (client-batch, "Errors")
  rule(
    "of a refused batch nothing is sent, whatever is wrong with it",
    `${BEGIN}
      ann> BATCH +3 draft/other #r
      ann< :chat.test FAIL BATCH UNKNOWN_TYPE 3 draft/other :*
      ann> @batch=3 PRIVMSG #r :one
      ann> @batch=3 PRIVMSG #r :two
      ann> BATCH -3
      ann> BATCH +4
      ann< :chat.test FAIL BATCH UNKNOWN_TYPE 4 * :*
      ann> @batch=4 PRIVMSG #r :three
      ann> BATCH -4
      ann> BATCH +5 draft/multiline
      ann< :chat.test FAIL BATCH MULTILINE_INVALID :*
      ann> @batch=5 PRIVMSG #r :four
      ann> BATCH -5
      ann> BATCH nothing
      ann< :chat.test FAIL BATCH INVALID_REFTAG nothing :*
      eve> BATCH +1 draft/multiline #r
      eve< :chat.test FAIL BATCH UNKNOWN_TYPE 1 draft/multiline :*
      eve> @batch=1 PRIVMSG #r :five
      eve> @batch=1 TOPIC #r :six
      eve> BATCH -1
      ann|
      bob|
      eve|
      ann> PRIVMSG #r :seen
      ann< *PRIVMSG #r :seen
      bob< *PRIVMSG #r :seen
      eve< *PRIVMSG #r :seen
      `,
  );

  rule(
    "a line of a batch that is not open is refused once, and the open batch is dropped",
    `${BEGIN}
      ann> @batch=7 PRIVMSG #r :of no batch
      ann< :chat.test FAIL BATCH INVALID_REFTAG 7 :*
      ann> @batch=7 PRIVMSG #r :of no batch
      ann> BATCH -7
      ann> @label=x BATCH +1 draft/multiline #r
      ann> @batch=1 PRIVMSG #r :one
      ann> @batch=2 PRIVMSG #r :two
      ann< @label=x :chat.test FAIL BATCH INVALID_REFTAG 2 :*
      ann> @batch=2 PRIVMSG #r :three
      ann> BATCH -9
      ann< :chat.test FAIL BATCH INVALID_REFTAG 9 :*
      ann> BATCH +3 draft/multiline #r
      ann> @batch=3 PRIVMSG #r :one
      ann> BATCH +4 draft/multiline #r
      ann< :chat.test FAIL BATCH INVALID_REFTAG 4 :*
      ann> @batch=4 PRIVMSG #r :two
      ann> BATCH -4
      ann> BATCH +5 draft/multiline #r
      ann> @batch=5 PRIVMSG #r :told
      ann> PING still
      ann< * PONG *
      ann> BATCH -5
      ann< *PRIVMSG #r :told
      bob< *PRIVMSG #r :told
      eve< *PRIVMSG #r :told
      `,
  );

  test("that is not ended in time is dropped, with all its later lines", async () => {
    let now = 1_000_000;
    await using chat = startChat({}, () => now);
    const ann = await WireClient.open(chat.port);
    ann.send("CAP REQ :batch draft/multiline labeled-response\r\nNICK ann\r\nUSER a 0 * :A\r\nCAP END\r\nJOIN #r\r\n");
    await ann.until(/ 366 /);
    ann.send("@label=x BATCH +1 draft/multiline #r\r\n@batch=1 PRIVMSG #r :one\r\nPING begun\r\n");
    expect(await ann.until(/ PONG /)).toHaveLength(1);
    now += 61_000;
    ann.send("@batch=1 PRIVMSG #r :two\r\n@batch=1 PRIVMSG #r :three\r\nBATCH -1\r\nCHATHISTORY LATEST #r * 10\r\n");
    expect(await ann.next()).toStartWith("@label=x :chat.test FAIL BATCH TIMEOUT 1 :");
    expect(await ann.next()).toEndWith("chathistory #r");
    expect(await ann.next()).toStartWith(":chat.test BATCH -");
    ann.close();
  });

  test("has limits, which are the capability's value", async () => {
    await using chat = startChat();
    const lines = Array.from({ length: 101 }, () => "ann> @batch=1 PRIVMSG #r :x").join("\n");
    const long = Array.from({ length: 11 }, () => `ann> @batch=2 PRIVMSG #r :${"y".repeat(400)}`).join("\n");
    await play(
      chat.port,
      `${BEGIN}
      ann> BATCH +1 draft/multiline #r
      ${lines}
      ann< :chat.test FAIL BATCH MULTILINE_MAX_LINES 100 :*
      ann> BATCH -1
      ann> BATCH +2 draft/multiline #r
      ${long}
      ann< :chat.test FAIL BATCH MULTILINE_MAX_BYTES 4096 :*
      ann> BATCH -2
      bob|
      `,
    );
  });
});

test("the fragments of a text, however it is cut, add up to the text", () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1 }), fc.array(fc.nat(60)), (lines, cuts) => {
      const text = lines.map((line) => line.replaceAll("\n", "")).join("\n");
      const sorted = [...cuts].sort((a, b) => a - b);
      let whole = "";
      for (const [at, { text: part, concat }] of fragmentsOf(text, sorted).entries())
        whole += (at > 0 && !concat ? "\n" : "") + part;
      expect(whole).toBe(text);
    }),
  );
});
