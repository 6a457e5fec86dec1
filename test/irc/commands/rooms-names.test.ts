import { rule } from "../../support/transcript.ts";

// "If the given channel has the secret channel mode set and the user is not joined to that channel, one RPL_ENDOFNAMES
// numeric is returned. Users with the invisible user mode set are not shown in channel responses unless the requesting
// client is also joined to that channel." (Modern IRC, NAMES)
rule(
  "NAMES shows a client only the members that it may see",
  `
    ann: irc multi-prefix
    bob: irc userhost-in-names
    eve: irc
    ann> JOIN #dev
    ann< * JOIN #dev
    ann< * 353 *
    ann< * 366 *
    bob> JOIN #dev
    bob< * JOIN #dev
    bob< :chat.test 353 bob = #dev :@ann!~ann@* bob!~bob@*
    bob< * 366 *
    ann< * JOIN #dev
    ann> MODE #dev +v ann
    ann< * MODE *
    bob< * MODE *
    ann> NAMES #dev
    ann< :chat.test 353 ann = #dev :@+ann bob
    ann< :chat.test 366 ann #dev :End of /NAMES list
    bob> MODE bob +i
    bob< * MODE bob +i
    eve> NAMES #dev,#nowhere
    eve< :chat.test 353 eve = #dev :@ann
    eve< :chat.test 366 eve #dev :End of /NAMES list
    eve< :chat.test 366 eve #nowhere :End of /NAMES list
    ann> MODE #dev +s
    ann< * MODE *
    bob< * MODE *
    eve> NAMES #dev
    eve< :chat.test 366 eve #dev :End of /NAMES list
    ann> NAMES #DEV
    ann< :chat.test 353 ann @ #dev :@+ann bob
    ann< :chat.test 366 ann #dev :End of /NAMES list
    eve> NAMES
    eve< :chat.test 366 eve * :End of /NAMES list
  `,
);
