import { expect, test } from "bun:test";
import { startChat } from "../../support/chat-server.ts";
import { endClients, startClient } from "../../support/client/memory-client.ts";
import { WireClient } from "../../support/socket.ts";

test("messages that arrive while the terminal has no focus are new, also in the room on the screen", async () => {
  await using chat = startChat();
  const bob = await WireClient.open(chat.port);
  bob.send("NICK bob\r\nUSER bob 0 * :b\r\nJOIN #tea\r\n");
  await bob.until(/ 366 bob #tea/);
  const ann = startClient(chat, "ann", { rooms: ["#tea"], columns: 110, rows: 14 });
  await ann.sees("In #tea:");
  bob.send("PRIVMSG #tea :one\r\n");
  await ann.sees("│ one");
  ann.type("\x1b[O");
  bob.send("PRIVMSG #tea :two\r\nPRIVMSG #tea :three\r\n");
  const rows = await ann.sees("│ three");
  expect(rows.findIndex((row) => row.includes("─ new ─"))).toBe(rows.findIndex((row) => row.endsWith("│ two")) - 1);
  await ann.sees("#tea        2│");
  ann.type("\x1b[I");
  await ann.loses("2│");
  await endClients(ann);
  bob.close();
});
