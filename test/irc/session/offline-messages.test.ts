import { describe } from "bun:test";
import { logsIn, registers } from "../../support/accounts.ts";
import { rule } from "../../support/transcript.ts";

describe("what was said to an account while it was away", () => {
  rule(
    "is shown to it once when it comes, with the time",
    `${registers("ann")}
      bob: irc
      bob> PRIVMSG ann :first
      bob< :chat.test 301 bob ann :*
      bob> PRIVMSG ann :\\x01ACTION waves\\x01
      bob< :chat.test 301 bob ann :*
      bob> PRIVMSG ann :\\x01VERSION\\x01
      ${logsIn("one", { caps: "server-time" })}
      one< @time=*Z :bob!* PRIVMSG ann :first
      one< @time=*Z :bob!* PRIVMSG ann :\\x01ACTION waves\\x01
      one> QUIT
      one~ ERROR
      ${logsIn("two", { caps: "server-time" })}
      two|
      `,
  );

  rule(
    "waits for one who logs in to it later, and is shown under their nick",
    `${registers("ann")}
      bob: irc
      bob> PRIVMSG ann :hello
      bob< * 301 *
      eve: irc server-time
      eve> PRIVMSG NickServ :IDENTIFY ann secret
      eve~ 900
      eve< @time=*Z :bob!* PRIVMSG eve :hello
      `,
  );

  rule(
    "is left to those who read the past by themselves, and is not shown again once they have",
    `${registers("ann")}
      bob: irc
      bob> PRIVMSG ann :hello
      bob< * 301 *
      ${logsIn("one", { caps: "batch draft/chathistory" })}
      one> PING 1
      one< * PONG *
      one> QUIT
      one~ ERROR
      ${logsIn("two", { caps: "batch draft/chathistory" })}
      two> CHATHISTORY LATEST bob * 10
      two< :chat.test BATCH +* chathistory bob
      two< @batch=* :bob!* PRIVMSG ann :hello
      two< :chat.test BATCH -*
      two> QUIT
      two~ ERROR
      ${logsIn("three")}
      three|
      `,
  );

  rule(
    "comes as pieces of history, one of each talk, to those who ask for it so",
    `${registers("ann")}
      bob: irc
      eve: irc
      bob> PRIVMSG ann :one
      bob< * 301 *
      eve> PRIVMSG ann :two
      eve< * 301 *
      bob> PRIVMSG ann :three
      bob< * 301 *
      ${logsIn("one", { caps: "batch draft/chathistory tcpchat/missed" })}
      one< :chat.test BATCH +* chathistory bob
      one< @batch=* :bob!* PRIVMSG ann :one
      one< @batch=* :bob!* PRIVMSG ann :three
      one< :chat.test BATCH -*
      one< :chat.test BATCH +* chathistory eve
      one< @batch=* :eve!* PRIVMSG ann :two
      one< :chat.test BATCH -*
      `,
  );

  rule(
    "is nothing that another of its sessions has heard",
    `${registers("ann")}
      bob: irc
      ${logsIn("one")}
      bob> PRIVMSG ann :hello
      one< :bob!* PRIVMSG ann :hello
      ${logsIn("two")}
      two|
      `,
  );
});
