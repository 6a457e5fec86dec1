import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { fragmentsOf } from "../../../src/irc/render/render.ts";
import { startChat } from "../../support/chat-server.ts";
import { WireClient } from "../../support/socket.ts";
import { play, rule } from "../../support/transcript.ts";

const BOTH = `
    ann> JOIN #dev
    ann< * JOIN #dev*
    ann< * 353 *
    ann< * 366 *
    bob> JOIN #dev
    bob< * JOIN #dev*
    bob< * 353 *
    bob< * 366 *
    ann< * JOIN #dev*
`;

// "ERR_NORECIPIENT: <client> :No recipient given (<command>)"; "ERR_NOTEXTTOSEND: Returned by the PRIVMSG command to
// indicate the message wasn't delivered because there was no text to send." (Modern IRC)
rule(
  "an invalid PRIVMSG is refused with a numeric, an invalid NOTICE silently",
  `
    ann: irc
    ann> PRIVMSG
    ann< :chat.test 411 ann :No recipient given (PRIVMSG)
    ann> PRIVMSG ann
    ann< :chat.test 412 ann :There is no text to say to *
    ann> PRIVMSG ann :
    ann< :chat.test 412 ann :There is no text to say to *
    ann> PRIVMSG nobody :hi
    ann< :chat.test 401 ann nobody :Nobody here is called nobody
    ann> PRIVMSG #nowhere :hi
    ann< :chat.test 403 ann #nowhere :There is no room #nowhere
    ann> PRIVMSG a,b,c,d,e :hi
    ann< :chat.test 407 ann a,b,c,d,e :Too many targets
    ann> NOTICE
    ann> NOTICE ann
    ann> NOTICE nobody :hi
    ann> NOTICE #nowhere :hi
    ann> NOTICE a,b,c,d,e :hi
    ann|
  `,
);

// "the client gives a list of destinations to which the message is to be delivered and the server breaks it up and
// dispatches a separate copy of the message to each given destination" (Modern IRC, To A List)
rule(
  "each target gets a copy, and an invalid one does not affect the others",
  `
    ann: irc
    bob: irc
    ${BOTH}
    ann> PRIVMSG bob,nobody,#dev,BOB,bob :hi
    ann< :chat.test 401 ann nobody :*
    bob< :ann!* PRIVMSG bob :hi
    bob< :ann!* PRIVMSG #dev :hi
    bob< :ann!* PRIVMSG bob :hi
  `,
);

// "it may be prefixed with one or more channel membership prefix character (@, +, etc) and the message will be delivered
// only to the members of that channel with the given or higher status in the channel" (Modern IRC, PRIVMSG)
rule(
  "a message to a rank reaches only members with that rank or a higher one",
  `
    ann: irc
    bob: irc echo-message
    eve: irc
    ${BOTH}
    eve> JOIN #dev
    eve< * JOIN #dev
    eve< * 353 *
    eve< * 366 *
    ann< * JOIN *
    bob< * JOIN *
    ann> MODE #dev +v eve
    ann< * MODE *
    bob< * MODE *
    eve< * MODE *
    bob> PRIVMSG @#dev :psst
    bob< :bob!* PRIVMSG @#dev :psst
    ann< :bob!* PRIVMSG @#dev :psst
    bob> NOTICE +#dev :psst
    bob< :bob!* NOTICE +#dev :psst
    ann< :bob!* NOTICE +#dev :psst
    eve< :bob!* NOTICE +#dev :psst
    bob> PRIVMSG @+#dev :psst
    bob< :bob!* PRIVMSG +#dev :psst
    ann< :bob!* PRIVMSG +#dev :psst
    eve< :bob!* PRIVMSG +#dev :psst
  `,
);

