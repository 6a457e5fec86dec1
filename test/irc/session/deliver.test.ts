import { rule } from "../../support/transcript.ts";

// "When negotiated, servers MUST NOT send an implicit NAMES reply after sending a JOIN message. Servers MUST reply to
// explicit NAMES commands sent by the client as usual." (IRCv3 no-implicit-names)
rule(
  "with no-implicit-names, under either name, a JOIN is not followed by NAMES",
  `
    ann: irc no-implicit-names
    bob: irc draft/no-implicit-names
    ann> JOIN #dev
    ann< * JOIN #dev
    bob> JOIN #dev
    bob< * JOIN #dev
    ann< * JOIN #dev
    ann> NAMES #dev
    ann< * 353 ann = #dev :@ann bob
    ann< * 366 *
  `,
);

// "When enabled, clients will be sent an AWAY message when a user sharing a channel with them sets, changes or removes
// their away state, as well as when a user joins and has an away message set." (IRCv3 away-notify); ":nick!user@host JOIN
// #channelname * :Real Name" (IRCv3 extended-join)
rule(
  "JOIN has more with extended-join and away-notify",
  `
    ann: irc away-notify extended-join
    bob: irc away-notify
    eve: irc
    ann> JOIN #dev
    ann< :ann!~ann@* JOIN #dev * :Real ann
    ann< * 353 *
    ann< * 366 *
    bob> AWAY :lunch
    bob< :chat.test 306 bob :*
    bob> JOIN #dev
    bob< :bob!* JOIN #dev
    bob< * 353 *
    bob< * 366 *
    ann< :bob!~bob@* JOIN #dev * :Real bob
    ann< :bob!~bob@* AWAY :lunch
    eve> JOIN #dev
    eve< * JOIN #dev
    eve< * 353 *
    eve< * 366 *
    ann< :eve!~eve@* JOIN #dev * :Real eve
    bob< :eve!~eve@* JOIN #dev
    bob> AWAY
    bob< :chat.test 305 bob :*
    ann< :bob!~bob@* AWAY
  `,
);
