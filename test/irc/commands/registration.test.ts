import { expect, test } from "bun:test";
import { CAPABILITIES, capabilityNamed } from "../../../src/irc/capabilities.ts";
import { defaultConfig } from "../../../src/server/config/read.ts";
import { startChat } from "../../support/chat-server.ts";
import { WireClient } from "../../support/socket.ts";
import { rule } from "../../support/transcript.ts";

// "Upon successful completion of the registration process, the server MUST send, in this order, the RPL_WELCOME,
// RPL_YOURHOST, RPL_CREATED, RPL_MYINFO, and at least one RPL_ISUPPORT numeric to the client. The server SHOULD then
// respond as though the client sent the LUSERS command […] and MUST then respond as though the client sent it the MOTD
// command." (Modern IRC, Connection Registration)
rule(
  "the greeting of a registered client has this order",
  `
    ann: raw
    ann> NICK ann
    ann> USER ann 0 * :Ann
    ann< :chat.test 001 ann :Welcome to the tcpchat Network, ann
    ann< :chat.test 002 ann :Your host is chat.test, running version *
    ann< :chat.test 003 ann :This server was created *
    ann< :chat.test 004 ann chat.test tcpchat-0.0.0 BRiow CimnstovbeIklH ovbeIklH
    ann< :chat.test 005 ann * :are supported by this server
    ann< :chat.test 005 ann * :are supported by this server
    ann< :chat.test 005 ann * :are supported by this server
    ann< :chat.test 396 ann *.cloak :is now your displayed host
    ann< :chat.test 251 ann :There are 1 users and 0 invisible on 1 servers
    ann< :chat.test 255 ann :I have 1 clients and 0 servers
    ann< :chat.test 265 ann 1 1 :*
    ann< :chat.test 266 ann 1 1 :*
    ann< :chat.test 375 ann :- chat.test Message of the day -*
    ann< :chat.test 372 ann :- Hello
    ann< :chat.test 376 ann :End of /MOTD command.
  `,
  { motd: ["Hello"] },
);

rule(
  "a limit of 0 lets a real name be as long as its line",
  `
    ann: raw
    ann> NICK ann
    ann> USER ann 0 * :Ann of the northern office
    ann~ 422
    ann> WHOIS ann
    ann< :chat.test 311 ann ann ~ann *.cloak * :Ann of the northern office
    ann~ 318
  `,
  { limits: { ...defaultConfig().limits, realnameLength: 0 } },
);

// "The password supplied must match the one defined in the server configuration. It is possible to send multiple PASS
// commands before registering but only the last one sent is used for verification." (Modern IRC, PASS)
rule(
  "of several PASS commands the last counts",
  `
    ann: raw
    ann> PASS wrong
    ann> PASS sesame
    ann> NICK ann
    ann> USER ann 0 * :Ann
    ann< :chat.test 001 ann *
    ann< * 002 *
    ann< * 003 *
    ann< * 004 *
    ann< * 005 *
    ann< * 005 *
    ann< * 005 *
    ann< * 396 *
    ann< * 251 *
    ann< * 255 *
    ann< * 265 *
    ann< * 266 *
    ann< * 422 *
    ann> PASS again
    ann< :chat.test 462 ann :You may not reregister
    bob: raw
    bob> PASS sesame
    bob> PASS wrong
    bob> NICK bob
    bob> USER bob 0 * :Bob
    bob< :chat.test 464 bob :Password incorrect
    bob< ERROR :*
    bob.
  `,
  { password: "sesame" },
);

// "keep track of numeric 396 RPL_VISIBLEHOST to keep their user@host mask in sync" (IRCv3 draft/multiline)
rule(
  "a line of the message of the day that is too long for IRC is split",
  `
    ann: raw
    ann> NICK ann
    ann> USER ann 0 * :Ann
    ann~ 375
    ann< :chat.test 372 ann :- ${"x".repeat(300)}
    ann< :chat.test 372 ann :- ${"y".repeat(300)}
    ann< :chat.test 372 ann :- short
    ann< :chat.test 376 ann *
  `,
  { motd: [`${"x".repeat(300)} ${"y".repeat(300)}`, "short"] },
);

// "If the server does not accept the new nickname supplied by the client as valid […], it should issue an
// ERR_ERRONEUSNICKNAME numeric and ignore the NICK command." (Modern IRC, NICK)
rule(
  "an invalid nick is refused, before registration and after",
  `
    ann: raw
    ann> NICK
    ann< :chat.test 431 * :No nickname given
    ann> NICK :
    ann< :chat.test 431 * :No nickname given
    ann> NICK 1ann
    ann< :chat.test 432 * 1ann :"1ann" cannot be a nick: *
    ann> NICK :a b
    ann< :chat.test 432 * ab :"a b" cannot be a nick: *
    ann> NICK nickserv
    ann< :chat.test 432 * nickserv :"nickserv" cannot be a nick: *
    bob: irc
    bob> NICK b!b
    bob< :chat.test 432 bob b!b :"b!b" cannot be a nick: *
    bob> NICK server.name
    bob< :chat.test 432 bob server.name :"server.name" cannot be a nick: *
  `,
);

