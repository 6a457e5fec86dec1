import { rule } from "../rule.ts";

const OPERATORS = { operators: [{ name: "root", password: "sesame" }] };

// "<isop> is included if the user […] has registered as an operator. <isaway> […] "+" represents that the user is not
// away, and "-" represents that the user is away." "takes up to five nicknames" (Modern IRC, USERHOST)
rule(
  "USERHOST and ISON name those who are here",
  `
    ann: irc
    bob: irc
    bob> AWAY :x
    bob< * 306 *
    ann> OPER root sesame
    ann< * 381 *
    ann< * MODE *
    ann> USERHOST ann nobody BOB a b bob
    ann< :chat.test 302 ann :ann*=+~ann@*.cloak bob=-~bob@*.cloak
    ann> USERHOST nobody
    ann< :chat.test 302 ann :
    ann> USERHOST
    ann< :chat.test 461 ann USERHOST :*
    ann> ISON nobody BOB :ann nobody
    ann< :chat.test 303 ann :bob ann
    ann> ISON nobody
    ann< :chat.test 303 ann :
  `,
  OPERATORS,
);

// "If they accept the realname change, they MUST send the server-to-client version of the SETNAME message to all clients
// in common channels, as well as to the client from which it originated. The SETNAME message MUST NOT be sent to clients
// which do not have the capability negotiated." "FAIL SETNAME INVALID_REALNAME :Realname is not valid" (IRCv3 setname)
rule(
  "SETNAME is told to those who want to know, and refused with FAIL",
  `
    ann: irc setname
    bob: irc setname
    eve: irc
    zoe: irc setname
    ann> JOIN #dev
    ann< * JOIN #dev
    ann< * 353 *
    ann< * 366 *
    bob> JOIN #dev
    bob< * JOIN #dev
    bob< * 353 *
    bob< * 366 *
    ann< * JOIN *
    eve> JOIN #dev
    eve< * JOIN #dev
    eve< * 353 *
    eve< * 366 *
    ann< * JOIN *
    bob< * JOIN *
    ann> SETNAME :Bruce Wayne
    ann< :ann!* SETNAME :Bruce Wayne
    bob< :ann!* SETNAME :Bruce Wayne
    ann> SETNAME :${"x".repeat(151)}
    ann< :chat.test FAIL SETNAME INVALID_REALNAME :*
    ann> SETNAME
    ann< :chat.test 461 ann SETNAME :*
    zoe> WHO ann %r
    zoe< :chat.test 354 zoe :Bruce Wayne
    zoe< * 315 *
  `,
);

const PLAIN = Buffer.from("\0ann\0sesame88").toString("base64");

// "If the capability has been negotiated, servers MUST accept the AWAY command before connection registration has
// completed." "an away message of `*` should be treated as though the connection did not exist at all (for example, it
// should not supersede a human-readable AWAY message set by another connection, even if it is more recent)" (IRCv3
// draft/pre-away)
rule(
  "a client may say that it is away before it is in, and `*` where nobody attends it",
  `
    bob: raw
    bob> CAP LS
    bob< * CAP * LS :*
    bob> AWAY :early
    bob< :chat.test 451 * :*
    bob> CAP REQ draft/pre-away
    bob< :chat.test CAP * ACK :draft/pre-away
    bob> AWAY :gone to lunch
    bob< :chat.test 306 * :You have been marked as being away
    bob> NICK bob
    bob> USER bob 0 * :Bob
    bob> CAP END
    bob~ 422
    bob< :chat.test 306 bob :You have been marked as being away
    ann: irc
    ann> PRIVMSG bob :hello
    ann< :chat.test 301 ann bob :gone to lunch
    bob< * PRIVMSG bob :hello
    ann> REGISTER * * sesame88
    ann~ 900
    ann> AWAY :back at five
    ann< * 306 *
    two: raw
    two> CAP REQ :draft/pre-away sasl
    two< *
    two> AUTHENTICATE PLAIN
    two< AUTHENTICATE +
    two> AUTHENTICATE ${PLAIN}
    two< * 900 *
    two< * 903 *
    two> AWAY *
    two< :chat.test 306 * :*
    two> NICK ann
    two> USER ann 0 * :Ann
    two> CAP END
    two~ 422
    two> AWAY *
    two< :chat.test 306 ann :*
    bob> PRIVMSG ann :hello
    bob< :chat.test 301 bob ann :back at five
    ann< * PRIVMSG ann :hello
    two< * PRIVMSG ann :hello
  `,
);