// "RPL_AWAY, with the away message, when a PRIVMSG command is directed at the away user (not to a channel they are on)."
rule(
  "a message to someone away is answered with RPL_AWAY",
  `
    ann: irc
    bob: irc
    bob> AWAY :out to lunch
    bob< :chat.test 306 bob :You have been marked as being away
    ann> PRIVMSG bob :hi
    bob< :ann!* PRIVMSG bob :hi
    ann< :chat.test 301 ann bob :out to lunch
    ann> NOTICE bob :hi
    bob< :ann!* NOTICE bob :hi
    bob> AWAY
    bob< :chat.test 305 bob :You are no longer marked as being away
    ann> PRIVMSG bob :hi
    bob< :ann!* PRIVMSG bob :hi
  `,
);

// "If enabled, servers MUST send PRIVMSG and NOTICE messages back to the client that sent them. […] they MUST send the
// final version of the message back to the originating client." (IRCv3 echo-message)
rule(
  "an echo is the line that the others got",
  `
    ann: irc echo-message
    bob: irc
    ${BOTH}
    ann> PRIVMSG #dev :\\x02bold\\x02
    ann< :ann!* PRIVMSG #dev :bold
    bob< :ann!* PRIVMSG #dev :bold
    ann> NOTICE bob :\\x01PING 1\\x01
    ann< :ann!* NOTICE bob :\\x01PING 1\\x01
    bob< :ann!* NOTICE bob :\\x01PING 1\\x01
    ann> PRIVMSG ann :me
    ann< :ann!* PRIVMSG ann :me
    ann< :ann!* PRIVMSG ann :me
    bob> PRIVMSG bob :me
    bob< :bob!* PRIVMSG bob :me
  `,
);

// "Client-only tags MUST be relayed on PRIVMSG and NOTICE messages". "Tags without the client-only prefix MUST be removed
// by the server before being relayed with any message to another client." "Any server-initiated tags attached to
// messages MUST be included before client-only tags". (IRCv3 message-tags)
rule(
  "client-only tags are relayed to clients with message-tags, after the server's, and other tags to nobody",
  `
    ann: irc message-tags
    bob: irc message-tags server-time
    eve: irc server-time
    zoe: irc
    ann> @+a=x\\\\:\\\\sy;b=no;+c;+ex.com/d=1 PRIVMSG bob,eve,zoe :hi
    bob< @time=*;msgid=*;+a=x\\\\:\\\\sy;+c;+ex.com/d=1 :ann!* PRIVMSG bob :hi
    eve< @time=*Z :ann!* PRIVMSG eve :hi
    zoe< :ann!* PRIVMSG zoe :hi
    zoe> @+a=x PRIVMSG bob :hi
    bob< @time=*;msgid=* :zoe!* PRIVMSG bob :hi
  `,
);

// "This message MUST be delivered to targets in the same way as PRIVMSG and NOTICE messages." "Servers MUST NOT deliver
// TAGMSG to clients that haven't negotiated the message tags capability." (IRCv3 message-tags, TAGMSG); the example at
// the end of the specification: "The server removes the tag before relaying the message".
rule(
  "TAGMSG reaches clients with message-tags only",
  `
    ann: irc message-tags echo-message
    bob: irc message-tags
    eve: irc
    ${BOTH}
    eve> JOIN #dev
    eve< * JOIN #dev
    eve< * 353 *
    eve< * 366 *
    ann< * JOIN *
    bob< * JOIN *
    ann> @+typing=active TAGMSG #dev
    ann< @msgid=*;+typing=active :ann!* TAGMSG #dev
    bob< @msgid=*;+typing=active :ann!* TAGMSG #dev
    ann> @unknown-tag TAGMSG bob
    ann< @msgid=* :ann!* TAGMSG bob
    bob< @msgid=* :ann!* TAGMSG bob
    ann> TAGMSG
    ann< :chat.test 461 ann TAGMSG :*
    ann> @+x TAGMSG nobody
    ann< :chat.test 401 ann nobody :*
    ann> MODE #dev +m
    ann< * MODE *
    bob< * MODE *
    eve< * MODE *
    bob> @+x TAGMSG #dev
    bob< :chat.test 404 bob #dev :*
    eve> @+x TAGMSG #dev
    eve|
  `,
);

