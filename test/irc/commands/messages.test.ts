import { rule } from "../../support/transcript.ts";

const BOTH = `
    ann> JOIN #dev
    ann< * JOIN #dev*
    ann< * 353 *
    ann< * 366 *
    bob> JOIN #dev
    bob< * JOIN #dev*
    bob< * 353 *
    bob< * 366 *
    ann< * JOIN #dev*
`;

// "ERR_NORECIPIENT: <client> :No recipient given (<command>)"; "ERR_NOTEXTTOSEND: Returned by the PRIVMSG command to
// indicate the message wasn't delivered because there was no text to send." (Modern IRC)
rule(
  "an invalid PRIVMSG is refused with a numeric, an invalid NOTICE silently",
  `
    ann: irc
    ann> PRIVMSG
    ann< :chat.test 411 ann :No recipient given (PRIVMSG)
    ann> PRIVMSG ann
    ann< :chat.test 412 ann :There is no text to say to *
    ann> PRIVMSG ann :
    ann< :chat.test 412 ann :There is no text to say to *
    ann> PRIVMSG nobody :hi
    ann< :chat.test 401 ann nobody :Nobody here is called nobody
    ann> PRIVMSG #nowhere :hi
    ann< :chat.test 403 ann #nowhere :There is no room #nowhere
    ann> PRIVMSG a,b,c,d,e :hi
    ann< :chat.test 407 ann a,b,c,d,e :Too many targets
    ann> NOTICE
    ann> NOTICE ann
    ann> NOTICE nobody :hi
    ann> NOTICE #nowhere :hi
    ann> NOTICE a,b,c,d,e :hi
    ann|
  `,
);

// "the client gives a list of destinations to which the message is to be delivered and the server breaks it up and
// dispatches a separate copy of the message to each given destination" (Modern IRC, To A List)
rule(
  "each target gets a copy, and an invalid one does not affect the others",
  `
    ann: irc
    bob: irc
    ${BOTH}
    ann> PRIVMSG bob,nobody,#dev,BOB,bob :hi
    ann< :chat.test 401 ann nobody :*
    bob< :ann!* PRIVMSG bob :hi
    bob< :ann!* PRIVMSG #dev :hi
    bob< :ann!* PRIVMSG bob :hi
  `,
);

// "it may be prefixed with one or more channel membership prefix character (@, +, etc) and the message will be delivered
// only to the members of that channel with the given or higher status in the channel" (Modern IRC, PRIVMSG)
rule(
  "a message to a rank reaches only members with that rank or a higher one",
  `
    ann: irc
    bob: irc echo-message
    eve: irc
    ${BOTH}
    eve> JOIN #dev
    eve< * JOIN #dev
    eve< * 353 *
    eve< * 366 *
    ann< * JOIN *
    bob< * JOIN *
    ann> MODE #dev +v eve
    ann< * MODE *
    bob< * MODE *
    eve< * MODE *
    bob> PRIVMSG @#dev :psst
    bob< :bob!* PRIVMSG @#dev :psst
    ann< :bob!* PRIVMSG @#dev :psst
    bob> NOTICE +#dev :psst
    bob< :bob!* NOTICE +#dev :psst
    ann< :bob!* NOTICE +#dev :psst
    eve< :bob!* NOTICE +#dev :psst
    bob> PRIVMSG @+#dev :psst
    bob< :bob!* PRIVMSG +#dev :psst
    ann< :bob!* PRIVMSG +#dev :psst
    eve< :bob!* PRIVMSG +#dev :psst
  `,
);

// "RPL_AWAY, with the away message, when a PRIVMSG command is directed at the away user (not to a channel they are on)."
rule(
  "a message to someone away is answered with RPL_AWAY",
  `
    ann: irc
    bob: irc
    bob> AWAY :out to lunch
    bob< :chat.test 306 bob :You have been marked as being away
    ann> PRIVMSG bob :hi
    bob< :ann!* PRIVMSG bob :hi
    ann< :chat.test 301 ann bob :out to lunch
    ann> NOTICE bob :hi
    bob< :ann!* NOTICE bob :hi
    bob> AWAY
    bob< :chat.test 305 bob :You are no longer marked as being away
    ann> PRIVMSG bob :hi
    bob< :ann!* PRIVMSG bob :hi
  `,
);

