/** A login that is kept for the next run. */

import { expect, test } from "bun:test";
import { type ClientOptions, runClient } from "../../src/client/run/client.ts";
import { saslPlain } from "../support/accounts.ts";
import { startChat, type TestChat } from "../support/chat-server.ts";
import { endClients } from "../support/client/memory-client.ts";
import { MemoryFolder } from "../support/client/memory-folder.ts";
import { MemorySession } from "../support/client/memory-session.ts";
import { inProcess } from "../support/in-process.ts";
import { WireClient } from "../support/socket.ts";

const LOGIN = "chat.test%3A9000/login.json";

/** A client with a state folder. */
function start(chat: TestChat, state: MemoryFolder, nick = "ann", more: Partial<ClientOptions> = {}) {
  const session = new MemorySession(inProcess(chat.accept));
  const options = {
    host: "chat.test",
    port: 9000,
    nick,
    rooms: [],
    linear: false,
    raw: false,
    device: "laptop",
    ...more,
  };
  return Object.assign(session, { code: runClient(options, { ...session.proc, state }) });
}

/** The answer to a login of ann with a password. */
async function loginOf(chat: TestChat, password: string): Promise<string> {
  const wire = await WireClient.open(chat.port);
  wire.send("CAP REQ :sasl\r\nAUTHENTICATE PLAIN\r\n");
  wire.send(`AUTHENTICATE ${saslPlain("ann", password)}\r\n`);
  const lines = await wire.until(/ 90[34] /);
  wire.close();
  return / (90[34]) /.exec(lines.at(-1) ?? "")?.[1] ?? "";
}

test("a login is kept as a token, which logs in the next run, and ends with /logout", async () => {
  await using chat = await startChat();
  const state = new MemoryFolder();
  const first = start(chat, state);
  await first.sees("In #lobby: ann");
  first.type("/register sesame99\r");
  await first.sees("ann is yours now; a token is kept here for the next time");
  first.type("/token\r");
  await first.sees(": laptop, made ");
  await endClients(first);
  const kept = state.files.get(LOGIN) ?? "";
  expect(kept).not.toContain("sesame99");
  const [{ token = "", tokenId = "" } = {}] = JSON.parse(kept);
  expect(await loginOf(chat, token)).toBe("903");

  const second = start(chat, state);
  await second.sees("ann ✓ │ #lobby (1)");
  expect(state.files.get(LOGIN)).toBe(kept);
  second.type("/devices\r");
  await second.sees(": laptop, IRC from ");
  const bob = await WireClient.open(chat.port);
  bob.send("NICK bob\r\nUSER bob 0 * :b\r\nJOIN #lobby\r\n");
  await bob.until(/ 366 /);
  second.type("/logout\r");
  await second.sees("The login is forgotten here, and its token has ended. You");
  // The account's session ends at once, and the guest is in the same room.
  await second.sees("ann is registered: you are ann-2");
  await bob.until(/:ann!\S+ QUIT/);
  bob.send("NAMES #lobby\r\n");
  expect((await bob.until(/ 353 /)).at(-1)?.split(":").at(-1)?.split(" ").toSorted()).toEqual(["ann-2", "bob"]);
  bob.close();
  second.type("still here\r");
  await second.sees("ann-2 │ still here");
  expect(second.rows().join("\n")).not.toMatch(new RegExp(`${tokenId}|Lost`));
  expect([state.files.get(LOGIN), await loginOf(chat, token)]).toEqual([undefined, "904"]);
  await endClients(second);
});

test("a password that an earlier version has kept becomes a token", async () => {
  await using chat = await startChat();
  await register(chat);
  const state = new MemoryFolder();
  state.write(LOGIN, JSON.stringify([{ account: "ann", password: "sesame99", nick: "ann" }]));
  const ann = start(chat, state);
  await ann.sees("ann ✓ │ #lobby (1)");
  ann.type("/token\r");
  await ann.sees(": laptop, made ");
  expect(state.files.get(LOGIN)).not.toContain("sesame99");
  await endClients(ann);
});

/** Registers ann. */
async function register(chat: TestChat): Promise<void> {
  const wire = await WireClient.open(chat.port);
  wire.send("NICK ann\r\nUSER ann 0 * :a\r\nREGISTER * * sesame99\r\n");
  await wire.until(/REGISTER SUCCESS/);
  wire.close();
}

test("a login whose password was typed at the start is kept; one whose password was given is not", async () => {
  await using chat = await startChat();
  await register(chat);
  const state = new MemoryFolder();
  const given = start(chat, state, "ann", { account: "ann", password: "sesame99" });
  await given.sees("ann ✓ │ #lobby (1)");
  await endClients(given);
  expect(state.files.get(LOGIN)).toBeUndefined();

  const typed = start(chat, state, "ann", { account: "ann" });
  typed.type("sesame99\r");
  await typed.sees("You are logged in to ann; a token is kept here");
  typed.type("/token\r");
  await typed.sees(": laptop, made ");
  await endClients(typed);
  expect(state.files.get(LOGIN)).not.toContain("sesame99");

  const next = start(chat, state, "root", { keepsNick: false });
  await next.sees("ann ✓ │ #lobby (1)");
  expect(next.rows().join()).not.toContain("You are logged in");
  await endClients(next);
});

test("a guest of a registered name is told so once, in the room of the last run and in a first one", async () => {
  await using chat = await startChat();
  await register(chat);
  const state = new MemoryFolder();
  for (let run = 0; run < 2; run++) {
    const guest = start(chat, state);
    await guest.sees("ann is registered: you are ann-2");
    guest.type("/away out\r");
    const rows = await guest.sees("You are away");
    expect(rows.filter((row) => row.includes("ann is registered"))).toHaveLength(1);
    await endClients(guest);
  }
});

test("a saved login that is not used is told, once", async () => {
  await using chat = startChat();
  const state = new MemoryFolder();
  state.write(LOGIN, JSON.stringify([{ account: "ann", password: "sesame99", nick: "ann" }]));
  const zoe = start(chat, state, "zoe");
  await zoe.sees("-- │ There is a saved login of ann here; --account ann uses it.");
  await endClients(zoe);
});
