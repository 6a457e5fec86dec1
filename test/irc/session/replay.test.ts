import { rule } from "../../support/transcript.ts";

// A client without chathistory gets a replay, with server-time if it knows that.
rule(
  "a newcomer gets a replay of earlier messages",
  `
    ann: irc
    ann> JOIN #dev
    ann< * JOIN #dev
    ann< * 353 *
    ann< * 366 *
    ann> PRIVMSG #dev :first
    ann> PRIVMSG #dev :\\x01ACTION waves\\x01
    bob: irc
    bob> JOIN #dev
    bob< * JOIN #dev
    bob< * 353 *
    bob< * 366 *
    bob< :ann!* PRIVMSG #dev :[*:*] first
    bob< :ann!* PRIVMSG #dev :\\x01ACTION [*:*] waves\\x01
    ann< * JOIN #dev
    eve: irc server-time
    eve> JOIN #dev
    eve< * JOIN #dev
    eve< * 353 *
    eve< * 366 *
    eve< @time=*Z :ann!* PRIVMSG #dev :first
    eve< @time=*Z :ann!* PRIVMSG #dev :\\x01ACTION waves\\x01
    ann< * JOIN #dev
    bob< * JOIN #dev
  `,
);

// A replay is never mistaken for live talk: where `batch` is on, it is one (IRCv3 chathistory).
rule(
  "a client that knows batches gets the replay in one",
  `
    ann: irc
    ann> JOIN #dev
    ann~ 366
    ann> PRIVMSG #dev :first
    ann> PRIVMSG #dev :second
    bob: irc batch server-time
    bob> JOIN #dev
    bob< * JOIN #dev
    bob< * 353 *
    bob< * 366 *
    bob< :chat.test BATCH +* chathistory #dev
    bob< @batch=*;time=*Z :ann!* PRIVMSG #dev :first
    bob< @batch=*;time=*Z :ann!* PRIVMSG #dev :second
    bob< :chat.test BATCH -*
    ann< * JOIN #dev
    eve: irc batch labeled-response
    eve> @label=1 JOIN #dev
    eve< @label=1 :chat.test BATCH +* labeled-response
    eve< @batch=* JOIN #dev
    eve< @batch=* 353 *
    eve< @batch=* 366 *
    eve< @batch=* BATCH +* chathistory #dev
    eve< @batch=* :ann!* PRIVMSG #dev :[*] first
    eve< @batch=* :ann!* PRIVMSG #dev :[*] second
    eve< @batch=* BATCH -*
    eve< :chat.test BATCH -*
    ann< * JOIN #dev
    bob< * JOIN #dev
  `,
);

rule(
  "without messages there is no batch, and CTCP queries are not replayed",
  `
    ann: irc
    ann> JOIN #dev
    ann~ 366
    ann> PRIVMSG #dev :\\x01VERSION\\x01
    bob: irc batch
    bob> JOIN #dev
    bob~ 366
    ann< * JOIN #dev
  `,
);

// A program would answer the replay like live messages.
rule(
  "a bot gets no replay",
  `
    ann: irc
    ann> JOIN #dev
    ann~ 366
    ann> PRIVMSG #dev :first
    bob: irc batch
    bob> MODE bob +B
    bob~ MODE
    bob> JOIN #dev
    bob~ 366
    bob|
    ann< * JOIN #dev
  `,
);

rule(
  "a returning member gets the messages since it left, once, and a newcomer the usual replay",
  `
    ann: irc
    ann> JOIN #dev
    ann~ 366
    bob: irc
    bob> JOIN #dev
    bob~ 366
    ann< * JOIN #dev
    ann> PRIVMSG #dev :first
    bob< * PRIVMSG #dev :first
    bob> QUIT
    bob~ ERROR
    ann< * QUIT *
    ann> PRIVMSG #dev :second
    bob: irc
    bob> JOIN #dev
    bob~ 366
    bob< :ann!* PRIVMSG #dev :[*] second
    ann< * JOIN #dev
    bob> PART #dev
    bob< * PART #dev
    ann< * PART #dev
    bob> JOIN #dev
    bob~ 366
    bob|
    ann< * JOIN #dev
    eve: irc
    eve> JOIN #dev
    eve~ 366
    eve< :ann!* PRIVMSG #dev :[*] first
    eve< :ann!* PRIVMSG #dev :[*] second
    ann< * JOIN #dev
    bob< * JOIN #dev
  `,
);
