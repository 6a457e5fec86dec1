import { rule } from "./rule.ts";

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
