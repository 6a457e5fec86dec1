import { expect, test } from "bun:test";
import { COMMANDS } from "../../../src/irc/commands/table.ts";
import { defaultConfig } from "../../../src/server/config/read.ts";
import { startChat } from "../../support/chat-server.ts";
import { WireClient } from "../../support/socket.ts";
import { rule } from "../../support/transcript.ts";

// "RPL_LUSERCLIENT: <u>, <i>, and <s> are non-negative integers, and represent the number of total users, invisible users,
// and other servers". "RPL_LUSERUNKNOWN: <connections> is a positive integer and represents the number of connections to
// this server that are currently in an unknown state." (Modern IRC)
rule(
  "LUSERS counts the present users and connections",
  `
    ann: irc
    bob: irc
    new: raw
    old: raw
    old> CAP LS
    old< * CAP * LS :*
    bob> MODE bob +i
    bob< * MODE *
    ann> JOIN #dev
    ann< * JOIN #dev
    ann< * 353 *
    ann< * 366 *
    ann> LUSERS
    ann< :chat.test 251 ann :There are 1 users and 1 invisible on 1 servers
    ann< :chat.test 253 ann 2 :unknown connection(s)
    ann< :chat.test 254 ann 1 :channels formed
    ann< :chat.test 255 ann :I have 2 clients and 0 servers
    ann< :chat.test 265 ann 2 2 :Current local users 2, max 2
    ann< :chat.test 266 ann 2 2 :Current global users 2, max 2
    old> QUIT
    old< ERROR *
    old.
    bob> QUIT
    bob< ERROR *
    bob.
    ann> OPER root sesame
    ann< * 381 *
    ann< * MODE *
    ann> PART #dev
    ann< * PART #dev
    ann> LUSERS
    ann< :chat.test 251 ann :There are 1 users and 0 invisible on 1 servers
    ann< :chat.test 252 ann 1 :operator(s) online
    ann< :chat.test 253 ann 1 :unknown connection(s)
    ann< :chat.test 255 ann :I have 1 clients and 0 servers
    ann< :chat.test 265 ann 1 2 :Current local users 1, max 2
    ann< :chat.test 266 ann 1 2 :Current global users 1, max 2
  `,
  { operators: [{ name: "root", password: "sesame" }] },
);

// RPL_LINKS: "`<client> <server1> <server2> :<hopcount> <server info>`", of two servers that are linked: with one server,
// that is the server and itself, at a distance of 0.
// "If <target> is given and a matching server cannot be found, the server will respond with the ERR_NOSUCHSERVER numeric
// and the command will fail." "Wildcards are allowed in the <target> parameter." (Modern IRC, VERSION and its kin)
rule(
  "queries answer for this server, and for no other",
  `
    ann: irc
    ann> VERSION chat.*
    ann< :chat.test 351 ann tcpchat-0.0.0 chat.test :tcpchat
    ann< * 005 *
    ann< * 005 *
    ann< * 005 *
    ann> VERSION other.test
    ann< :chat.test 402 ann other.test :No such server
    ann> TIME ann
    ann< :chat.test 391 ann chat.test :* GMT
    ann> INFO
    ann< :chat.test 371 ann :tcpchat *
    ann< :chat.test 371 ann :Up since *
    ann< :chat.test 374 ann :End of INFO list
    ann> MOTD
    ann< :chat.test 422 ann :MOTD File is missing
    ann> MOTD other.test
    ann< :chat.test 402 ann other.test :*
    ann> ADMIN
    ann< :chat.test 256 ann chat.test :Administrative info
    ann< :chat.test 257 ann :Berlin
    ann< :chat.test 258 ann :The friends of chat
    ann< :chat.test 259 ann :admin@chat.test
    ann> LINKS
    ann< :chat.test 364 ann chat.test chat.test :0 tcpchat
    ann< :chat.test 365 ann \\x2a :End of /LINKS list
    ann> STATS u
    ann< :chat.test 242 ann :Server Up 0 days 0:00:0*
    ann< :chat.test 219 ann u :End of /STATS report
    ann> STATS m other.test
    ann< :chat.test 402 ann other.test :*
    ann> STATS x
    ann< :chat.test 219 ann x :End of /STATS report
    ann> STATS
    ann< :chat.test 461 ann STATS :*
  `,
  { admin: ["Berlin", "The friends of chat", "admin@chat.test"] },
);

const LONG = "n".repeat(80);

rule(
  "the greeting has the nick, whatever its length",
  `
    new: raw
    new> NICK ${LONG}
    new> USER new 0 * :New
    new< :chat.test 001 ${LONG} :Welcome to the tcpchat Network, ${LONG}
    new< :chat.test 002 ${LONG} *
    new< :chat.test 003 ${LONG} *
    new< :chat.test 004 ${LONG} *
    new< :chat.test 005 ${LONG} *
    new< :chat.test 005 ${LONG} *
    new< :chat.test 005 ${LONG} *
    new< :chat.test 396 ${LONG} *
    new< :chat.test 251 ${LONG} *
    new< :chat.test 255 ${LONG} *
    new< :chat.test 265 ${LONG} *
    new< :chat.test 266 ${LONG} *
    new< :chat.test 422 ${LONG} *
  `,
  { limits: { ...defaultConfig().limits, nickLength: 0 } },
);

