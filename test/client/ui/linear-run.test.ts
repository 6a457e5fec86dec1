import { expect, test } from "bun:test";
import type { Connect } from "../../../src/client/net/transport.ts";
import { runClient } from "../../../src/client/run/client.ts";
import { saslPlain } from "../../support/accounts.ts";
import { startChat } from "../../support/chat-server.ts";
import { clientScreens } from "../../support/client/client-screens.ts";
import { endClients, startClient } from "../../support/client/memory-client.ts";
import { MemorySession } from "../../support/client/memory-session.ts";
import { inProcess } from "../../support/in-process.ts";
import { WireClient } from "../../support/socket.ts";

const { started, open } = clientScreens();

test.each<[string, string[], Record<string, string>]>([
  ["--linear", ["linear"], { NO_COLOR: "1" }],
  ["TERM=dumb", [], { TERM: "dumb" }],
])("with %s only lines are written", async (_, flags, env) => {
  const server = started();
  const screen = open(server.port, 40, flags, env);
  await screen.row("-- In #lobby: ann");
  screen.type("hi\n");
  screen.type("\x04");
  expect(await screen.program.exited).toBe(0);
  expect(screen.written).not.toContain("\x1b");
  // The terminal has echoed what was typed, so that it is not said once more.
  expect(screen.written.match(/\bhi\b/g)).toEqual(["hi"]);
});

test("at a terminal, a line for each room has its unread count at the login; opening the room reads it", async () => {
  await using chat = startChat();
  const bob = await WireClient.open(chat.port);
  bob.send("NICK bob\r\nUSER bob 0 * :b\r\nJOIN #dev,#ops\r\n");
  await bob.until(/ 366 bob #ops/);
  const before = await WireClient.open(chat.port);
  before.send("NICK ann\r\nUSER ann 0 * :a\r\nREGISTER * * secret\r\nJOIN #dev,#ops\r\n");
  await before.until(/ 366 ann #ops/);
  before.send("QUIT\r\n");
  await before.until(/ERROR/);
  bob.send("PRIVMSG #ops :one\r\nPRIVMSG #ops :two, ann\r\nPING said\r\n");
  await bob.until(/ said$/);
  const ann = startClient(chat, "ann", {
    account: "ann",
    password: "secret",
    rooms: [],
    linear: true,
    columns: 500,
    rows: 20,
  });
  const rows = await ann.sees("#ops: 2 unread, 1 for you; /catchup tells more.");
  expect(rows.join("\n")).not.toContain("joined");
  const phone = await WireClient.open(chat.port);
  phone.send(`CAP REQ :sasl draft/read-marker draft/chathistory\r\nAUTHENTICATE PLAIN\r\n`);
  phone.send(`AUTHENTICATE ${saslPlain("ann")}\r\nNICK ann\r\nUSER ann 0 * :a\r\nCAP END\r\n`);
  await phone.until(/ 366 ann #ops/);
  bob.send("PRIVMSG #ops :three\r\nPRIVMSG #dev :four\r\n");
  await ann.sees("#ops <bob> three");
  expect((await phone.until(/MARKREAD #dev timestamp=/)).join("\n")).not.toContain("MARKREAD #ops timestamp=");
  ann.type("/join ops\n");
  await ann.sees("Now in #ops.");
  bob.send("PRIVMSG #ops :five\r\n");
  await phone.until(/MARKREAD #ops timestamp=/);
  await endClients(ann);
  for (const wire of [bob, phone]) wire.close();
});

test("a guest at a terminal is back in the rooms of the last run; a line that was not confirmed is said once", async () => {
  await using chat = startChat();
  const options = { host: "chat.test", port: 9000, nick: "ann", rooms: [], linear: true, raw: false };
  let isBroken = false;
  const transports: { terminate(): void }[] = [];
  const connect: Connect = (listener) => {
    if (isBroken) return void setImmediate(() => listener.closed(new Error("broken")));
    inProcess(chat.accept)({
      ...listener,
      opened: (transport, secrecy) => {
        transports.push(transport);
        listener.opened(transport, secrecy);
      },
    });
  };
  const first = new MemorySession(connect, 80, 20);
  const ended = runClient(options, first.proc);
  await first.sees("In #lobby: ann");
  first.type("/join ops\n");
  await first.sees("In #ops: ann");
  isBroken = true;
  for (const transport of transports) transport.terminate();
  await first.sees("Lost chat.test:9000");
  first.type("never lost\n");
  await first.sees("your messages are sent after the reconnect");
  first.signal("SIGTERM");
  await ended;

  const bob = await WireClient.open(chat.port);
  bob.send("NICK bob\r\nUSER bob 0 * :b\r\nJOIN #lobby,#ops\r\n");
  await bob.until(/ 366 bob #ops/);
  const second = new MemorySession(connect, 80, 20);
  const again = runClient(options, { ...second.proc, state: first.state });
  // The server is not reached at first.
  const rows = await second.sees("Not connected: broken; connecting again.");
  expect(rows.join("\n")).toMatch(/Your rooms: #lobby, #ops. You are in #ops.\n *-- Waits for the connection: #ops:/);
  isBroken = false;
  await bob.until(/ann!\S+ PRIVMSG #ops :never lost/);
  bob.send("PRIVMSG #lobby :still here?\r\n");
  await second.sees("#lobby <bob> still here?");
  second.type("/query bob\n");
  await second.sees("Now with bob.");
  second.signal("SIGTERM");
  expect(await again).toBe(0);
  const third = new MemorySession(connect, 400, 20);
  const last = runClient(options, { ...third.proc, state: first.state });
  await third.sees("What you type goes to bob alone; /join ROOM and /query NICK go elsewhere.");
  third.signal("SIGTERM");
  expect(await last).toBe(0);
  bob.close();
});