// "If enabled, servers MUST send PRIVMSG and NOTICE messages back to the client that sent them. […] they MUST send the
// final version of the message back to the originating client." (IRCv3 echo-message)
rule(
  "an echo is the line that the others got",
  `
    ann: irc echo-message
    bob: irc
    ${BOTH}
    ann> PRIVMSG #dev :\\x02bold\\x02
    ann< :ann!* PRIVMSG #dev :bold
    bob< :ann!* PRIVMSG #dev :bold
    ann> NOTICE bob :\\x01PING 1\\x01
    ann< :ann!* NOTICE bob :\\x01PING 1\\x01
    bob< :ann!* NOTICE bob :\\x01PING 1\\x01
    ann> PRIVMSG ann :me
    ann< :ann!* PRIVMSG ann :me
    ann< :ann!* PRIVMSG ann :me
    bob> PRIVMSG bob :me
    bob< :bob!* PRIVMSG bob :me
  `,
);

// "Client-only tags MUST be relayed on PRIVMSG and NOTICE messages". "Tags without the client-only prefix MUST be removed
// by the server before being relayed with any message to another client." "Any server-initiated tags attached to
// messages MUST be included before client-only tags". (IRCv3 message-tags)
rule(
  "client-only tags are relayed to clients with message-tags, after the server's, and other tags to nobody",
  `
    ann: irc message-tags
    bob: irc message-tags server-time
    eve: irc server-time
    zoe: irc
    ann> @+a=x\\\\:\\\\sy;b=no;+c;+ex.com/d=1 PRIVMSG bob,eve,zoe :hi
    bob< @time=*;msgid=*;+a=x\\\\:\\\\sy;+c;+ex.com/d=1 :ann!* PRIVMSG bob :hi
    eve< @time=*Z :ann!* PRIVMSG eve :hi
    zoe< :ann!* PRIVMSG zoe :hi
    zoe> @+a=x PRIVMSG bob :hi
    bob< @time=*;msgid=* :zoe!* PRIVMSG bob :hi
  `,
);

// "This message MUST be delivered to targets in the same way as PRIVMSG and NOTICE messages." "Servers MUST NOT deliver
// TAGMSG to clients that haven't negotiated the message tags capability." (IRCv3 message-tags, TAGMSG); the example at
// the end of the specification: "The server removes the tag before relaying the message".
rule(
  "TAGMSG reaches clients with message-tags only",
  `
    ann: irc message-tags echo-message
    bob: irc message-tags
    eve: irc
    ${BOTH}
    eve> JOIN #dev
    eve< * JOIN #dev
    eve< * 353 *
    eve< * 366 *
    ann< * JOIN *
    bob< * JOIN *
    ann> @+typing=active TAGMSG #dev
    ann< @msgid=*;+typing=active :ann!* TAGMSG #dev
    bob< @msgid=*;+typing=active :ann!* TAGMSG #dev
    ann> @unknown-tag TAGMSG bob
    ann< @msgid=* :ann!* TAGMSG bob
    bob< @msgid=* :ann!* TAGMSG bob
    ann> TAGMSG
    ann< :chat.test 461 ann TAGMSG :*
    ann> @+x TAGMSG nobody
    ann< :chat.test 401 ann nobody :*
    ann> MODE #dev +m
    ann< * MODE *
    bob< * MODE *
    eve< * MODE *
    bob> @+x TAGMSG #dev
    bob< :chat.test 404 bob #dev :*
    eve> @+x TAGMSG #dev
    eve|
  `,
);

// "The tag SHOULD be added by the server to all commands sent by a bot […]. This tag MUST only be sent to users who have
// requested the message-tags capability." (IRCv3 bot mode)
rule(
  "a bot's messages and events have the bot tag, and WHO and WHOIS show it",
  `
    ann: irc message-tags
    bob: irc
    bob> MODE bob +B
    bob< :bob!* MODE bob +B
    ${BOTH}
    bob> PRIVMSG #dev :beep
    ann< @msgid=*;bot :bob!* PRIVMSG #dev :beep
    ann> WHO bob
    ann< :chat.test 352 ann #dev ~bob * chat.test bob HB :0 Real bob
    ann< :chat.test 315 ann bob :End of WHO list
    ann> WHOIS bob
    ann< * 311 *
    ann< * 319 *
    ann< * 312 *
    ann< :chat.test 335 ann bob :is a bot
    ann< * 317 *
    ann< * 318 *
    bob> MODE bob -B
    bob< :bob!* MODE bob -B
  `,
);
