import { describe, expect, test } from "bun:test";
import { defaultConfig } from "../src/server/config.ts";
import { startChat } from "./harness.ts";
import { Wire } from "./socket.ts";

/** A chat to which loopback is an address like any other. */
function open(changes: Parameters<typeof startChat>[0] = {}) {
  return startChat({ exempt: [], ...changes });
}

describe("one who attacks", () => {
  test("by many connections is told why no more are accepted, and others are not affected", async () => {
    await using chat = open();
    const wires = [];
    for (let n = 0; n < 16; n++) wires.push(await Wire.open(chat.port, "127.0.0.1", "127.0.0.5"));
    const last = await Wire.open(chat.port, "127.0.0.1", "127.0.0.5");
    expect(await last.next()).toBe("ERROR :Too many connections from your address");
    await last.closed();
    const other = await Wire.open(chat.port, "127.0.0.1", "127.0.0.6");
    other.send("NICK ann\r\nUSER a 0 * :A\r\n");
    await other.until(/ 422 /);
    for (const wire of [...wires, other]) wire.close();
  });

  test("by a flood is slowed down: nothing is lost, nobody is banned", async () => {
    await using chat = open({ connections: { ...defaultConfig().connections, floodRate: 20 } });
    const wire = await Wire.open(chat.port, "127.0.0.1", "127.0.0.7");
    wire.send("NICK ann\r\nUSER a 0 * :A\r\n");
    await wire.until(/ 422 /);
    const began = performance.now();
    for (let n = 0; n < 20; n++) wire.send(`PING ${n}\r\n`);
    const lines = await wire.until(/PONG \S+ 19$/);
    expect(lines.length).toBe(20);
    expect(performance.now() - began).toBeGreaterThan(400);
    wire.close();
  });

  test("by a line without end is closed with a reason", async () => {
    await using chat = open();
    const wire = await Wire.open(chat.port, "127.0.0.1", "127.0.0.8");
    wire.send("x".repeat(20_000));
    expect((await wire.until(/longer/)).at(-1)).toContain("8192 bytes");
    await wire.closed();
    wire.close();
  });

  test("by a thousand guesses of a password is told to wait", async () => {
    await using chat = open();
    const wire = await Wire.open(chat.port, "127.0.0.1", "127.0.0.9");
    wire.send("CAP REQ sasl\r\n");
    const guess = `AUTHENTICATE PLAIN\r\nAUTHENTICATE ${Buffer.from("\0ann\0wrong").toString("base64")}\r\n`;
    for (let n = 0; n < 4; n++) wire.send(guess);
    expect((await wire.until(/Too many tries/)).at(-1)).toMatch(/904 .*try again in \d+ seconds/);
    wire.close();
  });

  test("by not reading is cut off at the limit, and the others hear everything meanwhile", async () => {
    await using chat = startChat({ sendQueue: 65536 });
    const join = async (nick: string) => {
      const wire = await Wire.open(chat.port);
      wire.send(`NICK ${nick}\r\nUSER a 0 * :A\r\nJOIN #r\r\n`);
      await wire.until(/ 366 /);
      return wire;
    };
    const deaf = await join("deaf");
    const bob = await join("bob");
    const ann = await join("ann");
    deaf.pause();
    for (let n = 0; n < 40; n++) {
      for (let m = 0; m < 200; m++) ann.send(`PRIVMSG #r :${n} ${m} ${"x".repeat(380)}\r\n`);
      await bob.until(new RegExp(`:${n} 199 `));
    }
    await ann.until(/:deaf!\S+ QUIT :SendQ exceeded/);
    for (const wire of [deaf, bob, ann]) wire.close();
  });
});
