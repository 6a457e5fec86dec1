import { rule } from "./rule.ts";

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
    bob< :chat.test 319 bob ann @#one
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
