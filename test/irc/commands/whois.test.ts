import { expect, test } from "bun:test";
import { memoryStore } from "../../../src/store/sqlite.ts";
import { startChat } from "../../harness.ts";
import { Wire } from "../../socket.ts";
import { rule } from "../rule.ts";

const OPERATORS = { operators: [{ name: "root", password: "sesame" }] };

// "RPL_ENDOFWHOIS: <nick> MUST be exactly the <nick> parameter sent by the client in its WHOIS message. This means the
// case MUST be preserved, and if the client sent multiple nicks, this MUST be the comma-separated list of nicks."
rule(
  "WHOIS tells what the asker may know",
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
  "WHOWAS remembers who had a nick, the latest first",
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

test("a clock that is set makes nobody idle, and is no time that the server was up", async () => {
  const clocks = { clock: 1_000_000, steady: 1_000_000 };
  const more = { steady: () => clocks.steady };
  await using chat = startChat({}, () => clocks.clock, memoryStore, more);
  const ann = await Wire.open(chat.port);
  ann.send("NICK ann\r\nUSER a 0 * :A\r\n");
  await ann.until(/ 422 /);
  clocks.clock += 86_400_000;
  clocks.steady += 7000;
  ann.send("WHOIS ann ann\r\nSTATS u\r\n");
  expect((await ann.until(/ 317 /)).at(-1)).toContain(" 317 ann ann 7 ");
  expect((await ann.until(/ 242 /)).at(-1)).toContain("Server Up 0 days 0:00:07");
  ann.close();
});
