import { describe, expect, test } from "bun:test";
import { saslPlain } from "../../support/accounts.ts";
import { startChat, type TestChat } from "../../support/chat-server.ts";
import { WireClient } from "../../support/socket.ts";
import { play, rule } from "../../support/transcript.ts";

const OPERATORS = { operators: [{ name: "root", password: "sesame" }] };

const ROOT = `
    root: irc
    root> OPER root sesame
    root~ MODE
`;

// "UBAN ADD <target> [REQUIRE-SASL] [DURATION <duration>] [REASON...]" · "UBAN DEL <target>" · "UBAN LIST" · "UBAN INFO
// <target>" (Ergo's help)
rule(
  "UBAN sets a ban, lists it with its author, times and reason, and lifts it; operators get notices",
  `
    ${ROOT}
    root> UBAN LIST
    root< :chat.test NOTICE root :There is no such ban
    root> UBAN ADD zoe!*@* DURATION 2h no spam here
    root< :chat.test NOTICE root :root banned zoe!*@* from this server for 2h: no spam here
    root> UBAN ADD 203.0.113.0/24
    root< :chat.test NOTICE root :root banned 203.0.113.0/24 from this server
    root> UBAN LIST
    root< :chat.test NOTICE root :zoe!*@*: by root on * UTC, until * UTC (2h left): no spam here
    root< :chat.test NOTICE root :203.0.113.0/24: by root on * UTC, no end
    root> UBAN INFO zoe
    root< :chat.test NOTICE root :zoe!*@*: by root on *
    root> UBAN INFO nobody
    root< :chat.test NOTICE root :There is no such ban
    root> UBAN DEL zoe!*@*
    root< :chat.test NOTICE root :root lifted the ban of zoe!*@* from this server
    root> UBAN DEL 203.0.113.0/24
    root< :chat.test NOTICE root :root lifted the ban of 203.0.113.0/24 from this server
    root> UBAN DEL zoe!*@*
    root< :chat.test FAIL UBAN UNKNOWN_TARGET :There is no ban of zoe!*@* to lift
  `,
  OPERATORS,
);

rule(
  "KLINE and DLINE do the same, with the duration first or second",
  `
    ${ROOT}
    root> KLINE 10m *!*@spammer.example :spam
    root< :chat.test NOTICE root :root banned *!*@spammer.example from this server for 10m: spam
    root> UNKLINE *!*@spammer.example
    root< :chat.test NOTICE root :root lifted *
    root> DLINE 203.0.113.7 7d :spam
    root< :chat.test NOTICE root :root banned 203.0.113.7 from this server for 7d: spam
    root> UNDLINE 203.0.113.7
    root< :chat.test NOTICE root :root lifted *
  `,
  OPERATORS,
);

rule(
  "a ban that matches the operator, or nearly everyone, is refused, and an invalid one explained",
  `
    ${ROOT}
    root> KLINE 10m
    root< :chat.test FAIL UBAN INVALID_TARGET :"10m" cannot be banned: give a nick, *
    root> UBAN ADD 10m
    root< :chat.test FAIL UBAN INVALID_TARGET :"10m" cannot be banned: give a nick, *
    root> UBAN ADD *!*@*
    root< :chat.test FAIL UBAN TOO_WIDE :\x2a!*@* means nearly everyone: *
    root> UBAN ADD 0.0.0.0/0
    root< :chat.test FAIL UBAN TOO_WIDE :0.0.0.0/0 means nearly everyone: *
    root> UBAN ADD root
    root< :chat.test FAIL UBAN MATCHES_YOU :*
    root> UBAN ADD 127.0.0.0/8 1d
    root< :chat.test FAIL UBAN MATCHES_YOU :127.0.0.0/8 means you too: *
    root> UBAN ADD 127.0.0.1
    root< :chat.test FAIL UBAN MATCHES_YOU :*
    root> UBAN ADD 10.0.0.0/99
    root< :chat.test FAIL UBAN INVALID_TARGET :*
    root> UBAN ADD zoe 5x
    root< :chat.test FAIL UBAN INVALID_DURATION :Duration "5x": use 10m, 2h or 7d
    root> UBAN MAYBE zoe
    root< :chat.test FAIL UBAN INVALID_SUBCOMMAND :*
    root> UBAN ADD
    root< :chat.test 461 root UBAN :*
    root> MODE root -o
    root~ MODE
    root> UBAN LIST
    root< :chat.test 481 root :*
    root> DLINE 203.0.113.7
    root< :chat.test 481 root :*
  `,
  OPERATORS,
);

