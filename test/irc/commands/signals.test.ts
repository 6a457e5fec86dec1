import { logsIn, registers } from "../../support/accounts.ts";
import { rule } from "../../support/transcript.ts";

const CAPS = "message-tags echo-message batch draft/chathistory";
const PLAYBACK = `${CAPS} draft/event-playback`;
const ID = "0123456789abcdef";

const ANN_AND_BOB = `
  ann: irc ${PLAYBACK} account-tag
  bob: irc ${PLAYBACK}
  ann> JOIN #r
  ann~ 366
  bob> JOIN #r
  bob~ 366
  ann~ JOIN
`;

// "If a client has negotiated draft/event-playback, the server sends the events that it keeps, such as TAGMSG."
// (IRCv3 chathistory); "This message MUST be delivered to targets in the same way as PRIVMSG" (message-tags, TAGMSG).
rule(
  "a TAGMSG is kept in a room's history with its id and tags, in order, and counts towards the limit",
  `
    ${ANN_AND_BOB}
    ann> PRIVMSG #r :lunch?
    ann~ lunch
    bob~ lunch
    bob> @+draft/react=👍;+draft/reply=x TAGMSG #r
    bob~ TAGMSG
    ann~ TAGMSG
    bob> PRIVMSG #r :yes
    ann~ yes
    bob~ yes
    ann> CHATHISTORY LATEST #r * 2
    ann< :* BATCH +* chathistory #r
    ann< @batch=*;msgid=*;+draft/react=👍;+draft/reply=x :bob!* TAGMSG #r
    ann< @batch=*;msgid=* :bob!* PRIVMSG #r :yes
    ann< :* BATCH -*
    eve: irc ${CAPS}
    eve> JOIN #r
    eve~ 366
    eve> CHATHISTORY LATEST #r * 3
    eve< :* BATCH +* chathistory #r
    eve< @batch=*;msgid=* :ann!* PRIVMSG #r :lunch?
    eve< @batch=*;msgid=* :bob!* PRIVMSG #r :yes
    eve< :* BATCH -*
    ann~ JOIN
    bob~ JOIN
  `,
);

rule(
  "typing is not stored, nor are messages to one rank only",
  `
    ${ANN_AND_BOB}
    ann> @+typing=active TAGMSG #r
    ann~ TAGMSG
    bob~ TAGMSG
    ann> @+draft/react=x TAGMSG @#r
    ann~ TAGMSG
    ann> @+draft/react=y;+typing=done TAGMSG #r
    ann~ TAGMSG
    bob< @msgid=*;+draft/react=y;+typing=done :ann!* TAGMSG #r
    ann> CHATHISTORY LATEST #r * 1
    ann< :* BATCH +*
    ann< @batch=*;msgid=*;+draft/react=y :ann!* TAGMSG #r
    ann< :* BATCH -*
    ann> CHATHISTORY LATEST #r * 2
    ann< :* BATCH +*
    ann< @batch=*;msgid=* :bob!* JOIN #r
    ann< @batch=*;msgid=*;+draft/react=y :ann!* TAGMSG #r
    ann< :* BATCH -*
  `,
);

rule(
  "a conversation of accounts keeps them too, for an account that is away as well",
  `
    ${registers("ann")}
    ${registers("bob")}
    ${logsIn("ann", { caps: PLAYBACK })}
    ann> PRIVMSG bob :lunch?
    ann~ 301
    ann> @+draft/react=x TAGMSG bob
    ann< @msgid=*;+draft/react=x :ann!* TAGMSG bob
    ann> @+typing=active TAGMSG bob
    ann< @msgid=*;+typing=active :ann!* TAGMSG bob
    ${logsIn("bob", { account: "bob", caps: PLAYBACK })}
    bob> CHATHISTORY LATEST ann * 10
    bob< :* BATCH +* chathistory ann
    bob< @batch=*;msgid=* :ann!* PRIVMSG bob :lunch?
    bob< @batch=*;msgid=*;+draft/react=x :ann!* TAGMSG bob
    bob< :* BATCH -*
    bob> CHATHISTORY LATEST ann * 1
    bob< :* BATCH +* chathistory ann
    bob< @batch=*;msgid=*;+draft/react=x :ann!* TAGMSG bob
    bob< :* BATCH -*
    bob> @+draft/react=y TAGMSG ann
    bob< * TAGMSG ann
    ann< * TAGMSG ann
    ann> CHATHISTORY LATEST bob * 2
    ann< :* BATCH +* chathistory bob
    ann< @batch=*;msgid=*;+draft/react=x :ann!* TAGMSG bob
    ann< @batch=*;msgid=*;+draft/react=y :bob!* TAGMSG ann
    ann< :* BATCH -*
  `,
);

