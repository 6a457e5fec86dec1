import { rule } from "./rule.ts";

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
