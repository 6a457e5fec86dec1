import { describe } from "bun:test";
import { logsIn, registers } from "../../support/accounts.ts";
import { rule } from "../../support/transcript.ts";

describe("messages to an account that was away", () => {
  rule(
    "are replayed once when it connects, with their times",
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
    "wait for a later login, and are replayed under the present nick",
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
    "are left to clients that fetch history, and not replayed again afterwards",
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
    "are replayed in a batch for each conversation, with tcpchat/missed",
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
    "are only those that none of its sessions has received",
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
