import { describe, test } from "bun:test";
import { startChat } from "../../harness.ts";
import { play } from "../../transcript.ts";

// soju.im/search
describe("SEARCH", () => {
  test("The server then replies with a batch containing messages matching all the specified attributes.", async () => {
    await using chat = startChat();
    await play(
      chat.port,
      `
      ann: irc batch message-tags server-time echo-message
      ann> JOIN #dev
      ann~ 366
      ann> PRIVMSG #dev :That was fast!
      ann< * PRIVMSG #dev :That was fast!
      ann> NOTICE #dev :Fasting is hard.
      ann< * NOTICE #dev :Fasting is hard.
      ann> PRIVMSG #dev :slow
      ann< * PRIVMSG #dev :slow
      ann> SEARCH text=fast;in=#dev
      ann< :chat.test BATCH +* soju.im/search
      ann< @batch=*;time=*;msgid=* :ann!~ann@* PRIVMSG #dev :That was fast!
      ann< @batch=*;time=*;msgid=* :ann!~ann@* NOTICE #dev :Fasting is hard.
      ann< :chat.test BATCH -*
      ann> SEARCH text=fast;limit=1
      ann< * BATCH +* *
      ann< * NOTICE #dev :Fasting is hard.
      ann< * BATCH -*
      ann> SEARCH from=ANN;text=is\\shard
      ann< * BATCH +* *
      ann< * NOTICE #dev :Fasting is hard.
      ann< * BATCH -*
      `,
    );
  });

  test("If no content exists to return, the server SHOULD return an empty batch.", async () => {
    await using chat = startChat();
    await play(
      chat.port,
      `
      ann: irc batch
      ann> JOIN #dev
      ann~ 366
      ann> SEARCH before=2010-01-01T00:00:00.000Z;in=#dev
      ann< :chat.test BATCH +* soju.im/search
      ann< :chat.test BATCH -*
      ann> SEARCH in=bob
      ann< :chat.test BATCH +* soju.im/search
      ann< :chat.test BATCH -*
      `,
    );
  });

  test("limited functionality is available to clients without support for these CAPs", async () => {
    await using chat = startChat();
    await play(
      chat.port,
      `
      ann: irc
      ann> JOIN #dev
      ann~ 366
      ann> PRIVMSG #dev :word
      ann> SEARCH text=word
      ann< :ann!~ann@* PRIVMSG #dev :word
      `,
    );
  });

  test("If the selectors were invalid, the INVALID_PARAMS error code SHOULD be returned.", async () => {
    await using chat = startChat();
    await play(
      chat.port,
      `
      ann: irc
      ann> SEARCH limit=0
      ann< :chat.test FAIL SEARCH INVALID_PARAMS limit :Invalid parameters
      ann> SEARCH after=yesterday
      ann< :chat.test FAIL SEARCH INVALID_PARAMS after :Invalid parameters
      ann> SEARCH colour=red
      ann< :chat.test FAIL SEARCH INVALID_PARAMS colour :Invalid parameters
      ann> SEARCH text=!!
      ann< :chat.test FAIL SEARCH INVALID_PARAMS text :Invalid parameters
      ann> SEARCH
      ann< :chat.test 461 ann SEARCH :*
      `,
    );
  });

  test("a room that one is not in is answered as one that there is not, and nothing is found in it", async () => {
    await using chat = startChat();
    await play(
      chat.port,
      `
      ann: irc
      eve: irc batch
      ann> JOIN #dev
      ann~ 366
      ann> PRIVMSG #dev :word
      ann|
      eve> SEARCH text=word;in=#dev
      eve< :chat.test FAIL SEARCH INVALID_PARAMS in :Invalid parameters
      eve> SEARCH text=word;in=#none
      eve< :chat.test FAIL SEARCH INVALID_PARAMS in :Invalid parameters
      eve> SEARCH text=word
      eve< * BATCH +* soju.im/search
      eve< * BATCH -*
      `,
    );
  });

  test("a message of several lines is found as lines, and an answer has the label of its command", async () => {
    await using chat = startChat();
    await play(
      chat.port,
      `
      ann: irc batch draft/multiline labeled-response message-tags
      ann> JOIN #dev
      ann~ 366
      ann> BATCH +m draft/multiline #dev
      ann> @batch=m PRIVMSG #dev :first
      ann> @batch=m PRIVMSG #dev :second
      ann> BATCH -m
      ann> @label=L SEARCH text=second
      ann< @label=L :chat.test BATCH +* soju.im/search
      ann< @batch=*;msgid=* * PRIVMSG #dev :first
      ann< @batch=* * PRIVMSG #dev :second
      ann< :chat.test BATCH -*
      `,
    );
  });

  test("where the past is not shown, nothing is found", async () => {
    await using chat = startChat({ history: false });
    await play(
      chat.port,
      `
      ann: irc batch
      ann> JOIN #dev
      ann~ 366
      ann> PRIVMSG #dev :word
      ann> SEARCH text=word
      ann< * BATCH +* *
      ann< * BATCH -*
      `,
    );
  });
});
