import { describe, expect, test } from "bun:test";
import { NO_LIMITS } from "../src/server/limits/connection-limiter.ts";
import { startChat } from "./support/chat-server.ts";
import { WireClient } from "./support/socket.ts";

const ONE_GUEST = { ...NO_LIMITS, perAddress: 1, floodProtection: false, floodBurst: 1, floodRate: 1 };

function sasl(name: string): string {
  return Buffer.from(`\0${name}\0sesame`).toString("base64");
}

/** Connects an IRC client that has sent everything for its registration. */
async function client(port: number, nick: string, account?: string): Promise<WireClient> {
  const wire = await WireClient.open(port);
  wire.send("CAP REQ :sasl\r\n");
  if (account !== undefined) wire.send(`AUTHENTICATE PLAIN\r\nAUTHENTICATE ${sasl(account)}\r\n`);
  wire.send(`NICK ${nick}\r\nUSER a 0 * :A\r\nCAP END\r\n`);
  return wire;
}

async function register(port: number, nick: string): Promise<void> {
  const wire = await client(port, nick);
  wire.send("REGISTER * * sesame\r\nQUIT\r\n");
  await wire.until(/^ERROR/);
  expect(wire.received).toContain("REGISTER SUCCESS");
}

describe("when the guests of an address have used up their connections", () => {
  test("another guest is refused at registration, and a client that logs in with SASL is not", async () => {
    await using chat = startChat({ exempt: [], connections: ONE_GUEST });
    await register(chat.port, "ann");
    const bob = await WireClient.open(chat.port);
    bob.send("hello\n");
    await bob.until(/<guest-1> hello/);
    const carl = await client(chat.port, "carl");
    await carl.until(/^ERROR :Too many connections from your address$/);
    await carl.closed();
    const person = await WireClient.open(chat.port);
    person.send("hello?\n");
    await person.until(/^ERROR :Too many connections from your address$/);
    const ann = await client(chat.port, "ann", "ann");
    await ann.until(/ 001 ann /);
    ann.send("JOIN #lobby\r\nPING x\r\n");
    expect((await ann.until(/PONG/)).join("\n")).not.toContain("carl");
    expect(bob.received).not.toContain("hello?");
  });

  test("a guest who logs in makes room for another guest", async () => {
    await using chat = startChat({ exempt: [], connections: ONE_GUEST });
    await register(chat.port, "ann");
    const ann = await WireClient.open(chat.port);
    ann.send("/login ann sesame\n");
    await ann.until(/You are ann now/);
    const bob = await client(chat.port, "bob");
    await bob.until(/ 001 bob /);
  });
});

test("an account has a limited number of sessions, and one session too many is told so", async () => {
  await using chat = startChat({ exempt: [], connections: { ...ONE_GUEST, sessionsPerAccount: 2 } });
  await register(chat.port, "ann");
  for (let n = 0; n < 2; n++) await (await client(chat.port, "ann", "ann")).until(/ 001 ann /);
  const third = await client(chat.port, "ann", "ann");
  await third.until(/^ERROR :Your account has too many sessions; end one of them first$/);
});
