import { rule } from "../rule.ts";

// "In response to a successful LIST command, the server MAY send one RPL_LISTSTART numeric, MUST send back zero or more
// RPL_LIST numerics, and MUST send back one RPL_LISTEND numeric." ELIST: "N: Searching based on a non-matching !mask",
// "U: […] via the "<val" and ">val" modifiers", "C", "T". (Modern IRC, LIST, ELIST)
rule(
  "rooms are listed by name, mask, size and age",
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
