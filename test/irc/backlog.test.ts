import { rule } from "./rule.ts";

// A newcomer without history of its own is shown what was said, with server-time where it knows that.
rule(
  "one who comes is shown what was said before",
  `
    ann: irc
    ann> JOIN #dev
    ann< * JOIN #dev
    ann< * 353 *
    ann< * 366 *
    ann> PRIVMSG #dev :first
    ann> PRIVMSG #dev :\\x01ACTION waves\\x01
    bob: irc
    bob> JOIN #dev
    bob< * JOIN #dev
    bob< * 353 *
    bob< * 366 *
    bob< :ann!* PRIVMSG #dev :[*:*] first
    bob< :ann!* PRIVMSG #dev :\\x01ACTION [*:*] waves\\x01
    ann< * JOIN #dev
    eve: irc server-time
    eve> JOIN #dev
    eve< * JOIN #dev
    eve< * 353 *
    eve< * 366 *
    eve< @time=*Z :ann!* PRIVMSG #dev :first
    eve< @time=*Z :ann!* PRIVMSG #dev :\\x01ACTION waves\\x01
    ann< * JOIN #dev
    bob< * JOIN #dev
  `,
);
