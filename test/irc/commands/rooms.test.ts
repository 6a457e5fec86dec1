import { rule } from "../../support/transcript.ts";

// "Servers MUST process the parameters of this command as lists on incoming commands from clients, with the first <key>
// being used for the first <channel>, the second <key> being used for the second <channel>, etc." (Modern IRC, JOIN)
rule(
  "one JOIN joins several rooms, each with its own key",
  `
    ann: irc
    bob: irc
    ann> JOIN #a,#b,#c
    ann< :ann!* JOIN #a
    ann< * 353 *
    ann< * 366 *
    ann< :ann!* JOIN #b
    ann< * 353 *
    ann< * 366 *
    ann< :ann!* JOIN #c
    ann< * 353 *
    ann< * 366 *
    ann> MODE #a +k one
    ann< * MODE #a +k one
    ann> MODE #c +k three
    ann< * MODE #c +k three
    bob> JOIN #a,,#b,#c one,,,three
    bob< :bob!* JOIN #a
    bob< * 353 bob = #a :@ann bob
    bob< * 366 bob #a :End of /NAMES list
    bob< :bob!* JOIN #b
    bob< * 353 *
    bob< * 366 *
    bob< :bob!* JOIN #c
    bob< * 353 *
    bob< * 366 *
    ann< :bob!* JOIN #a
    ann< :bob!* JOIN #b
    ann< :bob!* JOIN #c
    bob> JOIN #A
    bob|
    bob> JOIN 0
    bob< :bob!* PART #a
    bob< :bob!* PART #b
    bob< :bob!* PART #c
    ann< :bob!* PART #a
    ann< :bob!* PART #b
    ann< :bob!* PART #c
    bob> JOIN
    bob< :chat.test 461 bob JOIN :Not enough parameters
    bob> JOIN nosign
    bob< :chat.test 403 bob nosign :"nosign" cannot be a room's name: *
  `,
);

// "After this, they are sent the channel's topic (with RPL_TOPIC), and no message if the channel does not have a topic.
// They are also sent a list of users currently joined to the channel […]. These RPL_NAMREPLY messages sent by the server
// MUST include the requesting client that has just joined the channel." (Modern IRC, JOIN)
rule(
  "a JOIN is followed by topic and names; TOPIC shows, sets and clears the topic",
  `
    ann: irc
    bob: irc
    ann> JOIN #dev
    ann< :ann!* JOIN #dev
    ann< :chat.test 353 ann = #dev :@ann
    ann< :chat.test 366 ann #dev :End of /NAMES list
    ann> TOPIC #dev
    ann< :chat.test 331 ann #dev :No topic is set
    ann> TOPIC #dev :What we do
    ann< :ann!* TOPIC #dev :What we do
    bob> JOIN #dev
    bob< :bob!* JOIN #dev
    bob< :chat.test 332 bob #dev :What we do
    bob< :chat.test 333 bob #dev ann!~ann@* 1*
    bob< :chat.test 353 bob = #dev :@ann bob
    bob< :chat.test 366 bob #dev :End of /NAMES list
    ann< :bob!* JOIN #dev
    bob> TOPIC #dev :mine
    bob< :chat.test 482 bob #dev :Only an operator of #dev may do that
    ann> MODE #dev -t
    ann< * MODE *
    bob< * MODE *
    bob> TOPIC #dev :
    bob< :bob!* TOPIC #dev :
    ann< :bob!* TOPIC #dev :
    ann> TOPIC #dev
    ann< :chat.test 331 ann #dev :No topic is set
    eve: irc
    eve> TOPIC #dev :x
    eve< :chat.test 442 eve #dev :You are not in #dev
    eve> TOPIC #nowhere
    eve< :chat.test 403 eve #nowhere :There is no room #nowhere
  `,
);