// "The tag SHOULD be added by the server to all commands sent by a bot […]. This tag MUST only be sent to users who have
// requested the message-tags capability." (IRCv3 bot mode)
rule(
  "a bot's messages and events have the bot tag, and WHO and WHOIS show it",
  `
    ann: irc message-tags
    bob: irc
    bob> MODE bob +B
    bob< :bob!* MODE bob +B
    ${BOTH}
    bob> PRIVMSG #dev :beep
    ann< @msgid=*;bot :bob!* PRIVMSG #dev :beep
    ann> WHO bob
    ann< :chat.test 352 ann #dev ~bob * chat.test bob HB :0 Real bob
    ann< :chat.test 315 ann bob :End of WHO list
    ann> WHOIS bob
    ann< * 311 *
    ann< * 319 *
    ann< * 312 *
    ann< :chat.test 335 ann bob :is a bot
    ann< * 317 *
    ann< * 318 *
    bob> MODE bob -B
    bob< :bob!* MODE bob -B
  `,
);

const BEGIN = `
      ann: irc batch message-tags draft/multiline echo-message labeled-response
      bob: irc batch draft/multiline
      eve: irc
      ann> JOIN #r
      ann~ 366
      bob> JOIN #r
      bob~ 366
      ann< *
      eve> JOIN #r
      eve~ 366
      ann< *
      bob< *`;

