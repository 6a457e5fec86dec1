import { rule } from "../irc/rule.ts";

// "If a user is set to 'invisible', they will not show up in commands such as WHO or NAMES unless they share a channel with
// the user that submitted the command. In addition, some servers hide all channels from the WHOIS reply of an invisible
// user they do not share with the user that submitted the command." (Modern IRC, Invisible User Mode)
rule(
  "the invisible are seen by those who share a room, and by operators of the server",
  `
    ann: irc
    bob: irc
    eve: irc
    ann> MODE ann +i
    ann< * MODE ann +i
    ann> JOIN #one,#two
    ann< * JOIN #one
    ann< * 353 *
    ann< * 366 *
    ann< * JOIN #two
    ann< * 353 *
    ann< * 366 *
    bob> JOIN #one
    bob< * JOIN #one
    bob< * 353 *
    bob< * 366 *
    ann< * JOIN #one
    bob> WHO an?
    bob< :chat.test 352 bob #one ~ann * ann H@ :0 Real ann
    bob< * 315 *
    bob> WHOIS ann
    bob< * 311 *
    bob< :chat.test 319 bob ann :@#one
    bob< * 312 *
    bob< * 317 *
    bob< * 318 *
    eve> WHO an?
    eve< * 315 *
    eve> NAMES #two
    eve< * 366 *
    eve> WHO #two
    eve< * 315 *
    eve> WHOIS ann
    eve< * 311 *
    eve< * 312 *
    eve< * 317 *
    eve< * 318 *
    eve> OPER root sesame
    eve< * 381 *
    eve< * MODE *
    eve> NAMES #two
    eve< * 353 eve = #two :@ann
    eve< * 366 *
    eve> WHOIS ann
    eve< * 311 *
    eve< :chat.test 319 eve ann :@#one @#two
    eve< * 312 *
    eve< * 379 *
    eve< * 338 *
    eve< * 317 *
    eve< * 318 *
  `,
  { operators: [{ name: "root", password: "sesame" }] },
);

// "Guests' comings and goings are announced only once they have said something."
rule(
  "a guest who has not spoken yet is not listed",
  `
    ann: irc
    nan: nc
    ann> JOIN #lobby
    ann< * JOIN #lobby
    ann< * 353 ann = #lobby :ann
    ann< * 366 *
    nan< -- ann joined #lobby
    nan> hello
    nan< * <nan> hello
    ann< :nan!* JOIN #lobby
    ann< :nan!* PRIVMSG #lobby :hello
    ann> NAMES #lobby
    ann< * 353 ann = #lobby :nan ann
    ann< * 366 *
  `,
);

rule(
  "a guest who has only come in is not listed with IRC or nc, and told about without a room, until they act",
  `
    ann: irc
    eve: nc
    bob: nc
    ann> JOIN #lobby
    ann~ 366
    bob~ ann joined
    ann> NAMES #lobby
    ann< :chat.test 353 ann = #lobby :ann
    ann< * 366 *
    ann> WHO #lobby
    ann< * 352 ann #lobby * ann H :0 Real ann
    ann< * 315 *
    ann> WHOIS eve
    ann< * 311 ann eve *
    ann< * 312 *
    ann< * 317 *
    ann< * 318 *
    ann> MONITOR + eve
    ann< :chat.test 730 ann :eve!nc@*
    ann> MONITOR S
    ann< :chat.test 730 ann :eve!nc@*
    ann> ISON eve
    ann< :chat.test 303 ann :eve
    ann> USERHOST eve
    ann< :chat.test 302 ann :eve=+nc@*
    ann> WHO eve
    ann< :chat.test 352 ann \\x2a nc * eve H :0 nc
    ann< * 315 *
    bob> /who
    bob< -- In #lobby (2): ann, bob
    bob> /whois eve
    bob< -- eve (nc@*) is a guest, here since *
    bob|
    eve> hello
    bob~ hello
    ann~ hello
    ann> WHOIS eve
    ann< * 311 ann eve *
    ann< * 319 ann eve :#lobby
    ann~ 318
    bob> /whois eve
    bob< -- eve (nc@*) is a guest, here since *
    bob< -- eve is in #lobby.
    bob> /who
    bob< -- In #lobby (3): ann, bob, eve
    eve~ hello
  `,
);

rule(
  "from outside, nobody is seen in a secret room, and the invisible in none: with IRC and with nc",
  `
    ann: irc
    eve: irc
    bob: nc
    ann> JOIN #den,#open
    ann~ 366
    ann~ 366
    ann> MODE #den +s
    ann< * MODE #den +s
    eve> JOIN #open
    eve~ 366
    ann< * JOIN #open
    ann> MODE ann +i
    ann< * MODE ann +i
    eve> NAMES #den
    eve< :chat.test 366 eve #den *
    eve> WHO #den
    eve< :chat.test 315 eve #den *
    bob> /who den
    bob< -- There is no room #den; /rooms lists those there are.
    eve> WHOIS ann
    eve< * 311 eve ann *
    eve< * 319 eve ann :@#open
    eve~ 318
    bob> /who open
    bob< -- In #open (1): eve
    bob> /whois ann
    bob< -- ann (~ann@*) is a guest, here since *
    bob< -- ann gives as real name: Real ann
  `,
);

rule(
  "one who may not speak in a secret room learns no more than of a room that is not there",
  `
    ann: irc
    eve: irc message-tags draft/message-redaction
    bob: nc
    ann> JOIN #den
    ann~ 366
    ann> MODE #den +s
    ann< * MODE #den +s
    eve> PRIVMSG #den :hi
    eve< :chat.test 403 eve #den :*
    eve> PRIVMSG #none :hi
    eve< :chat.test 403 eve #none :*
    eve> @+x=y TAGMSG #den
    eve< :chat.test 403 eve #den :*
    eve> TOPIC #den :hi
    eve< :chat.test 403 eve #den :*
    eve> PART #den
    eve< :chat.test 403 eve #den :*
    eve> MODE #den +b
    eve< :chat.test 403 eve #den :*
    eve> KICK #den ann
    eve< :chat.test 403 eve #den :*
    eve> INVITE bob #den
    eve< :chat.test 403 eve #den :*
    eve> REDACT #den abc
    eve< :chat.test FAIL REDACT INVALID_TARGET #den :*
    eve> REDACT #none abc
    eve< :chat.test FAIL REDACT INVALID_TARGET #none :*
    bob> /msg #den hi
    bob< -- There is no room #den; /rooms lists those there are.
    ann> MODE #den -s
    ann< * MODE #den -s
    eve> PRIVMSG #den :hi
    eve< :chat.test 404 eve #den :*
  `,
);