// "For each channel in the parameter of this command, if the channel exists and the client is not joined to it, they
// will receive an ERR_NOTONCHANNEL reply and that channel will be ignored. If the channel does not exist, the client will
// receive an ERR_NOSUCHCHANNEL reply and that channel will be ignored." (Modern IRC, PART)
rule(
  "PART leaves the rooms of a list that it can, and refuses the others",
  `
    ann: irc
    bob: irc
    ann> JOIN #a,#b
    ann< * JOIN #a
    ann< * 353 *
    ann< * 366 *
    ann< * JOIN #b
    ann< * 353 *
    ann< * 366 *
    bob> JOIN #c
    bob< * JOIN #c
    bob< * 353 *
    bob< * 366 *
    ann> PART #a,#c,#nowhere,#b :to have lunch
    ann< :ann!* PART #a :to have lunch
    ann< :chat.test 442 ann #c :You are not in #c
    ann< :chat.test 403 ann #nowhere :There is no room #nowhere
    ann< :ann!* PART #b :to have lunch
    ann> PART
    ann< :chat.test 461 ann PART :Not enough parameters
  `,
);

// "For the message to be syntactically correct, there MUST be either one channel parameter and multiple user parameter,
// or as many channel parameters as there are user parameters. The server MUST NOT send KICK messages with multiple
// channels or users to clients." "If no comment is given, the server SHOULD use a default message." (Modern IRC, KICK)
rule(
  "a KICK of several nicks is sent as one KICK each",
  `
    ann: irc
    bob: irc
    eve: irc
    ann> JOIN #a,#b
    ann< * JOIN #a
    ann< * 353 *
    ann< * 366 *
    ann< * JOIN #b
    ann< * 353 *
    ann< * 366 *
    bob> JOIN #a
    bob< * JOIN #a
    bob< * 353 *
    bob< * 366 *
    ann< * JOIN #a
    eve> JOIN #b
    eve< * JOIN #b
    eve< * 353 *
    eve< * 366 *
    ann< * JOIN #b
    bob> KICK #a ann
    bob< :chat.test 482 bob #a :Only an operator of #a may do that
    bob> KICK #b eve
    bob< :chat.test 442 bob #b :You are not in #b
    bob> KICK #nowhere eve
    bob< :chat.test 403 bob #nowhere :There is no room #nowhere
    ann> KICK #a eve
    ann< :chat.test 441 ann eve #a :eve is not in #a
    ann> KICK #a,#b bob
    ann< :chat.test 461 ann KICK :Not enough parameters
    ann> KICK #a,#b bob,eve :out with you
    ann< :ann!* KICK #a bob :out with you
    ann< :ann!* KICK #b eve :out with you
    bob< :ann!* KICK #a bob :out with you
    eve< :ann!* KICK #b eve :out with you
    bob> JOIN #a
    bob< * JOIN #a
    bob< * 353 *
    bob< * 366 *
    ann< * JOIN #a
    ann> KICK #a nobody,bob
    ann< :chat.test 401 ann nobody :*
    ann< :ann!* KICK #a bob :ann
    bob< :ann!* KICK #a bob :ann
    eve|
  `,
);

// "When the invite is successful, the server MUST send a RPL_INVITING numeric to the command issuer, and an INVITE
// message, with the issuer as <source>, to the target user. Other channel members SHOULD NOT be notified."
rule(
  "an INVITE is sent to the invited user, and permits the JOIN",
  `
    ann: irc
    bob: irc
    eve: irc
    zoe: irc invite-notify
    ann> JOIN #dev
    ann< * JOIN #dev
    ann< * 353 *
    ann< * 366 *
    eve> JOIN #dev
    eve< * JOIN #dev
    eve< * 353 *
    eve< * 366 *
    ann< * JOIN #dev
    zoe> JOIN #dev
    zoe< * JOIN #dev
    zoe< * 353 *
    zoe< * 366 *
    ann< * JOIN #dev
    eve< * JOIN #dev
    ann> MODE #dev +io zoe
    ann< * MODE *
    eve< * MODE *
    zoe< * MODE *
    bob> INVITE eve #nowhere
    bob< :chat.test 403 bob #nowhere :There is no room #nowhere
    bob> INVITE eve #dev
    bob< :chat.test 442 bob #dev :You are not in #dev
    ann> INVITE eve #dev
    ann< :chat.test 443 ann eve #dev :eve is in #dev already
    ann> INVITE nobody #dev
    ann< :chat.test 401 ann nobody :*
    ann> INVITE bob
    ann< :chat.test 461 ann INVITE :*
    ann> INVITE bob #dev
    ann< :chat.test 341 ann bob #dev
    bob< :ann!~ann@* INVITE bob #dev
    zoe< :ann!~ann@* INVITE bob #dev
    bob> INVITE
    bob< :chat.test 336 bob #dev
    bob< :chat.test 337 bob :End of /INVITE list
    bob> JOIN #dev
    bob< * JOIN #dev
    bob< * 353 *
    bob< * 366 *
    ann< * JOIN #dev
    eve< * JOIN #dev
    zoe< * JOIN #dev
    bob> INVITE
    bob< :chat.test 337 bob :End of /INVITE list
  `,
);