// "If the server receives a NICK command from a client where the desired nickname is already in use on the network, it
// should issue an ERR_NICKNAMEINUSE numeric and ignore the NICK command." (Modern IRC, NICK)
rule(
  "a nick in use is refused in any case; the client may change the case of its own",
  `
    ann: irc
    bob: raw
    bob> NICK ANN
    bob< :chat.test 433 * ANN :ANN is in use
    eve: irc
    eve> NICK Ann
    eve< :chat.test 433 eve Ann :Ann is in use
    ann> NICK ANN
    ann< :ann!~ann@* NICK ANN
    ann> NICK ANN
    ann|
    ann> NICK zoe
    ann< :ANN!~ann@* NICK zoe
    eve> NICK ann
    eve< :eve!~eve@* NICK ann
  `,
);

// "If [<username>] is empty, the server SHOULD reject the command with ERR_NEEDMOREPARAMS (even if an empty parameter
// is provided)". "The username MUST be silently truncated to the given length before being used." (Modern IRC, USER)
rule(
  "an empty user name is refused, a long one is cut",
  `
    ann: raw
    ann> PING x
    ann< * PONG *
    ann> USER ann 0 *
    ann< :chat.test 461 * USER :Not enough parameters
    ann> USER :
    ann< :chat.test 461 * USER :Not enough parameters
    ann> USER abcdefghijklmnopqrstuvwxyz 0 * :Ann
    ann> NICK ann
    ann< * 001 *
    ann< * 002 *
    ann< * 003 *
    ann< * 004 *
    ann< * 005 *
    ann< * 005 *
    ann< * 005 *
    ann< * 396 *
    ann< * 251 *
    ann< * 255 *
    ann< * 265 *
    ann< * 266 *
    ann< * 422 *
    ann> USER a 0 * :b
    ann< :chat.test 462 ann :You may not reregister
    ann> USERHOST ann
    ann< :chat.test 302 ann :ann=+~abcdefghijklmnopq@*
  `,
);

// "When receiving a PING message, clients or servers must reply to it with a PONG message with the same <token> value."
// (Modern IRC, PING)
rule(
  "PING is answered with the server's name before the token",
  `
    ann: raw
    ann> PING early
    ann< :chat.test PONG chat.test early
    ann> PING :a b
    ann< :chat.test PONG chat.test :a b
    ann> PING
    ann< :chat.test 409 * :No origin specified
    ann> PONG x
    ann> LIST
    ann< :chat.test 451 * :You have not registered
    ann> NOSUCH
    ann< :chat.test 451 * :You have not registered
  `,
);

// "Servers SHOULD prepend <reason> with the ASCII string "Quit: " when sending QUIT messages to other clients […] This
// applies even if <reason> is empty." (Modern IRC, QUIT)
rule(
  "QUIT is sent to members of the same rooms, and answered with ERROR",
  `
    ann: irc
    bob: irc
    eve: irc
    ann> JOIN #dev
    ann< :ann!* JOIN #dev
    ann< * 353 ann = #dev :@ann
    ann< * 366 *
    bob> JOIN #dev
    bob< :bob!* JOIN #dev
    bob< * 353 bob = #dev :@ann bob
    bob< * 366 *
    ann< :bob!* JOIN #dev
    bob> QUIT :so long
    ann< :bob!~bob@* QUIT :Quit: so long
    bob< ERROR :Closing Link: chat.test (Quit: so long)
    bob.
    zoe: irc
    zoe> JOIN #dev
    zoe< :zoe!* JOIN #dev
    zoe< * 353 *
    zoe< * 366 *
    ann< :zoe!* JOIN #dev
    zoe> QUIT
    ann< :zoe!* QUIT :Quit:*
    zoe< ERROR :*
    zoe.
    eve|
  `,
);

// "Upon receiving either a CAP LS or CAP REQ command during connection registration, the server MUST not complete
// registration until the client sends a CAP END command." (Capability Negotiation, Connection Registration)
rule(
  "registration waits for CAP END",
  `
    ann: raw
    ann> CAP REQ :server-time
    ann< :chat.test CAP * ACK :server-time
    ann> NICK ann
    ann> USER ann 0 * :Ann
    ann> PING still
    ann< :chat.test PONG chat.test still
    ann> CAP LIST
    ann< :chat.test CAP ann LIST :server-time
    ann> CAP END
    ann< :chat.test 001 ann *
    ann< * 002 *
    ann< * 003 *
    ann< * 004 *
    ann< * 005 *
    ann< * 005 *
    ann< * 005 *
    ann< * 396 *
    ann< * 251 *
    ann< * 255 *
    ann< * 265 *
    ann< * 266 *
    ann< * 422 *
    ann> CAP END
    ann|
  `,
);

