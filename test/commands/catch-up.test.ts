import { logsIn, registers } from "../support/accounts.ts";
import { rule } from "../support/transcript.ts";

/** ann registers in #dev and #ops and quits; bob says things to her there. */
const AWAY = `
  bob: irc
  bob> JOIN #dev,#ops
  bob~ 366 bob #ops
  ${registers("ann", "#dev,#ops")}
  bob~ QUIT
  bob> PRIVMSG #ops :one
  bob> PRIVMSG #ops :two
  bob> PRIVMSG #dev :ann, look
  bob> PRIVMSG ann :secretly
  bob~ 301
`;

const LOGIN = `
  ${logsIn("one", { caps: "tcpchat/commands tcpchat/rooms draft/chathistory draft/read-marker" })}
  one~ RESTORED
`;

rule(
  "/catchup tells what mentions one first, and then the rooms with the most unread messages",
  `${AWAY} ${LOGIN}
    one> SLASH * /catchup
    one< :chat.test NOTE SLASH \\x2a \\x2a :[*] #dev <bob> ann, look
    one< :chat.test NOTE SLASH \\x2a \\x2a :[*] bob → you: secretly
    one< :chat.test NOTE SLASH \\x2a \\x2a :#dev: 1 unread, 1 of them mentions you.
    one< :chat.test NOTE SLASH \\x2a \\x2a :bob: 1 unread.
    one< :chat.test NOTE SLASH \\x2a \\x2a :#ops: 2 unread.
    one> MARKREAD #dev timestamp=2100-01-01T00:00:00.000Z
    one~ MARKREAD #dev
    one> MARKREAD #ops timestamp=2100-01-01T00:00:00.000Z
    one~ MARKREAD #ops
    one> MARKREAD bob timestamp=2100-01-01T00:00:00.000Z
    one~ MARKREAD bob
    one> SLASH * /catchup
    one< :chat.test NOTE SLASH \\x2a \\x2a :Nothing is new in your rooms and conversations.
    bob~ JOIN #ops
  `,
);

rule(
  "a person with nc is told the same",
  `${AWAY}
    zoe: nc
    zoe> /login ann secret
    zoe~ You are ann now
    zoe> /catchup
    zoe~ bob: 1 unread.
  `,
);