// An invitation overrides a ban (RFC 2811 4.3.1). Any member may invite where a room is not invite-only, so only that of
// an operator does.
rule(
  "an operator's invitation overrides ban, key and limit, and says so; a member's does not",
  `
    ann: irc
    bob: irc
    carl: irc
    ann> JOIN #dev
    ann~ 366
    carl> JOIN #dev
    carl~ 366
    ann~ JOIN
    ann> MODE #dev +klb sesame 2 bob
    ann< * MODE *
    carl< * MODE *
    carl> INVITE bob #dev
    carl< * 341 *
    ann|
    bob< :carl!* INVITE *
    bob> JOIN #dev sesame
    bob< :chat.test 474 bob #dev :*
    ann> INVITE bob #dev
    ann< :chat.test 341 ann bob #dev
    ann< :chat.test NOTICE ann :bob may join #dev once in spite of the ban, the key and the limit
    bob< :ann!* INVITE *
    bob> JOIN #dev
    bob< * JOIN #dev
    bob~ 366
    ann~ JOIN
    carl~ JOIN
    bob> PRIVMSG #dev :here
    ann< :bob!* PRIVMSG #dev :here
    carl< :bob!* PRIVMSG #dev :here
    bob> PART #dev
    bob< * PART #dev
    ann< * PART #dev
    carl< * PART #dev
    bob> JOIN #dev
    bob< :chat.test 474 bob #dev :*
  `,
);

rule(
  "an absent operator can be removed by account, and a kicked one rejoins without the rank",
  `
    ann: irc
    bob: irc
    carl: nc
    ann> REGISTER ann * sesame88
    ann< * REGISTER SUCCESS *
    ann< * 900 *
    ann> JOIN #dev
    ann~ 366
    bob> JOIN #dev
    bob~ 366
    carl> /join #dev
    carl~ You are in #dev
    ann~ JOIN #dev
    ann~ JOIN #dev
    ann> MODE #dev +o bob
    ann< * MODE #dev +o bob
    bob~ MODE #dev +o bob
    ann> PART #dev
    ann< * PART #dev
    bob< :ann!* PART #dev
    bob> MODE #dev -o ANN
    bob< :bob!* MODE #dev -o ann
    carl~ bob made ann an operator of #dev no more
    bob> MODE #dev -o ann
    bob< :chat.test 441 bob ann #dev :*
    ann> JOIN #dev
    ann< * JOIN #dev
    ann< * 353 ann = #dev :*bob *
    ann< * 366 *
    bob< :ann!* JOIN #dev
    bob> MODE #dev +o ann
    bob< * MODE #dev +o ann
    ann< * MODE #dev +o ann
    bob> KICK #dev ann :out
    bob< * KICK #dev ann :out
    ann< * KICK #dev ann :out
    ann> JOIN #dev
    ann< * JOIN #dev
    ann< * 353 *
    ann< * 366 *
    bob< :ann!* JOIN #dev
    carl~ ann joined #dev
    carl~ ann joined #dev
    ann> MODE #dev +m
    ann< :chat.test 482 ann #dev :*
  `,
);