describe("a message of several lines", () => {
  rule(
    "is a batch for clients with the capability, and lines without the blank ones for the others",
    `${BEGIN}
      ann> @label=x BATCH +1 draft/multiline #r
      ann> @batch=1 PRIVMSG #r :hello
      ann> @batch=1 PRIVMSG #r :
      ann> @batch=1 PRIVMSG #r :how is\\x20
      ann> @batch=1;draft/multiline-concat PRIVMSG #r :everyone?
      ann> BATCH -1
      ann< @label=x;msgid=* :ann!*@* BATCH +* draft/multiline #r
      ann< @batch=* :ann!*@* PRIVMSG #r :hello
      ann< @batch=* :ann!*@* PRIVMSG #r :
      ann< @batch=* :ann!*@* PRIVMSG #r :how is\\x20
      ann< @batch=*;draft/multiline-concat :ann!*@* PRIVMSG #r :everyone?
      ann< :ann!*@* BATCH -*
      bob< :ann!*@* BATCH +* draft/multiline #r
      bob< @batch=* :ann!*@* PRIVMSG #r :hello
      bob< @batch=* :ann!*@* PRIVMSG #r :
      bob< @batch=* :ann!*@* PRIVMSG #r :how is\\x20
      bob< @batch=*;draft/multiline-concat :ann!*@* PRIVMSG #r :everyone?
      bob< :ann!*@* BATCH -*
      eve< :ann!*@* PRIVMSG #r :hello
      eve< :ann!*@* PRIVMSG #r :how is\\x20
      eve< :ann!*@* PRIVMSG #r :everyone?
      `,
  );

  rule(
    "keeps its sender's lines, live and in history",
    `${BEGIN}
      ann> BATCH +1 draft/multiline #r
      ann> @batch=1 PRIVMSG #r :one, and\\x20
      ann> @batch=1;draft/multiline-concat PRIVMSG #r :more of it
      ann> BATCH -1
      ann< *
      ann< *
      ann< *
      ann< *
      bob< * BATCH +* draft/multiline #r
      bob< @batch=* :ann!*@* PRIVMSG #r :one, and\\x20
      bob< @batch=*;draft/multiline-concat :ann!*@* PRIVMSG #r :more of it
      bob< :ann!*@* BATCH -*
      eve< :ann!*@* PRIVMSG #r :one, and\\x20
      eve< :ann!*@* PRIVMSG #r :more of it
      bob> CHATHISTORY LATEST #r * 1
      bob< * BATCH +* chathistory #r
      bob< @batch=* :ann!*@* BATCH +* draft/multiline #r
      bob< @batch=* :ann!*@* PRIVMSG #r :one, and\\x20
      bob< @batch=*;draft/multiline-concat :ann!*@* PRIVMSG #r :more of it
      bob< *BATCH -*
      bob< * BATCH -*
      eve> CHATHISTORY LATEST #r * 1
      eve< :ann!*@* PRIVMSG #r :one, and\\x20
      eve< :ann!*@* PRIVMSG #r :more of it
      `,
  );

  // "Multiline batches MUST only contain one or more PRIVMSG lines, or one or more NOTICE lines." (IRCv3 draft/multiline)
  rule(
    "of NOTICE lines is a notice, and is not mixed with PRIVMSG lines",
    `${BEGIN}
      ann> BATCH +4 draft/multiline #r
      ann> @batch=4 NOTICE #r :a
      ann> @batch=4 NOTICE #r :b
      ann> BATCH -4
      ann< * BATCH +* draft/multiline #r
      ann< @batch=* :ann!*@* NOTICE #r :a
      ann< @batch=* :ann!*@* NOTICE #r :b
      ann< :ann!*@* BATCH -*
      bob< * BATCH +* draft/multiline #r
      bob< @batch=* :ann!*@* NOTICE #r :a
      bob< @batch=* :ann!*@* NOTICE #r :b
      bob< :ann!*@* BATCH -*
      eve< :ann!*@* NOTICE #r :a
      eve< :ann!*@* NOTICE #r :b
      ann> BATCH +5 draft/multiline #r
      ann> @batch=5 NOTICE #r :a
      ann> @batch=5 PRIVMSG #r :b
      ann< :chat.test FAIL BATCH MULTILINE_INVALID :*
      ann> BATCH -5
      ann> BATCH +6 draft/multiline #r
      ann> @batch=6 TOPIC #r :a
      ann< :chat.test FAIL BATCH MULTILINE_INVALID :*
      ann> BATCH -6
      bob|
      `,
  );

  rule(
    "that is malformed is refused once, and nothing of it is sent",
    `${BEGIN}
      ann> BATCH +1 draft/multiline #r
      ann> @batch=1 PRIVMSG #other :hello
      ann< :chat.test FAIL BATCH MULTILINE_INVALID_TARGET #r #other :*
      ann> @batch=1 PRIVMSG #r :hello
      ann> BATCH -1
      ann> BATCH +2 draft/multiline #r
      ann> @batch=2 PRIVMSG #r :
      ann> BATCH -2
      ann< :chat.test FAIL BATCH MULTILINE_INVALID :*
      bob|
      `,
  );

  // "These MUST be ignored until the batch is ended" (client-batch, "Errors")
  rule(
    "of a refused batch nothing is sent, whatever is wrong with it",
    `${BEGIN}
      ann> BATCH +3 draft/other #r
      ann< :chat.test FAIL BATCH UNKNOWN_TYPE 3 draft/other :*
      ann> @batch=3 PRIVMSG #r :one
      ann> @batch=3 PRIVMSG #r :two
      ann> BATCH -3
      ann> BATCH +4
      ann< :chat.test FAIL BATCH UNKNOWN_TYPE 4 * :*
      ann> @batch=4 PRIVMSG #r :three
      ann> BATCH -4
      ann> BATCH +5 draft/multiline
      ann< :chat.test FAIL BATCH MULTILINE_INVALID :*
      ann> @batch=5 PRIVMSG #r :four
      ann> BATCH -5
      ann> BATCH nothing
      ann< :chat.test FAIL BATCH INVALID_REFTAG nothing :*
      eve> BATCH +1 draft/multiline #r
      eve< :chat.test FAIL BATCH UNKNOWN_TYPE 1 draft/multiline :*
      eve> @batch=1 PRIVMSG #r :five
      eve> @batch=1 TOPIC #r :six
      eve> BATCH -1
      ann|
      bob|
      eve|
      ann> PRIVMSG #r :seen
      ann< *PRIVMSG #r :seen
      bob< *PRIVMSG #r :seen
      eve< *PRIVMSG #r :seen
      `,
  );

  rule(
    "a line of a batch that is not open is refused once, and the open batch is dropped",
    `${BEGIN}
      ann> @batch=7 PRIVMSG #r :of no batch
      ann< :chat.test FAIL BATCH INVALID_REFTAG 7 :*
      ann> @batch=7 PRIVMSG #r :of no batch
      ann> BATCH -7
      ann> @label=x BATCH +1 draft/multiline #r
      ann> @batch=1 PRIVMSG #r :one
      ann> @batch=2 PRIVMSG #r :two
      ann< @label=x :chat.test FAIL BATCH INVALID_REFTAG 2 :*
      ann> @batch=2 PRIVMSG #r :three
      ann> BATCH -9
      ann< :chat.test FAIL BATCH INVALID_REFTAG 9 :*
      ann> BATCH +3 draft/multiline #r
      ann> @batch=3 PRIVMSG #r :one
      ann> BATCH +4 draft/multiline #r
      ann< :chat.test FAIL BATCH INVALID_REFTAG 4 :*
      ann> @batch=4 PRIVMSG #r :two
      ann> BATCH -4
      ann> BATCH +5 draft/multiline #r
      ann> @batch=5 PRIVMSG #r :told
      ann> PING still
      ann< * PONG *
      ann> BATCH -5
      ann< *PRIVMSG #r :told
      bob< *PRIVMSG #r :told
      eve< *PRIVMSG #r :told
      `,
  );

  test("that is not ended in time is dropped, with all its later lines", async () => {
    let now = 1_000_000;
    await using chat = startChat({}, () => now);
    const ann = await WireClient.open(chat.port);
    ann.send("CAP REQ :batch draft/multiline labeled-response\r\nNICK ann\r\nUSER a 0 * :A\r\nCAP END\r\nJOIN #r\r\n");
    await ann.until(/ 366 /);
    ann.send("@label=x BATCH +1 draft/multiline #r\r\n@batch=1 PRIVMSG #r :one\r\nPING begun\r\n");
    expect(await ann.until(/ PONG /)).toHaveLength(1);
    now += 61_000;
    ann.send("@batch=1 PRIVMSG #r :two\r\n@batch=1 PRIVMSG #r :three\r\nBATCH -1\r\nCHATHISTORY LATEST #r * 10\r\n");
    expect(await ann.next()).toStartWith("@label=x :chat.test FAIL BATCH TIMEOUT 1 :");
    expect(await ann.next()).toEndWith("chathistory #r");
    expect(await ann.next()).toStartWith(":chat.test BATCH -");
    ann.close();
  });

  test("has limits, which are the capability's value", async () => {
    await using chat = startChat();
    const lines = Array.from({ length: 101 }, () => "ann> @batch=1 PRIVMSG #r :x").join("\n");
    const long = Array.from({ length: 11 }, () => `ann> @batch=2 PRIVMSG #r :${"y".repeat(400)}`).join("\n");
    await play(
      chat.port,
      `${BEGIN}
      ann> BATCH +1 draft/multiline #r
      ${lines}
      ann< :chat.test FAIL BATCH MULTILINE_MAX_LINES 100 :*
      ann> BATCH -1
      ann> BATCH +2 draft/multiline #r
      ${long}
      ann< :chat.test FAIL BATCH MULTILINE_MAX_BYTES 4096 :*
      ann> BATCH -2
      bob|
      `,
    );
  });
});

test("the fragments of a text, however it is cut, add up to the text", () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1 }), fc.array(fc.nat(60)), (lines, cuts) => {
      const text = lines.map((line) => line.replaceAll("\n", "")).join("\n");
      const sorted = [...cuts].sort((a, b) => a - b);
      let whole = "";
      for (const [at, { text: part, concat }] of fragmentsOf(text, sorted).entries())
        whole += (at > 0 && !concat ? "\n" : "") + part;
      expect(whole).toBe(text);
    }),
  );
});
