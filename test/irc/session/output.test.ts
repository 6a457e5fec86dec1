import { rule } from "../../support/transcript.ts";

// "For any message received from a client that includes this tag, the server MUST include the same tag and value in any
// response produced from this message […]. Servers MUST include the tag in exactly one logical message. If a response
// consists of more than one message, a batch MUST be used to group them into a single logical response. The start of the
// batch MUST be tagged with the label tag." (IRCv3 labeled-response)
rule(
  "a reply of one line has the label, a reply of several is a batch",
  `
    ann: irc batch labeled-response
    bob: irc
    ann> @label=one PING x
    ann< @label=one :chat.test PONG chat.test x
    ann> @label=two JOIN #dev
    ann< @label=two :chat.test BATCH +r2 labeled-response
    ann< @batch=r2 :ann!* JOIN #dev
    ann< @batch=r2 :chat.test 353 *
    ann< @batch=r2 :chat.test 366 *
    ann< :chat.test BATCH -r2
    bob> JOIN #dev
    bob< * JOIN #dev
    bob< * 353 *
    bob< * 366 *
    ann< :bob!* JOIN #dev
    ann> @label=a\\\\:b NOSUCH
    ann< @label=a\\\\:b :chat.test 421 ann NOSUCH :Unknown command
  `,
);

// "Servers MUST respond with a labeled ACK message when a client sends a labeled command that normally produces no
// response." (The ACK response)
rule(
  "a command without a reply is acknowledged",
  `
    ann: irc batch labeled-response
    bob: irc
    ann> @label=a PONG x
    ann< @label=a :chat.test ACK
    ann> @label=b PRIVMSG bob :hi
    ann< @label=b :chat.test ACK
    bob< :ann!* PRIVMSG bob :hi
    ann> @label=c NOTICE nobody :hi
    ann< @label=c :chat.test ACK
    ann> @label=d MONITOR - zoe
    ann< @label=d :chat.test ACK
    ann> @label=e NICK ann
    ann< @label=e :chat.test ACK
  `,
);

// "When a client sends a message to itself, the server MUST NOT include the label tag, except for any acknowledgment sent
// with the echo-message mechanism."
rule(
  "of a message to the sender itself, the echo has the label and the message has not",
  `
    ann: irc batch labeled-response echo-message
    bob: irc batch labeled-response
    ann> @label=a PRIVMSG ann :me
    ann< @label=a :ann!* PRIVMSG ann :me
    ann< :ann!* PRIVMSG ann :me
    bob> @label=b PRIVMSG bob :me
    bob< @label=b :chat.test ACK
    bob< :bob!* PRIVMSG bob :me
    ann> @label=c PRIVMSG bob,nobody :hi
    ann< @label=c :chat.test BATCH +* labeled-response
    ann< @batch=* :ann!* PRIVMSG bob :hi
    ann< @batch=* :chat.test 401 ann nobody :*
    ann< :chat.test BATCH -*
    bob< :ann!* PRIVMSG bob :hi
  `,
);

// "This specification depends on the batch capability which MUST be negotiated to use labeled responses." "The value MUST
// NOT exceed 64 bytes."
rule(
  "a label is ignored without batch, and if it is too long",
  `
    ann: irc labeled-response
    bob: irc labeled-response batch
    ann> @label=x PING 1
    ann< :chat.test PONG chat.test 1
    bob> @label=${"x".repeat(64)} PING 1
    bob< @label=x* :chat.test PONG chat.test 1
    bob> @label=${"x".repeat(65)} PING 1
    bob< :chat.test PONG chat.test 1
  `,
);

rule(
  "long answers are labelled too, and so is ERROR",
  `
    ann: irc batch labeled-response server-time message-tags
    ann> @label=w WHO nobody
    ann< @label=w :chat.test 315 ann nobody :End of WHO list
    ann> @label=l LIST
    ann< @label=l :chat.test BATCH +* labeled-response
    ann< @batch=* :chat.test 321 *
    ann< @batch=* :chat.test 323 *
    ann< :chat.test BATCH -*
    ann> @label=q QUIT
    ann< @label=q ERROR :*
    ann.
  `,
);
