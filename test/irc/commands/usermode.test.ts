import { rule } from "../rule.ts";

// "If <target> is a nickname that does not exist on the network, the ERR_NOSUCHNICK numeric is returned. If <target> is a
// different nick than the user who sent the command, the ERR_USERSDONTMATCH numeric is returned." "The server MUST apply
// the modes that are implemented, and then send the ERR_UMODEUNKNOWNFLAG in reply along with the MODE message."
rule(
  "one's own modes",
  `
    ann: irc
    bob: irc
    ann> MODE ann
    ann< :chat.test 221 ann +
    ann> MODE ANN +iwZ-B
    ann< :ann!~ann@* MODE ann +iw
    ann< :chat.test 501 ann :Unknown MODE flag
    ann> MODE ann
    ann< :chat.test 221 ann +iw
    ann> MODE ann +i-w
    ann< :ann!~ann@* MODE ann -w
    ann> MODE ann +o
    ann|
    ann> MODE bob
    ann< :chat.test 502 ann :*
    ann> MODE nobody +i
    ann< :chat.test 401 ann nobody :*
    bob|
  `,
);

// "+R: only registered users may send you private messages" is how networks call it; no specification has it.
rule(
  "one who wants that is spoken to directly by accounts alone",
  `
    ann: irc message-tags
    bob: irc message-tags
    ann> MODE ann +R
    ann< * MODE ann +R
    bob> PRIVMSG ann :hello
    bob< :chat.test 531 bob ann :Not said: ann takes direct messages from accounts only; REGISTER makes your nick one
    bob> @+typing=active TAGMSG ann
    bob< :chat.test 531 bob ann :*
    bob> NOTICE ann :hello
    ann> PRIVMSG bob :hi
    bob< * PRIVMSG bob :hi
    nic: nc
    nic> /msg ann hello
    nic< -- Not said: ann takes direct messages from accounts only; /register makes your nick one.
    bob> REGISTER * * sesame88
    bob~ 900
    bob> PRIVMSG ann :hello
    ann< * PRIVMSG ann :hello
    ann> MODE ann -R
    ann< * MODE ann -R
    nic> /msg ann hello
    nic~ hello
    ann< * PRIVMSG ann :hello
  `,
);

rule(
  "the configuration says what everyone is who comes in, until they say otherwise",
  `
    ann: raw
    ann> NICK ann
    ann> USER ann 0 * :Ann
    ann~ 422
    ann< :ann!~ann@* MODE ann +Ri
    ann> MODE ann -i
    ann< :ann!~ann@* MODE ann -i
    ann> MODE ann
    ann< :chat.test 221 ann +R
  `,
  { userModes: ["accounts-only", "invisible"] },
);
