import { expect, test } from "bun:test";
import { memoryStore } from "../../../src/store/sqlite.ts";
import type { WriterWatch } from "../../../src/store/writer.ts";
import { closing } from "../../../src/wire/closing.ts";
import { ChatFixture, say } from "../../support/chat-fixture.ts";
import { startChat } from "../../support/chat-server.ts";
import { Client, ircServer } from "../../support/irc-client.ts";
import { WireClient } from "../../support/socket.ts";
import { play } from "../../support/transcript.ts";

// "Indicates a given line does not follow the specified size limits (512 bytes for the main section, 4094 […] for the
// tag section)." (Modern IRC, ERR_INPUTTOOLONG)
test("a line of 512 bytes is accepted, a longer one refused, and the next one works", async () => {
  await using chat = startChat();
  const wire = await WireClient.open(chat.port);
  wire.send("NICK ann\r\nUSER ann 0 * :Ann\r\n");
  await wire.until(/ 422 /);
  const text = "x".repeat(512 - 2 - "PING ".length);
  wire.send(`PING ${text}\r\n`);
  expect(await wire.next()).toStartWith(":chat.test PONG chat.test xxx");
  wire.send(`PING ${text}y\r\nPING after\r\n`);
  expect(await wire.next()).toBe(":chat.test 417 ann :Input line was too long");
  expect(await wire.next()).toBe(":chat.test PONG chat.test after");
  wire.send(`@a=${"b".repeat(4092)} PING tagged\r\n@a=${"b".repeat(4093)} PING tagged\r\n`);
  expect(await wire.next()).toBe(":chat.test PONG chat.test tagged");
  expect(await wire.next()).toBe(":chat.test 417 ann :Input line was too long");
  wire.close();
});

test("asynchronous work that throws closes only the connection that waits for it, and is logged", async () => {
  const bugs: string[] = [];
  const fails = () => {
    throw new Error("a bug");
  };
  const broken = (watch: WriterWatch) => Object.assign(memoryStore(watch), { saveAccount: fails });
  await using chat = startChat({}, Date.now, broken, { failed: ({ message }) => bugs.push(message) });
  await play(
    chat.port,
    `
    ann: irc
    bob: nc
    eve: nc
    ann> NS REGISTER a long sesame
    ann< ERROR :Closing Link: chat.test (Internal error)
    ann.
    bob> /register a long sesame
    bob< -- That has failed because of a bug in the server. Its operator has been told; this connection is closed.
    bob.
    eve> still here
    eve~ still here
    `,
  );
  expect(bugs).toEqual(["a bug", "a bug"]);
});

// "When sent with the FAIL command, it indicates that the client's message was rejected because it contained invalid
// UTF-8 data. […] If the server is unable to parse the sent command then it MAY send a FAIL command with no command
// name (i.e. *)." (IRCv3 utf8-only)
test("a line that is not UTF-8 is refused with FAIL, with the command's name if it is readable", async () => {
  await using chat = startChat();
  const wire = await WireClient.open(chat.port);
  wire.send("NICK ann\r\nUSER ann 0 * :Ann\r\n");
  await wire.until(/ 422 /);
  wire.send(Buffer.concat([Buffer.from("privmsg ann :"), Buffer.from([0xff, 0xfe]), Buffer.from("\r\n")]));
  expect(await wire.next()).toStartWith(":chat.test FAIL PRIVMSG INVALID_UTF8 :");
  wire.send(Buffer.concat([Buffer.from([0xc3, 0x28]), Buffer.from(" x\r\n")]));
  expect(await wire.next()).toStartWith(":chat.test FAIL * INVALID_UTF8 :");
  wire.send("PRIVMSG ann :\ufffd is a character like others\r\n");
  expect(await wire.next()).toEndWith("PRIVMSG ann :\ufffd is a character like others");
  wire.close();
});

test("lines may arrive byte by byte, and a dozen at once", async () => {
  await using chat = startChat();
  const wire = await WireClient.open(chat.port);
  for (const byte of Buffer.from("NICK ann\r\nUSER ann 0 * :Ä\r\n")) wire.send(new Uint8Array([byte]));
  await wire.until(/ 422 /);
  wire.send("JOIN #a\r\nPRIVMSG #a :1\r\nTOPIC #a :t\r\nMODE #a +m\r\nPART #a\r\nPING end\r\n");
  const lines = await wire.until(/ PONG /);
  expect(lines.map((line) => line.split(" ")[1])).toEqual(["JOIN", "353", "366", "TOPIC", "MODE", "PART", "PONG"]);
  wire.close();
});

test("a client that disconnects before entering never becomes a member", () => {
  const people = new ChatFixture();
  const server = ircServer(people);
  const ann = people.brings("ann", "#dev");
  let bob: Client | undefined;
  ann.onEvent = () => {
    bob ??= new Client(server, "bob");
    bob.session.gone(closing("reset"));
  };
  ann.does(say("#dev", "hi"));
  expect([...people.chat.members].map(({ nick }) => nick)).toEqual(["ann"]);
});