rule(
  "with its client's id, one is one however often it is sent",
  `
    ${ANN_AND_BOB}
    ann> @+tcpchat/id=${ID};+draft/react=x TAGMSG #r
    ann< @msgid=*;+draft/react=x;+tcpchat/id=${ID} :ann!* TAGMSG #r
    bob< @msgid=*;+draft/react=x :ann!* TAGMSG #r
    ann> @+tcpchat/id=${ID};+draft/react=x TAGMSG #r
    ann< @msgid=*;+draft/react=x;+tcpchat/id=${ID} :ann!* TAGMSG #r
    ann> @+tcpchat/id=${ID};+draft/react=y TAGMSG #r
    ann< :chat.test FAIL TAGMSG ID_REUSED #r ${ID} :*
    ann> @+tcpchat/id=${ID} PRIVMSG #r :x
    ann< :chat.test FAIL PRIVMSG ID_REUSED #r ${ID} :*
    bob|
    bob> CHATHISTORY LATEST #r * 1
    bob< :* BATCH +*
    bob< @batch=*;msgid=*;+draft/react=x :ann!* TAGMSG #r
    bob< :* BATCH -*
  `,
);

// "Tags without the client-only prefix MUST be removed" (message-tags); the server's own are given as in live talk.
rule(
  "history has the same account, bot, real name and tags as live messages",
  `
    ${registers("ann")}
    ${logsIn("ann", { caps: "message-tags echo-message" })}
    ann> MODE ann +B
    ann~ MODE ann
    ann> JOIN #r
    ann~ 366
    eve: irc ${PLAYBACK} account-tag extended-join
    eve> JOIN #r
    eve~ 366
    ann~ JOIN
    ann> @+draft/reply=x PRIVMSG #r :beep
    ann~ beep
    eve< @account=ann;msgid=*;bot;+draft/reply=x :ann!* PRIVMSG #r :beep
    ann> @+draft/react=x TAGMSG #r
    ann~ TAGMSG
    eve< @account=ann;msgid=*;bot;+draft/react=x :ann!* TAGMSG #r
    ann> PART #r
    ann~ PART
    eve< @account=ann;msgid=*;bot :ann!* PART #r
    ann> JOIN #r
    ann~ 366
    eve< @account=ann;msgid=*;bot :ann!* JOIN #r ann :ann
    eve< * MODE #r +o ann
    eve> CHATHISTORY LATEST #r * 5
    eve< :* BATCH +*
    eve< @batch=*;account=ann;msgid=*;bot;+draft/reply=x :ann!* PRIVMSG #r :beep
    eve< @batch=*;account=ann;msgid=*;bot;+draft/react=x :ann!* TAGMSG #r
    eve< @batch=*;account=ann;msgid=*;bot :ann!* PART #r
    eve< @batch=*;account=ann;msgid=*;bot :ann!* JOIN #r ann :ann
    eve< @batch=*;msgid=* :chat.test MODE #r +o ann
    eve< :* BATCH -*
  `,
);

rule(
  "nc is shown no tags, neither at once nor in its history",
  `
    ann: irc message-tags
    ann> JOIN #lobby
    ann~ 366
    bob: nc
    ann> @+x=y TAGMSG #lobby
    ann> PRIVMSG #lobby :hi
    bob~ <ann> hi
    ann|
    bob> /history
    bob< [*] <ann> hi
    bob< -- That was said in #lobby so far.
  `,
);
