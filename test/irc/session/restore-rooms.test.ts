import { describe } from "bun:test";
import { logsIn, registers } from "../../support/accounts.ts";
import { rule } from "../../support/transcript.ts";

/** ann registers, is in two rooms that bob operates, and quits; bob talks meanwhile. */
const AWAY = `
  bob: irc
  bob> JOIN #dev,#ops
  bob~ 366 bob #ops
  ${registers("ann", "#ops,#dev")}
  bob~ QUIT
  bob> PRIVMSG #dev :one
  bob> PRIVMSG #dev :two for ann
  bob> PRIVMSG ann :secretly
  bob~ 301
`;

describe("a client with tcpchat/rooms", () => {
  rule(
    "rejoins its rooms at login, with the numbers of unread messages",
    `${AWAY}
      ${logsIn("one", { caps: "tcpchat/rooms draft/chathistory" })}
      one< :ann!* JOIN #ops
      one< * 353 *
      one< * 366 *
      one< :ann!* JOIN #dev
      one< * 353 *
      one< * 366 *
      one< @tcpchat/unread=0;tcpchat/mentions=0 :chat.test MARKREAD #ops \\x2a
      one< @tcpchat/unread=2;tcpchat/mentions=1 :chat.test MARKREAD #dev \\x2a
      one< @tcpchat/unread=1;tcpchat/mentions=1 :chat.test MARKREAD bob \\x2a
      one< :chat.test NOTE ROOMS RESTORED :You are back in your rooms
      one> PING here
      one~ here
      bob< :ann!* JOIN #ops
      bob< :ann!* JOIN #dev
    `,
  );

  rule(
    "gets the read markers of its other session",
    `${AWAY}
      ${logsIn("one", { caps: "tcpchat/rooms draft/read-marker draft/chathistory" })}
      one~ RESTORED
      ${logsIn("two", { caps: "tcpchat/rooms draft/read-marker draft/chathistory" })}
      two~ RESTORED
      one> MARKREAD #dev timestamp=2100-01-01T00:00:00.000Z
      two< @tcpchat/unread=0;tcpchat/mentions=0 :chat.test MARKREAD #dev timestamp=*
      one< @tcpchat/unread=0;tcpchat/mentions=0 :chat.test MARKREAD #dev timestamp=*
      bob~ JOIN #dev
    `,
  );

  rule(
    "that logs in later rejoins under the nick that it takes then",
    `${AWAY}
      eve: irc tcpchat/rooms
      eve> NS IDENTIFY ann secret
      eve~ 900
      eve> NICK ann
      eve~ NICK ann
      eve> PING now
      eve~ JOIN #ops
      eve~ JOIN #dev
      eve~ RESTORED
      eve~ now
      bob< :ann!* JOIN #ops
      bob< :ann!* JOIN #dev
    `,
  );
});

rule(
  "other clients rejoin only if their account wants it, and bots never",
  `${AWAY}
    ${logsIn("one")}
    one> PING 1
    one~ PRIVMSG ann
    one~ PONG
    one> NS SET AUTOJOIN ON
    one< :NickServ!* NOTICE ann :Every client that logs in to your account is back in your rooms.
    one> QUIT
    one~ ERROR
    ${logsIn("bot")}
    bot> MODE ann +B
    bot< * MODE ann *
    bot> PING 1
    bot< * PONG *
    bot> QUIT
    bot~ ERROR
    ${logsIn("two")}
    two> PING 1
    two~ JOIN #ops
    two~ JOIN #dev
    two~ 366 ann #dev
    two~ PONG
    bob< :ann!* JOIN #ops
    bob< :ann!* JOIN #dev
  `,
);

rule(
  "a person with nc rejoins too, if the account wants it",
  `${AWAY}
    ann2: nc
    ann2> /login ann secret
    ann2~ You are ann now
    ann2> /autojoin
    ann2~ Only clients that ask for it are back in your rooms when they log in
    ann2> /autojoin on
    ann2~ Every client that logs in to your account is back in your rooms
    ann2> /quit
    ann2.
    ann3: nc
    ann3> /login ann secret
    ann3~ You are in #ops now
    ann3~ You are in #dev now
    ann3> said where I am
    ann3< [*] <ann> said where I am
    bob~ JOIN #ops
    bob~ JOIN #dev
  `,
);

rule(
  "an account that is kicked while it is away does not come back",
  `${AWAY}
    bob> KICK #dev ann :enough
    bob< :chat.test NOTICE bob :ann is offline, and will not rejoin #dev automatically
    ${logsIn("one", { caps: "tcpchat/rooms draft/chathistory" })}
    one~ JOIN #ops
    one~ MARKREAD #ops
    one< *MARKREAD bob *
    one< *RESTORED*
    bob< :ann!* JOIN #ops
  `,
);
