import { expect, test } from "bun:test";
import type { ChatEvent } from "../../../src/chat/model/event.ts";
import { Whowas } from "../../../src/irc/commands/people.ts";
import { memoryStore } from "../../../src/store/sqlite.ts";
import { saslPlain } from "../../support/accounts.ts";
import { startChat } from "../../support/chat-server.ts";
import { WireClient } from "../../support/socket.ts";
import { rule } from "../../support/transcript.ts";

const OPERATORS = { operators: [{ name: "root", password: "sesame" }] };

// "RPL_WHOREPLY: <client> <channel> <username> <host> <server> <nick> <flags> :<hopcount> <realname>". "<flags> contains
// the following characters, in this order: Away status […]. Optionally, a literal asterisk character to indicate that
// the user is a server operator. Optionally, the highest channel membership prefix." (Modern IRC)
rule(
  "WHO lists a room, with the flags in order",
  `
    ann: irc multi-prefix
    bob: irc
    ann> JOIN #dev
    ann< * JOIN #dev
    ann< * 353 *
    ann< * 366 *
    bob> JOIN #dev
    bob< * JOIN #dev
    bob< * 353 *
    bob< * 366 *
    ann< * JOIN #dev
    ann> OPER root sesame
    ann< * 381 *
    ann< * MODE ann +o
    ann> AWAY :x
    ann< * 306 *
    ann> MODE #dev +v ann
    ann< * MODE *
    bob< * MODE *
    ann> WHO #DEV
    ann< :chat.test 352 ann #dev ~ann *.cloak chat.test ann G*@+ :0 Real ann
    ann< :chat.test 352 ann #dev ~bob *.cloak chat.test bob H :0 Real bob
    ann< :chat.test 315 ann #DEV :End of WHO list
    bob> WHO #dev o
    bob< :chat.test 352 bob #dev ~ann *.cloak chat.test ann G*@ :0 Real ann
    bob< :chat.test 315 bob #dev :End of WHO list
    bob> WHO #nowhere
    bob< :chat.test 315 bob #nowhere :End of WHO list
  `,
  OPERATORS,
);

// "An exact nickname, in which case a single user is returned. A mask pattern, in which case all visible users whose
// nickname matches are listed. […] Absent or set to "0", in which case all visible users are listed." (Modern IRC, WHO)
rule(
  "WHO lists by nick, by mask, and everyone who is not invisible",
  `
    ann: irc
    bob: irc
    eve: irc
    eve> MODE eve +i
    eve< * MODE *
    ann> WHO BOB
    ann< :chat.test 352 ann \\x2a ~bob *.cloak chat.test bob H :0 Real bob
    ann< :chat.test 315 ann BOB :End of WHO list
    ann> WHO b?b
    ann< * 352 * bob H :0 Real bob
    ann< :chat.test 315 ann b?b :End of WHO list
    ann> WHO *!~b*@*
    ann< * 352 * bob H :0 Real bob
    ann< * 315 *
    ann> WHO 0
    ann< * 352 * ann H :0 Real ann
    ann< * 352 * bob H :0 Real bob
    ann< :chat.test 315 ann 0 :End of WHO list
    ann> WHO ?ve
    ann< :chat.test 315 ann ?ve :End of WHO list
    ann> WHO
    ann< * 352 * ann *
    ann< * 352 * bob *
    ann< :chat.test 315 ann * :End of WHO list
    eve> WHO e?e
    eve< * 352 * eve *
    eve< * 315 *
  `,
);

// "Servers MUST send the fields in the order specified above. Servers MUST include in their reply all of the standard
// fields requested by the client, and MUST NOT add any additional field not requested by the client." (IRCv3 WHOX)
rule(
  "WHOX sends the requested fields, in its own order",
  `
    ann: irc
    ann> WHO ann %tcuihsnflar,42
    ann< :chat.test 354 ann 42 \\x2a ~ann 127.0.0.1 *.cloak chat.test ann H 0 0 :Real ann
    ann< :chat.test 315 ann ann :End of WHO list
    bob: irc
    bob> WHO ann %afnt,7
    bob< :chat.test 354 bob 7 ann H 0
    bob< * 315 *
    bob> WHO ann %in
    bob< :chat.test 354 bob 255.255.255.255 ann
    bob< * 315 *
    bob> WHO ann o%n
    bob< * 315 *
    bob> WHO ann %yz
    bob< :chat.test 354 bob
    bob< * 315 *
  `,
);

