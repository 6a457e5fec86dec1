import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { fragmentsOf } from "../../src/irc/multiline.ts";
import { startChat } from "../harness.ts";
import { play } from "../transcript.ts";

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
  test("is a batch for those who know such, and lines without blank ones for the others", async () => {
    await using chat = startChat();
    await play(
      chat.port,
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
      eve< :ann!*@* PRIVMSG #r :how is everyone?
      `,
    );
  });

  test("that is not well made is refused once, and nothing of it is said", async () => {
    await using chat = startChat();
    await play(
      chat.port,
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
      ann> BATCH +3 draft/other #r
      ann< :chat.test FAIL BATCH MULTILINE_INVALID :*
      bob|
      `,
    );
  });

  test("has limits, which the capability names", async () => {
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

test("however a text is cut, its fragments put together are the text", () => {
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
