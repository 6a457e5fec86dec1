/** Starting the client while its server is down. */

import { expect, test } from "bun:test";
import type { ClientTransport, Secrecy } from "../../src/client/net/transport.ts";
import { runClient } from "../../src/client/run/client.ts";
import { startChat } from "../support/chat-server.ts";
import { endClients } from "../support/client/memory-client.ts";
import { MemoryFolder } from "../support/client/memory-folder.ts";
import { MemorySession } from "../support/client/memory-session.ts";
import { inProcess } from "../support/in-process.ts";

test("without a server that was reached before, the client starts, and messages wait and are sent in order", async () => {
  await using chat = startChat();
  let isDown = false;
  const way = inProcess(chat.accept);
  const open: ClientTransport[] = [];
  const state = new MemoryFolder();
  const start = () => {
    const session = new MemorySession((listener) => {
      if (isDown) return void setImmediate(() => listener.closed(new Error("the server is down")));
      const opened = (transport: ClientTransport, secrecy: Secrecy) => {
        open.push(transport);
        listener.opened(transport, secrecy);
      };
      way({ ...listener, opened });
    });
    const options = { host: "chat.test", port: 9000, nick: "ann", rooms: [], linear: false, raw: false };
    return Object.assign(session, { code: runClient(options, { ...session.proc, state }) });
  };
  isDown = true;
  const never = start();
  expect(await never.code).toBe(3);
  expect(never.complaints).toContain("could not connect to chat.test:9000: the server is down");
  isDown = false;
  const first = start();
  await first.sees("In #lobby: ann");
  first.type("/join dev\r");
  await first.sees("In #dev: ann");
  isDown = true;
  for (const transport of open) transport.terminate();
  await first.sees("Not connected: ");
  first.type("one\r");
  await first.sees("one (waiting)");
  first.type("/quit\r");
  expect(await first.code).toBe(0);
  expect(first.complaints).toBe("tcpchat: 1 message waits to be sent at the next start\n");

  const second = start();
  await second.sees("-- │ Not connected: the server is down; connecting again.");
  const rows = await second.sees("ann │ one (waiting)");
  expect(rows[0]?.trim()).toBe("#dev");
  expect(rows.at(-2)).toStartWith(" Not connected: the server is down · ");
  second.type("two\r\x1b1");
  second.type("in the lobby\r");
  await second.sees("ann │ in the lobby (waiting)");
  isDown = false;
  second.type("\x1bc");
  await second.sees("ann │ #lobby (1)");
  await second.loses("(waiting)");
  second.type("\x1b2");
  const said = (await second.sees("ann │ two")).slice(1, -2).join("\n");
  expect(said.match(/ann │ \w+/g)).toEqual(["ann │ one", "ann │ two"]);
  await endClients(second);
});