// "RPL_ENDOFWHOIS: <nick> MUST be exactly the <nick> parameter sent by the client in its WHOIS message. This means the
// case MUST be preserved, and if the client sent multiple nicks, this MUST be the comma-separated list of nicks."
rule(
  "WHOIS answers what the client may see",
  `
    ann: irc
    bob: irc
    ann> JOIN #open,#hidden
    ann< * JOIN #open
    ann< * 353 *
    ann< * 366 *
    ann< * JOIN #hidden
    ann< * 353 *
    ann< * 366 *
    ann> MODE #hidden +s
    ann< * MODE *
    bob> WHOIS ANN
    bob< :chat.test 311 bob ann ~ann *.cloak * :Real ann
    bob< :chat.test 319 bob ann :@#open
    bob< :chat.test 312 bob ann chat.test :tcpchat
    bob< :chat.test 317 bob ann * * :seconds idle, signon time
    bob< :chat.test 318 bob ANN :End of /WHOIS list
    ann> WHOIS chat.test ann
    ann< * 311 *
    ann< :chat.test 319 ann ann :@#open @#hidden
    ann< * 312 *
    ann< :chat.test 379 ann ann :is using modes +
    ann< :chat.test 338 ann ann ~ann@*.cloak 127.0.0.1 :Is actually using host
    ann< * 317 *
    ann< * 318 *
    ann> MODE ann +i
    ann< * MODE *
    bob> WHOIS ann,nobody
    bob< * 311 *
    bob< * 312 *
    bob< * 317 *
    bob< :chat.test 401 bob nobody :*
    bob< :chat.test 318 bob ann,nobody :End of /WHOIS list
    bob> WHOIS
    bob< :chat.test 431 bob :No nickname given
    bob> WHOIS other.server ann
    bob< :chat.test 402 bob other.server :No such server
    ann> OPER root sesame
    ann< * 381 *
    ann< * MODE *
    bob> AWAY :gone
    bob< * 306 *
    ann> WHOIS bob bob
    ann< * 311 *
    ann< * 312 *
    ann< :chat.test 301 ann bob :gone
    ann< :chat.test 379 ann bob :is using modes +
    ann< :chat.test 338 *
    ann< * 317 *
    ann< * 318 *
    bob> WHOIS ann
    bob< * 311 *
    bob< * 312 *
    bob< :chat.test 313 bob ann :is an IRC operator
    bob< * 317 *
    bob< * 318 *
  `,
  OPERATORS,
);

// "The history is searched backward, returning the most recent entry first. If there are multiple entries, up to <count>
// replies will be returned." "Servers MUST reply with either ERR_WASNOSUCHNICK or a non-empty list of WHOWAS entries, both
// followed with RPL_ENDOFWHOWAS." (Modern IRC, WHOWAS)
rule(
  "WHOWAS lists former holders of a nick, the latest first",
  `
    ann: irc
    bob: irc
    bob> NICK zoe
    bob< :bob!* NICK zoe
    eve: irc
    eve> NICK bob
    eve< :eve!* NICK bob
    eve> QUIT
    eve< ERROR *
    eve.
    ann> WHOWAS BOB
    ann< :chat.test 314 ann bob ~eve *.cloak * :Real eve
    ann< :chat.test 312 ann bob chat.test :*
    ann< :chat.test 314 ann bob ~bob *.cloak * :Real bob
    ann< :chat.test 312 ann bob chat.test :*
    ann< :chat.test 369 ann BOB :End of WHOWAS
    ann> WHOWAS bob 1
    ann< :chat.test 314 ann bob ~eve *.cloak * :Real eve
    ann< :chat.test 312 *
    ann< :chat.test 369 *
    ann> WHOWAS ann
    ann< :chat.test 406 ann ann :There was no such nickname
    ann< :chat.test 369 ann ann :End of WHOWAS
    ann> WHOWAS
    ann< :chat.test 431 ann :No nickname given
  `,
);

