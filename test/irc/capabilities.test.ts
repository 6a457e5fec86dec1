import { expect, test } from "bun:test";
import { CAPABILITIES } from "../../src/irc/capabilities.ts";
import { startChat } from "../support/chat-server.ts";
import { WireClient } from "../support/socket.ts";

test("every capability can be requested, alone and with all others, and disabled again", async () => {
  await using chat = startChat();
  const wire = await WireClient.open(chat.port);
  // Of the versions of metadata, a client may have one only.
  const isOther = (name: string) => name !== "draft/metadata-2";
  const names = CAPABILITIES.filter(({ bit, name }) => bit !== 0 && isOther(name)).map(({ name }) => name);
  for (const name of names) {
    wire.send(`CAP REQ :${name}\r\n`);
    expect(await wire.next()).toBe(`:chat.test CAP * ACK :${name}`);
  }
  for (const name of names) {
    wire.send(`CAP REQ :-${name}\r\n`);
    expect(await wire.next()).toBe(`:chat.test CAP * ACK :-${name}`);
  }
  wire.send("CAP LIST\r\n");
  expect(await wire.next()).toBe(":chat.test CAP * LIST :");
  wire.close();
});