// "Returned to indicate the client has been banned from the server. […] The text used in the last param of this message
// varies wildly, and typically also contains the reason for the ban." (ERR_YOUREBANNEDCREEP)
rule(
  "a banned person is disconnected, and refused when connecting and when taking a nick",
  `
    ${ROOT}
    spammer: irc
    bob: irc
    root> UBAN ADD spam*!*@* 2h no spam
    root< :chat.test NOTICE root :root banned spam*!*@* from this server for 2h: no spam
    spammer< :root!~root@* KILL spammer :Banned for 2h: no spam
    spammer< :spammer!* QUIT :Killed (root (Banned for 2h: no spam))
    spammer< ERROR :*Banned for 2h: no spam*
    spammer.
    bob> NICK spambob
    bob< :chat.test 432 bob spambob :You are banned from this server until * UTC: no spam
    eve: raw
    eve> NICK spameve
    eve> USER e 0 * :E
    eve< :chat.test 465 spameve :You are banned from this server until * UTC: no spam
    eve< ERROR :Closing Link: chat.test (You are banned from this server until * UTC: no spam)
    eve.
  `,
  OPERATORS,
);

rule(
  "nobody can log in to a banned account",
  `
    ${ROOT}
    bob: irc
    bob> REGISTER * * secret
    bob~ 900
    root> UBAN ADD bob
    root< :chat.test NOTICE root :root banned bob (a:bob) from this server
    bob~ ERROR
    bob.
    eve: irc
    eve> NS IDENTIFY bob secret
    eve~ 465
    eve> PING still-a-guest
    eve~ PONG
    two: raw
    two> CAP REQ sasl
    two> AUTHENTICATE PLAIN
    two> AUTHENTICATE ${saslPlain("bob")}
    two~ 903
    two> NICK two
    two> USER two 0 * :Two
    two> CAP END
    two~ 465
    two~ ERROR
    two.
  `,
  OPERATORS,
);

