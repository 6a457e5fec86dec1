import { CHAT_LIMITS } from "../../../src/chat/model/limits.ts";
import { rule } from "../../support/transcript.ts";

// "ERR_TOOMANYCHANNELS: Indicates that the JOIN command failed because the client has joined their maximum number of
// channels." (Modern IRC)
rule(
  "limits are refused with their numerics",
  `
    ann: irc
    ann> JOIN #a,#b
    ann< * JOIN #a
    ann< * 353 *
    ann< * 366 *
    ann< :chat.test 405 ann #b :You are in 1 room, and nobody may be in more
    ann> MODE #a +bb x y
    ann< :ann!* MODE #a +b x!*@*
    ann< :chat.test 478 ann #a y!*@* :y!*@* does not fit: #a keeps at most * bans
    ann> NICK ${"n".repeat(33)}
    ann< :chat.test 432 ann n* :"n*" cannot be a nick: *
    ann> JOIN #${"r".repeat(64)}
    ann< :chat.test 403 ann #r* :*
  `,
  { limits: { ...CHAT_LIMITS, roomsPerMember: 1, listEntries: 1 } },
);

// "ERR_NICKNAMEINUSE: Returned when a client tries to use the NICK command to change their nickname to one that is
// already in use" (Modern IRC): clients ask for another one then, and so they do where a nick is taken for another's.
rule(
  "a nick or a room that looks like another is refused, with the name of the other",
  `
    lisa: irc
    eve: irc
    eve> NICK l1sa
    eve< :chat.test 433 eve l1sa :l1sa looks like lisa, who is somebody else; l1sa-2 is free
    eve> NICK admin
    eve< :chat.test 433 eve admin :admin is reserved by the server; admin-2 is free
    eve> JOIN #1obby
    eve< :chat.test 476 eve #1obby :#1obby looks like #lobby, which is another room
    eve> NICK lisa_
    eve< :eve!* NICK lisa_
    mia: raw
    mia> NICK 1isa
    mia< * 432 *
    mia> NICK |isa
    mia> USER mia 0 * :Mia
    mia< :chat.test 433 * |isa :|isa looks like lisa, who is somebody else; |isa-2 is free
    mia> NICK mia
    mia< :chat.test 001 mia *
    mia~ 422 mia
  `,
);

// One line gets each refusal once: "every error is the right numeric with the right parameters, once".
rule(
  "a line that fails many times in the same way is answered once, and so is the next line",
  `
    ann: irc
    bob: irc
    eve: irc
    ann> JOIN #a
    ann< * JOIN #a
    ann< * 353 *
    ann< * 366 *
    bob> JOIN #a
    bob< * JOIN #a
    bob< * 353 *
    bob< * 366 *
    ann< * JOIN #a
    bob> KICK #a ann,eve,bob
    bob< :chat.test 482 bob #a :*
    bob> KICK #a ann
    bob< :chat.test 482 bob #a :*
    ann> MODE #a +ovo nobody nobody nobody
    ann< :chat.test 401 ann nobody :*
    eve> PART #a,#A
    eve< :chat.test 442 eve #a :*
  `,
);
