import { rule } from "../rule.ts";

const OPERATORS = { operators: [{ name: "root", password: "sesame" }] };

// "RPL_WHOREPLY: <client> <channel> <username> <host> <server> <nick> <flags> :<hopcount> <realname>". "<flags> contains
// the following characters, in this order: Away status […]. Optionally, a literal asterisk character to indicate that
// the user is a server operator. Optionally, the highest channel membership prefix." (Modern IRC)
rule(
  "WHO lists a room, with flags in order",
  `
    ann: irc multi-prefix
    bob: irc
    ann> JOIN #dev
    ann< * JOIN #dev
    ann< * 353 *
    ann< * 366 *
    bob> JOIN #dev
    bob< * JOIN #dev
    bob< * 353 *
    bob< * 366 *
    ann< * JOIN #dev
    ann> OPER root sesame
    ann< * 381 *
    ann< * MODE ann +o
    ann> AWAY :x
    ann< * 306 *
    ann> MODE #dev +v ann
    ann< * MODE *
    bob< * MODE *
    ann> WHO #DEV
    ann< :chat.test 352 ann #dev ~ann *.cloak chat.test ann G*@+ :0 Real ann
    ann< :chat.test 352 ann #dev ~bob *.cloak chat.test bob H :0 Real bob
    ann< :chat.test 315 ann #DEV :End of WHO list
    bob> WHO #dev o
    bob< :chat.test 352 bob #dev ~ann *.cloak chat.test ann G*@ :0 Real ann
    bob< :chat.test 315 bob #dev :End of WHO list
    bob> WHO #nowhere
    bob< :chat.test 315 bob #nowhere :End of WHO list
  `,
  OPERATORS,
);

// "An exact nickname, in which case a single user is returned. A mask pattern, in which case all visible users whose
// nickname matches are listed. […] Absent or set to "0", in which case all visible users are listed." (Modern IRC, WHO)
rule(
  "WHO by nick, by mask, and of everyone who is not invisible",
  `
    ann: irc
    bob: irc
    eve: irc
    eve> MODE eve +i
    eve< * MODE *
    ann> WHO BOB
    ann< :chat.test 352 ann \\x2a ~bob *.cloak chat.test bob H :0 Real bob
    ann< :chat.test 315 ann BOB :End of WHO list
    ann> WHO b?b
    ann< * 352 * bob H :0 Real bob
    ann< :chat.test 315 ann b?b :End of WHO list
    ann> WHO *!~b*@*
    ann< * 352 * bob H :0 Real bob
    ann< * 315 *
    ann> WHO 0
    ann< * 352 * ann H :0 Real ann
    ann< * 352 * bob H :0 Real bob
    ann< :chat.test 315 ann 0 :End of WHO list
    ann> WHO ?ve
    ann< :chat.test 315 ann ?ve :End of WHO list
    ann> WHO
    ann< * 352 * ann *
    ann< * 352 * bob *
    ann< :chat.test 315 ann * :End of WHO list
    eve> WHO e?e
    eve< * 352 * eve *
    eve< * 315 *
  `,
);

// "Servers MUST send the fields in the order specified above. Servers MUST include in their reply all of the standard
// fields requested by the client, and MUST NOT add any additional field not requested by the client." (IRCv3 WHOX)
rule(
  "WHOX sends the fields asked for, in its own order",
  `
    ann: irc
    ann> WHO ann %tcuihsnflar,42
    ann< :chat.test 354 ann 42 \\x2a ~ann 127.0.0.1 *.cloak chat.test ann H 0 0 :Real ann
    ann< :chat.test 315 ann ann :End of WHO list
    bob: irc
    bob> WHO ann %afnt,7
    bob< :chat.test 354 bob 7 ann H 0
    bob< * 315 *
    bob> WHO ann %in
    bob< :chat.test 354 bob 255.255.255.255 ann
    bob< * 315 *
    bob> WHO ann o%n
    bob< * 315 *
  `,
);
