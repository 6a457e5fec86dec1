import { expect, test } from "bun:test";
import { startChat } from "../../support/chat-server.ts";
import { WireClient } from "../../support/socket.ts";
import { rule } from "../../support/transcript.ts";

const ROOM = `
    ann: irc
    bob: irc
    ann> JOIN #dev
    ann~ 366
    bob> JOIN #dev
    bob~ 366
    ann~ JOIN
`;

// "/TBAN <channel> <duration> <mask>": "Sets a timed ban on the channel." (InspIRCd, timedbans)
rule(
  "TBAN sets a ban that expires, visible to everyone, and lists the bans that expire",
  `
    ${ROOM}
    ann> TBAN #dev 2h eve!*@* :too loud
    ann< :ann!* MODE #dev +b eve!*@*
    bob< :ann!* MODE #dev +b eve!*@*
    bob> MODE #dev b
    bob< :chat.test 367 bob #dev eve!*@* ann!~ann@* 1*
    bob< :chat.test 368 bob #dev :*
    bob> TBAN #dev
    bob< :chat.test NOTICE bob :#dev eve!*@* until * UTC (2h left): too loud
    ann> TBAN #dev 0 eve!*@*
    ann< :ann!* MODE #dev +b eve!*@*
    bob< :ann!* MODE #dev +b eve!*@*
    bob> TBAN #dev
    bob< :chat.test NOTICE bob :#dev has no ban that expires
  `,
);

rule(
  "the list of bans has each ban's end and reason as tags, for clients with message-tags",
  `
    ${ROOM}
    cat: irc message-tags
    ann> TBAN #dev 2h eve!*@* :too loud
    ann~ MODE
    bob~ MODE
    cat> MODE #dev b
    cat< @tcpchat/until=*Z;tcpchat/reason=too\\sloud :chat.test 367 cat #dev eve!*@* ann!~ann@* 1*
    cat< :chat.test 368 cat *
  `,
);

rule(
  "a ban that is set has its end, its reason and whom it means as tags, for clients with message-tags",
  `
    ${ROOM}
    cat: irc message-tags
    cat> JOIN #dev
    cat~ 366
    ann< :cat!* JOIN #dev
    bob< :cat!* JOIN #dev
    ann> TBAN #dev 2h eve!*@* :too loud
    ann< :ann!* MODE #dev +b eve!*@*
    bob< :ann!* MODE #dev +b eve!*@*
    cat< @msgid=*;tcpchat/until=*Z;tcpchat/reason=too\\sloud :ann!* MODE #dev +b eve!*@*
    ann> MODE #dev -b eve!*@*
    ann< :ann!* MODE #dev -b eve!*@*
    bob< :ann!* MODE #dev -b eve!*@*
    cat< @msgid=* :ann!* MODE #dev -b eve!*@*
  `,
);

rule(
  "a ban or mute of a guest on the operator's own host follows the guest, and the operator is told how far",
  `
    ${ROOM}
    ann> TBAN #dev 0 m:bob
    ann< :ann!* MODE #dev +b m:bob!*@*
    ann< :chat.test NOTICE ann :bob is a guest at your own host: this holds for any nick until bob disconnects, then only for the nick bob; /set invite-only on keeps out everyone who is not invited
    bob< :ann!* MODE #dev +b m:bob!*@*
    bob> PART #dev
    ann< :bob!* PART #dev
    bob~ PART
    bob> NICK rob
    bob~ NICK
    bob> JOIN #dev
    bob~ 366
    ann< :rob!* JOIN #dev
    bob> PRIVMSG #dev :hello
    bob< :chat.test 404 rob #dev :*
    ann> TBAN #dev 0 rob
    ann~ NOTICE
    bob~ KICK
    ann< :ann!* KICK #dev rob *
    bob> NICK bert
    bob~ NICK
    bob> JOIN #dev
    bob< :chat.test 474 bert #dev :*
    ann> MODE #dev -b bert
    ann< :ann!* MODE #dev -b rob!*@*
    bob> JOIN #dev
    bob~ 366
    ann< :bert!* JOIN #dev
  `,
);

rule(
  "an invalid TBAN is refused with a hint",
  `
    ${ROOM}
    ann> TBAN
    ann< :chat.test 461 ann TBAN :*
    ann> TBAN #nowhere 2h x
    ann< :chat.test 403 ann #nowhere :*
    ann> TBAN #dev 2h
    ann< :chat.test 461 ann TBAN :*
    ann> TBAN #dev 5x eve
    ann< :chat.test FAIL TBAN INVALID_DURATION #dev :Duration "5x": use 10m, 2h or 7d
    ann> TBAN #dev soon eve
    ann< :chat.test FAIL TBAN INVALID_DURATION #dev :Duration "soon": use 10m, 2h or 7d
    ann> TBAN #dev 2h ,bad
    ann< :chat.test 696 ann #dev b ,bad :*
    bob> TBAN #dev 2h ann
    bob< :chat.test 482 bob #dev :*
  `,
);

rule(
  "in TBAN and -b a nick bans, mutes or unbans its holder's account; in +b it is the nick itself",
  `
    ${ROOM}
    bob> REGISTER * * secret
    bob~ REGISTER SUCCESS
    bob~ 900
    ann> TBAN #dev 10m m:bob
    ann< :ann!* MODE #dev +b m:a:bob
    bob< :ann!* MODE #dev +b m:a:bob
    bob> PRIVMSG #dev :hello?
    bob< :chat.test 404 bob #dev :*
    ann> TBAN #dev 10m bob :too loud
    ann< :ann!* MODE #dev +b a:bob
    bob< :ann!* MODE #dev +b a:bob
    ann< :ann!* KICK #dev bob :too loud
    bob< :ann!* KICK #dev bob :too loud
    bob> JOIN #dev
    bob< :chat.test 474 bob #dev :*
    ann> TBAN #dev
    ann< :chat.test NOTICE ann :#dev bob (m:a:bob) until *
    ann< :chat.test NOTICE ann :#dev bob (a:bob) until *: too loud
    ann> MODE #dev -bb bob m:bob
    ann< :ann!* MODE #dev -bb a:bob m:a:bob
    bob> JOIN #dev
    bob~ 366
    ann~ JOIN
    ann> MODE #dev +b bob
    ann< :ann!* MODE #dev +b bob!*@*
    bob< :ann!* MODE #dev +b bob!*@*
  `,
);

test("a ban expires, and the members see a -b from the server", async () => {
  let now = Date.now();
  await using chat = startChat({}, () => now);
  const [ann, eve] = [await WireClient.open(chat.port), await WireClient.open(chat.port)];
  ann.send("NICK ann\r\nUSER a 0 * :A\r\nJOIN #dev\r\nTBAN #dev 10s eve!*@*\r\n");
  await ann.until(/MODE #dev \+b/);
  eve.send("NICK eve\r\nUSER e 0 * :E\r\nJOIN #dev\r\n");
  await eve.until(/ 474 eve #dev /);
  now += 10_000;
  eve.send("JOIN #dev\r\n");
  await eve.until(/ 366 /);
  expect(await ann.next()).toBe(":chat.test MODE #dev -b eve!*@*");
  for (const wire of [ann, eve]) wire.close();
});
