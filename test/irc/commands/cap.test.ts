import { expect, test } from "bun:test";
import { CAPABILITIES } from "../../../src/irc/capabilities.ts";
import { startChat } from "../../harness.ts";
import { Wire } from "../../socket.ts";
import { rule } from "../rule.ts";

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
  "a request is granted whole, or not at all",
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
  "what is so already is granted",
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
  "an unknown subcommand is named",
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
test("version 302 has cap-notify for good, and the list in lines of 512 bytes", async () => {
  await using chat = startChat();
  const wire = await Wire.open(chat.port);
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