test("setting the clock changes neither idle times nor the uptime", async () => {
  const clocks = { clock: 1_000_000, steady: 1_000_000 };
  const more = { steady: () => clocks.steady };
  await using chat = startChat({}, () => clocks.clock, memoryStore, more);
  const ann = await WireClient.open(chat.port);
  ann.send("NICK ann\r\nUSER a 0 * :A\r\n");
  await ann.until(/ 422 /);
  clocks.clock += 86_400_000;
  clocks.steady += 7000;
  ann.send("WHOIS ann ann\r\nSTATS u\r\n");
  expect((await ann.until(/ 317 /)).at(-1)).toContain(" 317 ann ann 7 ");
  expect((await ann.until(/ 242 /)).at(-1)).toContain("Server Up 0 days 0:00:07");
  ann.close();
});

// "<isop> is included if the user […] has registered as an operator. <isaway> […] "+" represents that the user is not
// away, and "-" represents that the user is away." "takes up to five nicknames" (Modern IRC, USERHOST)
rule(
  "USERHOST and ISON list the nicks that are online",
  `
    ann: irc
    bob: irc
    bob> AWAY :x
    bob< * 306 *
    ann> OPER root sesame
    ann< * 381 *
    ann< * MODE *
    ann> USERHOST ann nobody BOB a b bob
    ann< :chat.test 302 ann :ann*=+~ann@*.cloak bob=-~bob@*.cloak
    ann> USERHOST nobody
    ann< :chat.test 302 ann :
    ann> USERHOST
    ann< :chat.test 461 ann USERHOST :*
    ann> ISON nobody BOB :ann nobody
    ann< :chat.test 303 ann :bob ann
    ann> ISON nobody
    ann< :chat.test 303 ann :
  `,
  OPERATORS,
);

// "If they accept the realname change, they MUST send the server-to-client version of the SETNAME message to all clients
// in common channels, as well as to the client from which it originated. The SETNAME message MUST NOT be sent to clients
// which do not have the capability negotiated." "FAIL SETNAME INVALID_REALNAME :Realname is not valid" (IRCv3 setname)
rule(
  "SETNAME is sent to clients with setname, and refused with FAIL",
  `
    ann: irc setname
    bob: irc setname
    eve: irc
    zoe: irc setname
    ann> JOIN #dev
    ann< * JOIN #dev
    ann< * 353 *
    ann< * 366 *
    bob> JOIN #dev
    bob< * JOIN #dev
    bob< * 353 *
    bob< * 366 *
    ann< * JOIN *
    eve> JOIN #dev
    eve< * JOIN #dev
    eve< * 353 *
    eve< * 366 *
    ann< * JOIN *
    bob< * JOIN *
    ann> SETNAME :Bruce Wayne
    ann< :ann!* SETNAME :Bruce Wayne
    bob< :ann!* SETNAME :Bruce Wayne
    ann> SETNAME :${"x".repeat(151)}
    ann< :chat.test FAIL SETNAME INVALID_REALNAME :*
    ann> SETNAME
    ann< :chat.test 461 ann SETNAME :*
    zoe> WHO ann %r
    zoe< :chat.test 354 zoe :Bruce Wayne
    zoe< * 315 *
  `,
);