// "The `trailing` parameter is prefixed by a colon" (Modern IRC, Parameters): it may be left out before one word, but old
// clients and bots look for it.
rule(
  "a text at the end of a line has a colon, even if it is one word",
  `
    ann: irc
    ann> JOIN #r
    ann~ 366
    ann> TOPIC #r word
    ann< :ann!~ann@* TOPIC #r :word
    ann> TOPIC #r
    ann< :chat.test 332 ann #r :word
    ann< :chat.test 333 ann #r ann!*
    ann> SETNAME word
    ann> AWAY word
    ann< :chat.test 306 ann :*
    ann> WHOIS ann
    ann< :chat.test 311 ann ann ~ann * \\x2a :word
    ann< :chat.test 319 ann ann :@#r
    ann< :chat.test 312 ann ann chat.test :tcpchat
    ann< :chat.test 301 ann ann :word
    ann~ 318
    ann> ISON ann
    ann< :chat.test 303 ann :ann
    ann> PRIVMSG ann word
    ann< :chat.test 301 ann ann :word
    ann< :ann!~ann@* PRIVMSG ann :word
  `,
);

// "The <subject> MUST be the one requested by the client, but may be casefolded; unless it would be an invalid parameter,
// in which case it MUST be *." "Note that the final line MUST be a RPL_ENDOFHELP numeric." (Modern IRC, RPL_HELPTXT)
test("HELP explains every command", async () => {
  await using chat = startChat();
  const wire = await WireClient.open(chat.port);
  wire.send("NICK ann\r\nUSER ann 0 * :Ann\r\n");
  await wire.until(/ 422 /);
  for (const [name, { help }] of COMMANDS) {
    wire.send(`HELP ${name.toLowerCase()}\r\n`);
    const lines = await wire.until(/ 706 /);
    expect(lines).toContain(`:chat.test 705 ann ${name.toLowerCase()} :${help}`);
  }
  wire.send("HELP\r\nHELP nonsense\r\nHELP :no such thing\r\n");
  const list = (await wire.until(/ 706 /)).join("\n");
  for (const name of COMMANDS.keys()) expect(list).toContain(name);
  expect(await wire.next()).toBe(":chat.test 524 ann nonsense :No help available on this topic");
  expect(await wire.next()).toBe(":chat.test 524 ann * :No help available on this topic");
  wire.close();
});

// "The RPL_HELPSTART message SHOULD be some sort of title and the first RPL_HELPTXT message SHOULD be empty." (Modern IRC,
// HELP)
rule(
  "HELP begins with a title and an empty line",
  `
    ann: irc
    ann> HELP time
    ann< :chat.test 704 ann time :TIME [server]
    ann< :chat.test 705 ann time :
    ann< :chat.test 705 ann time :Shows the server's time.
    ann< :chat.test 706 ann time :*
    ann> HELP
    ann< :chat.test 704 ann \\x2a :*
    ann< :chat.test 705 ann \\x2a :
    ann~ 706
  `,
);

// "When the draft/extended-isupport capability is enabled by the client, the server MUST accept ISUPPORT commands before
// connection registration completes". "The server MUST group all RPL_ISUPPORT messages inside a draft/isupport batch when
// the batch and draft/extended-isupport capabilities are enabled." (IRCv3 draft/extended-isupport)
rule(
  "ISUPPORT answers before registration, in a batch for clients that know it",
  `
    ann: raw
    ann> NICK ann
    ann> ISUPPORT
    ann< :chat.test 451 ann :*
    ann> CAP REQ :batch draft/extended-isupport labeled-response
    ann< :chat.test CAP ann ACK :*
    ann> @label=early ISUPPORT
    ann< @label=early :chat.test BATCH +* draft/isupport
    ann< @batch=* :chat.test 005 ann ACCOUNTEXTBAN=a * :are supported by this server
    ann< @batch=* :chat.test 005 ann * :are supported by this server
    ann< @batch=* :chat.test 005 ann * UTF8ONLY WHOX :are supported by this server
    ann< :chat.test BATCH -*
    ann> USER ann 0 * :Ann
    ann> CAP END
    ann~ 004 ann
    ann< :chat.test BATCH +* draft/isupport
    ann< @batch=* :chat.test 005 ann *
    ann< @batch=* :chat.test 005 ann *
    ann< @batch=* :chat.test 005 ann *
    ann< :chat.test BATCH -*
    ann~ 422
    ann> @label=v VERSION
    ann< @label=v :chat.test BATCH +* labeled-response
    ann< @batch=* :chat.test 351 ann *
    ann< @batch=* :chat.test BATCH +* draft/isupport
    ann< @batch=* :chat.test 005 ann *
    ann< @batch=* :chat.test 005 ann *
    ann< @batch=* :chat.test 005 ann *
    ann< @batch=* :chat.test BATCH -*
    ann< :chat.test BATCH -*
    bob: irc
    bob> ISUPPORT
    bob< :chat.test 005 bob *
    bob< :chat.test 005 bob *
    bob< :chat.test 005 bob *
  `,
);