describe("an address", () => {
  async function open(): Promise<{ readonly chat: TestChat; readonly root: WireClient }> {
    const chat = startChat({ ...OPERATORS, monitor: "127.0.0.1:0" });
    const root = await client(chat, "root", "127.0.0.1");
    root.send("OPER root sesame\r\n");
    await root.until(/MODE root \+o/);
    return { chat, root };
  }

  async function client(chat: TestChat, nick: string, from: string): Promise<WireClient> {
    const wire = await WireClient.open(chat.port, "127.0.0.1", from);
    wire.send(`NICK ${nick}\r\nUSER u 0 * :U\r\nJOIN #dev\r\n`);
    await wire.until(/ 366 /);
    return wire;
  }

  test("in a banned network is disconnected, and refused until the ban is lifted", async () => {
    const { chat, root } = await open();
    await using _ = chat;
    const [near, far] = [await client(chat, "near", "127.6.0.9"), await client(chat, "far", "127.7.0.9")];
    const person = await WireClient.open(chat.port, "127.0.0.1", "127.6.3.4");
    person.send("hello\n");
    await person.until(/hello/);
    const silent = await WireClient.open(chat.port, "127.0.0.1", "127.6.3.5");
    const raw = await WireClient.open(chat.port, "127.0.0.1", "127.6.3.6");
    raw.send("NICK raw\r\n");
    root.send("UBAN ADD 127.6.0.0/16 2h spam\r\n");
    await root.until(/root banned 127.6.0.0\/16 from this server for 2h: spam/);
    expect((await near.until(/^ERROR/)).join("\n")).toContain("Banned for 2h: spam");
    expect((await person.until(/put out/)).at(-1)).toContain("Banned for 2h: spam");
    expect(await silent.next()).toMatch(/^ERROR :You are banned from this server until .* UTC: spam$/);
    await raw.until(/^ERROR :.*You are banned from this server until .* UTC: spam/);
    await far.until(/:near!\S+ QUIT :Killed \(root \(Banned for 2h: spam\)\)/);
    for (const wire of [near, person, silent, raw]) {
      await wire.closed();
      wire.close();
    }
    for (const from of ["127.6.0.9", "127.6.255.1"]) {
      const late = await WireClient.open(chat.port, "127.0.0.1", from);
      expect(await late.next()).toMatch(/^ERROR :You are banned from this server until .* UTC: spam$/);
      await late.closed();
      late.close();
    }
    const metrics = await (await fetch(`http://127.0.0.1:${chat.monitor}/metrics`)).text();
    expect(metrics).toContain('tcpchat_refusals_total{reason="address-banned"} 2');
    root.send("UBAN DEL 127.6.0.0/16\r\n");
    await root.until(/lifted/);
    const back = await client(chat, "back", "127.6.0.9");
    for (const wire of [root, far, back]) wire.close();
  });

  test("loses its session only, if the member has another one elsewhere", async () => {
    const { chat, root } = await open();
    await using _ = chat;
    const one = await client(chat, "bob", "127.7.0.9");
    one.send("REGISTER * * secret\r\n");
    await one.until(/REGISTER SUCCESS/);
    const two = await WireClient.open(chat.port, "127.0.0.1", "127.6.0.9");
    two.send(`CAP REQ sasl\r\nAUTHENTICATE PLAIN\r\nAUTHENTICATE ${saslPlain("bob")}\r\n`);
    two.send("NICK bob\r\nUSER u 0 * :U\r\nCAP END\r\n");
    await two.until(/ 366 /);
    root.send("UBAN ADD 127.6.0.9\r\n");
    await two.until(/^ERROR :.*You are banned from this server/);
    one.send("PING still-here\r\n");
    expect((await one.until(/still-here/)).join("\n")).not.toContain("QUIT");
    for (const wire of [root, one, two]) wire.close();
  });

  test("is shown to server operators only, for every protocol", async () => {
    const { chat, root } = await open();
    await using _ = chat;
    const bob = await client(chat, "bob", "127.7.0.9");
    const person = await WireClient.open(chat.port, "127.0.0.1", "127.6.3.4");
    person.send("/nick nan\n");
    await person.until(/You are nan/);
    root.send("WHOIS nan\r\n");
    expect((await root.until(/ 318 /)).join("\n")).toContain(" 338 root nan ");
    root.send("WHOIS bob\r\n");
    expect((await root.until(/ 318 /)).join("\n")).toContain(" 127.7.0.9 :");
    bob.send("WHOIS nan\r\nWHOIS root\r\nWHO nan\r\n");
    expect((await bob.until(/ 315 /)).join("\n")).not.toContain("127.");
    for (const wire of [root, bob, person]) wire.close();
  });
});

// "382 RPL_REHASHING "<config file> :Rehashing": If the REHASH option is used and an operator sends a REHASH message, an
// RPL_REHASHING is sent back to the operator." "481 ERR_NOPRIVILEGES: Any command requiring operator privileges to operate
// must return this error" (RFC 2812, 5.1)
test("REHASH reads the configuration again, for operators of the server", async () => {
  const results = [
    { file: "server.toml" },
    { file: "server.toml", refusal: "server.toml: line 3 is wrong" },
    undefined,
  ];
  await using chat = startChat({ operators: [{ name: "root", password: "sesame" }] }, Date.now, undefined, {
    rehash: () => results.shift(),
  });
  await play(
    chat.port,
    `
    ann: irc
    ann> REHASH
    ann< :chat.test 481 ann :*
    ann> OPER root sesame
    ann~ 381
    ann> REHASH
    ann~ 382 ann server.toml :Rehashing
    ann> REHASH
    ann< :chat.test 382 ann server.toml :Rehashing
    ann< :chat.test NOTICE ann :Refused, so the previous values stay in use: server.toml: line 3 is wrong
    ann> REHASH
    ann< :chat.test NOTICE ann :There is no configuration file to read again
    `,
  );
  expect(results).toEqual([]);
});