// "#lobby belongs to the server's operators."
rule(
  "server operators alone govern the lobby, and every other room too",
  `
    ann: irc
    root: irc
    ann> JOIN #lobby
    ann< * JOIN #lobby
    ann< * 353 ann = #lobby :ann
    ann< * 366 *
    ann> MODE #lobby +m
    ann< :chat.test 482 ann #lobby :*
    root> OPER root sesame
    root< * 381 *
    root< * MODE root +o
    root> MODE #lobby +m
    root< :root!* MODE #lobby +m
    ann< :root!* MODE #lobby +m
    root> KICK #lobby ann :enough
    root< :root!* KICK #lobby ann :enough
    ann< :root!* KICK #lobby ann :enough
    ann> JOIN #mine
    ann< * JOIN #mine
    ann< * 353 *
    ann< * 366 *
    ann> MODE #mine +s
    ann< * MODE *
    root> LIST #mine
    root< * 321 *
    root< * 322 root #mine 1 :
    root< * 323 *
    root> MODE #mine -s
    root< :root!* MODE #mine -s
    ann< :root!* MODE #mine -s
    # Only they may kick a room's last operator.
    ann> KICK #mine ann
    ann< :chat.test 482 ann #mine :ann is the last operator of #mine: only an operator of the server can kick the last one
    root> KICK #mine ann :enough
    root< :root!* KICK #mine ann :enough
    ann< :root!* KICK #mine ann :enough
  `,
  { operators: [{ name: "root", password: "sesame" }] },
);

// "In response to a successful LIST command, the server MAY send one RPL_LISTSTART numeric, MUST send back zero or more
// RPL_LIST numerics, and MUST send back one RPL_LISTEND numeric." ELIST: "N: Searching based on a non-matching !mask",
// "U: […] via the "<val" and ">val" modifiers", "C", "T". (Modern IRC, LIST, ELIST)
rule(
  "LIST selects rooms by name, mask, size and age",
  `
    ann: irc
    bob: irc
    bob> LIST
    bob< :chat.test 321 bob Channel :Users  Name
    bob< :chat.test 323 bob :End of /LIST
    ann> JOIN #one,#two
    ann< * JOIN #one
    ann< * 353 *
    ann< * 366 *
    ann< * JOIN #two
    ann< * 353 *
    ann< * 366 *
    bob> JOIN #two
    bob< * JOIN #two
    bob< * 353 *
    bob< * 366 *
    ann< * JOIN #two
    ann> TOPIC #one :First
    ann< * TOPIC *
    bob> LIST
    bob< * 321 *
    bob< :chat.test 322 bob #one 1 :First
    bob< :chat.test 322 bob #two 2 :
    bob< * 323 *
    bob> LIST #TWO,#nowhere
    bob< * 321 *
    bob< :chat.test 322 bob #two 2 :
    bob< * 323 *
    bob> LIST >1
    bob< * 321 *
    bob< :chat.test 322 bob #two 2 :
    bob< * 323 *
    bob> LIST *n*,<9
    bob< * 321 *
    bob< :chat.test 322 bob #one 1 :First
    bob< * 323 *
    bob> LIST !*n*
    bob< * 321 *
    bob< :chat.test 322 bob #two 2 :
    bob< * 323 *
    bob> LIST T<5,C<5
    bob< * 321 *
    bob< :chat.test 322 bob #one 1 :First
    bob< * 323 *
    bob> LIST C>5
    bob< * 321 *
    bob< * 323 *
    ann> MODE #one +s
    ann< * MODE *
    bob> LIST #one
    bob< * 321 *
    bob< * 323 *
  `,
);

rule(
  "JOIN and KICK of nobody and nothing need more",
  `
    ann: irc
    ann> JOIN :
    ann< :chat.test 461 ann JOIN :*
    ann> KICK #dev :
    ann< :chat.test 461 ann KICK :*
    ann> KICK #dev ,
    ann< :chat.test 461 ann KICK :*
  `,
);