// "The capability identifier set must be accepted as a whole, or rejected entirely." "The server MUST NOT make any
// change to any capabilities if it replies with a NAK subcommand." (The CAP REQ and NAK subcommands)
rule(
  "a CAP REQ is granted as a whole or not at all",
  `
    ann: irc
    ann> CAP REQ :server-time no-such-thing
    ann< :chat.test CAP ann NAK :server-time no-such-thing
    ann> CAP LIST
    ann< :chat.test CAP ann LIST :
    ann> CAP REQ :server-time message-tags
    ann< :chat.test CAP ann ACK :server-time message-tags
    ann> CAP REQ :-server-time
    ann< :chat.test CAP ann ACK :-server-time
    ann> CAP LIST
    ann< :chat.test CAP ann LIST :message-tags
    ann> CAP REQ :Server-Time
    ann< :chat.test CAP ann NAK :Server-Time
    ann> CAP REQ :
    ann< :chat.test CAP ann ACK :
  `,
);

// "If a client requests a capability which is already enabled, or tries to disable a capability which is not enabled,
// the server MUST continue processing the REQ subcommand as though handling this capability was successful."
rule(
  "enabling an enabled capability, or disabling a disabled one, is granted",
  `
    ann: irc batch
    ann> CAP REQ :batch -setname
    ann< :chat.test CAP ann ACK :batch -setname
    ann> CAP LIST
    ann< :chat.test CAP ann LIST :batch
  `,
);

// "If a client sends a subcommand which is not in the list above or otherwise issues an invalid command, then numeric
// 410 (ERR_INVALIDCAPCMD) should be sent. The first parameter after the client identifier […] should be the
// commandname" (The CAP command)
rule(
  "an unknown subcommand of CAP is named in the answer",
  `
    ann: raw
    ann> CAP FOO
    ann< :chat.test 410 * FOO :Invalid CAP command
    bob: irc
    bob> CAP ACK :server-time
    bob< :chat.test 410 bob ACK :Invalid CAP command
    bob> CAP
    bob< :chat.test 461 bob CAP :Not enough parameters
  `,
);

// "Servers MUST NOT disable the cap-notify capability if the client requests CAP LS with a version of 302 or newer." "If
// the client supports CAP version 302 […] all but the last reply MUST have a parameter containing only an asterisk (*)
// preceding the capability list." (cap-notify, Multiline replies)
test("with version 302 cap-notify cannot be disabled, and the list comes in lines of 512 bytes", async () => {
  await using chat = startChat();
  const wire = await WireClient.open(chat.port);
  wire.send("CAP LS 302\r\nPING a\r\n");
  const lines = (await wire.until(/ PONG /)).slice(0, -1);
  const lists = lines.map((line) => /^:chat\.test CAP \* LS (\* )?:(.*)$/.exec(line));
  expect(lists.slice(0, -1).every((list) => list?.[1] === "* ")).toBe(true);
  expect(lists.at(-1)?.[1]).toBeUndefined();
  const names = lists.flatMap((list) => (list?.[2] ?? "").split(" ").map((name) => name.split("=")[0] ?? ""));
  expect(names).toEqual(CAPABILITIES.filter(({ bit }) => bit !== 0).map(({ name }) => name));
  for (const line of lines) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(510);
  wire.send("CAP LIST\r\nCAP REQ :-cap-notify\r\nCAP LS\r\n");
  expect(await wire.next()).toBe(":chat.test CAP * LIST :cap-notify");
  expect(await wire.next()).toBe(":chat.test CAP * NAK :-cap-notify");
  const plain = (await wire.next()) ?? "";
  expect(plain).toStartWith(":chat.test CAP * LS :");
  expect(plain).not.toContain("=");
  wire.close();
});

// "If the client supports CAP version 302, the server MAY send multiple lines in response to CAP LS and CAP LIST." "If a
// client has not indicated support for CAP LS 302 features, the server MUST NOT send these new features to the client."
test("a client without version 302 gets the capabilities in one line, each in full, the ratified ones first", async () => {
  await using chat = startChat({ name: `${"long-".repeat(11)}name.test` });
  const wire = await WireClient.open(chat.port);
  wire.send(`CAP LS\r\nNICK ${"n".repeat(32)}\r\nCAP LS\r\nPING end\r\n`);
  const lines = (await wire.until(/PONG/)).slice(0, -1);
  expect(lines).toHaveLength(2);
  for (const line of lines) {
    expect(Buffer.byteLength(line)).toBeLessThanOrEqual(510);
    const names = line.slice(line.lastIndexOf(":") + 1).split(" ");
    for (const name of names) expect(capabilityNamed(name)?.name).toBe(name);
    const ratified = CAPABILITIES.filter(({ bit, name }) => bit !== 0 && !name.includes("/")).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(ratified));
  }
  wire.close();
});