// "If the capability has been negotiated, servers MUST accept the AWAY command before connection registration has
// completed." "an away message of `*` should be treated as though the connection did not exist at all (for example, it
// should not supersede a human-readable AWAY message set by another connection, even if it is more recent)" (IRCv3
// draft/pre-away)
rule(
  "a client may send AWAY before registration, and `*` while nobody uses it",
  `
    bob: raw
    bob> CAP LS
    bob< * CAP * LS :*
    bob> AWAY :early
    bob< :chat.test 451 * :*
    bob> CAP REQ draft/pre-away
    bob< :chat.test CAP * ACK :draft/pre-away
    bob> AWAY :gone to lunch
    bob< :chat.test 306 * :You have been marked as being away
    bob> NICK bob
    bob> USER bob 0 * :Bob
    bob> CAP END
    bob~ 422
    bob< :chat.test 306 bob :You have been marked as being away
    ann: irc
    ann> PRIVMSG bob :hello
    ann< :chat.test 301 ann bob :gone to lunch
    bob< * PRIVMSG bob :hello
    ann> REGISTER * * sesame88
    ann~ 900
    ann> AWAY :back at five
    ann< * 306 *
    two: raw
    two> CAP REQ :draft/pre-away sasl
    two< *
    two> AUTHENTICATE PLAIN
    two< AUTHENTICATE +
    two> AUTHENTICATE ${saslPlain("ann", "sesame88")}
    two< * 900 *
    two< * 903 *
    two> AWAY *
    two< :chat.test 306 * :*
    two> NICK ann
    two> USER ann 0 * :Ann
    two> CAP END
    two~ 422
    two> AWAY *
    two< :chat.test 306 ann :*
    bob> PRIVMSG ann :hello
    bob< :chat.test 301 bob ann :back at five
    ann< * PRIVMSG ann :hello
    two< * PRIVMSG ann :hello
  `,
);

function who(nick: string, user = "u") {
  return { nick, user, host: "h", realname: "", account: undefined };
}

function gone(nick: string, user: string, time: number): ChatEvent {
  return { type: "quit", who: who(nick, user), reason: "", seq: time, msgid: "", time, origin: undefined };
}

function renamed(nick: string, to: string, time: number): ChatEvent {
  return {
    type: "renamed",
    who: who(nick),
    nick: to,
    seq: time,
    msgid: "",
    time,
    origin: undefined,
  };
}

test("former holders are found in any case of the nick, the latest first", () => {
  const whowas = new Whowas();
  for (const event of [gone("ann", "one", 1), gone("bob", "x", 2), gone("Ann", "two", 3)]) whowas.observe(event);
  expect(whowas.find("ANN", 9).map(({ who, at }) => [who.user, at])).toEqual([
    ["two", 3],
    ["one", 1],
  ]);
  expect(whowas.find("ann", 1).length).toBe(1);
  expect(whowas.find("eve", 9)).toEqual([]);
});

test("a new nick gives the old one up, a new case does not", () => {
  const whowas = new Whowas();
  whowas.observe(renamed("ann", "ANN", 1));
  expect(whowas.find("ann", 9)).toEqual([]);
  whowas.observe(renamed("ANN", "eve", 2));
  expect(whowas.find("ann", 9).length).toBe(1);
});

test("only the latest former holders are kept", () => {
  const whowas = new Whowas();
  for (let i = 0; i < 2500; i++) whowas.observe(gone(i % 2 ? "odd" : "even", "u", i));
  expect(whowas.find("odd", 9999).length).toBe(500);
  expect(whowas.find("odd", 1)[0]?.at).toBe(2499);
});

rule(
  "a muted member's away text and real name do not reach the room, where others' do",
  `
    ann: irc away-notify setname extended-join
    ann> JOIN #dev
    ann~ 366
    bob: irc setname
    bob> JOIN #dev
    bob~ 366
    ann< :bob!* JOIN #dev *
    ann> MODE #dev +b m:bob
    ann< :ann!* MODE #dev +b *
    bob< :ann!* MODE #dev +b *
    bob> AWAY :ann is silly
    bob< :chat.test 306 *
    bob> SETNAME :ann is silly
    bob< :bob!* SETNAME :ann is silly
    bob> PART #dev
    bob< :bob!* PART #dev
    ann< :bob!* PART #dev
    bob> JOIN #dev
    bob~ 366
    ann< :bob!* JOIN #dev * :bob
    ann> JOIN #other
    ann~ 366
    bob> JOIN #other
    bob~ 366
    ann< :bob!* JOIN #other * :ann is silly
    ann< :bob!* AWAY :ann is silly
    bob> AWAY :gone
    bob< :chat.test 306 *
    ann< :bob!* AWAY :gone
  `,
);
