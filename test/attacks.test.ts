import { describe, expect, test } from "bun:test";
import { CHAT_LIMITS } from "../src/chat/model/limits.ts";
import { defaultConfig } from "../src/server/config/read.ts";
import { makeCertificate, TlsContext } from "../src/server/net/certificate.ts";
import { memoryStore } from "../src/store/sqlite.ts";
import { binary, Program } from "./support/binary.ts";
import { startChat } from "./support/chat-server.ts";
import { parseMetrics } from "./support/metrics-text.ts";
import { eventually } from "./support/patience.ts";
import { WireClient } from "./support/socket.ts";

type Changes = Parameters<typeof startChat>[0];

const { connections } = defaultConfig();
/** Without flood protection, so that a test reaches the other limits quickly. */
const FAST = { ...connections, floodProtection: false };

/** A chat server without exempt addresses, and its metrics. */
function open(changes: Changes = {}, clock = Date.now, more: Parameters<typeof startChat>[3] = {}) {
  const chat = startChat({ exempt: [], monitor: "127.0.0.1:0", ...changes }, clock, memoryStore, more);
  const metric = async (sample: string): Promise<number> => {
    const text = await (await fetch(`http://127.0.0.1:${chat.monitor}/metrics`)).text();
    const all = [...parseMetrics(text).values()].flatMap(({ samples }) => [...samples]);
    return new Map(all).get(sample) ?? 0;
  };
  const refused = (reason: string) => metric(`tcpchat_refusals_total{reason="${reason}"}`);
  /** Waits for this many refusals with a reason; a closed connection is counted when it is gone. */
  const refuses = async (reason: string, count = 1) => {
    await eventually(async () => (await refused(reason)) >= count);
    expect([reason, await refused(reason)]).toEqual([reason, count]);
  };
  return Object.assign(chat, { metric, refused, refuses });
}

let addresses = 0;

/** Connects from a new address. */
function come(port: number): Promise<WireClient> {
  addresses++;
  return WireClient.open(port, "127.0.0.1", `127.7.${addresses >> 8}.${addresses & 255}`);
}

/** Connects a registered IRC client from a new address. */
async function client(port: number, nick: string, ...lines: readonly string[]): Promise<WireClient> {
  const wire = await come(port);
  wire.send(
    ["CAP REQ :message-tags batch draft/multiline", "CAP END", `NICK ${nick}`, "USER a 0 * :A", ""].join("\r\n"),
  );
  await wire.until(/ (?:376|422) /);
  for (const line of lines) wire.send(`${line}\r\n`);
  return wire;
}

/** Waits until the server has handled everything that this client sent; returns the lines that came. */
async function done(wire: WireClient): Promise<readonly string[]> {
  wire.send("PING all-done\r\n");
  return wire.until(/PONG \S+ all-done$/);
}

describe("an attacker", () => {
  test("with many connections is told why no more are accepted, and others are not affected", async () => {
    await using chat = open();
    const wires = [];
    for (let n = 0; n < 16; n++) wires.push(await WireClient.open(chat.port, "127.0.0.1", "127.0.0.5"));
    const last = await WireClient.open(chat.port, "127.0.0.1", "127.0.0.5");
    expect(await last.next()).toBe("ERROR :Too many connections from your address");
    await last.closed();
    expect(await chat.refused("too-many-connections")).toBe(1);
    for (const wire of [...wires, await client(chat.port, "ann")]) wire.close();
  });

  test("that connects again and again is told to wait", async () => {
    await using chat = open();
    for (let n = 0; n < 32; n++) (await WireClient.open(chat.port, "127.0.0.1", "127.0.0.11")).close();
    await eventually(async () => (await chat.metric('tcpchat_connections{face="undecided"}')) === 0);
    const last = await WireClient.open(chat.port, "127.0.0.1", "127.0.0.11");
    expect(await last.next()).toMatch(/^ERROR :Too many new connections/);
    expect(await chat.refused("too-many-new-connections")).toBe(1);
    (await client(chat.port, "ann")).close();
  });

  test("that floods is slowed down without losses or bans", async () => {
    await using chat = open({ connections: { ...connections, floodRate: 20 } });
    const wire = await client(chat.port, "ann");
    const began = performance.now();
    for (let n = 0; n < 20; n++) wire.send(`PING ${n}\r\n`);
    const lines = await wire.until(/PONG \S+ 19$/);
    expect(lines.length).toBe(20);
    expect(performance.now() - began).toBeGreaterThan(400);
    expect(await chat.refused("flood")).toBeGreaterThan(0);
    wire.close();
  });

  test("that floods is slowed down by the present configuration, even if it connected before the change", async () => {
    await using chat = open({ connections: { ...connections, floodBurst: 1, floodRate: 1 } });
    const wire = await come(chat.port);
    chat.reload({ connections: { ...connections, floodBurst: 1000, floodRate: 1000 } });
    for (let n = 0; n < 500; n++) wire.send(`PING ${n}\r\n`);
    await wire.until(/PONG \S+ 499$/);
    chat.reload({ connections: { ...connections, floodBurst: 1, floodRate: 20 } });
    const began = performance.now();
    for (let n = 0; n < 10; n++) wire.send(`PING more-${n}\r\n`);
    await wire.until(/PONG \S+ more-9$/);
    expect(performance.now() - began).toBeGreaterThan(400);
    chat.reload({ connections: FAST });
    for (let n = 0; n < 100; n++) wire.send(`PING most-${n}\r\n`);
    await wire.until(/PONG \S+ most-99$/);
    wire.close();
  });

  test("that floods while a batch is open is slowed down as well", async () => {
    await using chat = open({ connections: { ...connections, floodRate: 20 } });
    const wire = await client(chat.port, "ann", "BATCH +1 draft/multiline ann");
    const began = performance.now();
    for (let n = 0; n < 20; n++) wire.send(`PING ${n}\r\n`);
    await wire.until(/PONG \S+ 19$/);
    expect(performance.now() - began).toBeGreaterThan(400);
    wire.close();
  });

  test.each([
    ["person", "x", /longer than 8192 bytes/],
    ["client", "PING ", /ERROR .*Input line was too long/],
    ["client with tags", "@a=", /ERROR .*Input line was too long/],
  ])("that sends a line without end, as a %s, is closed with a reason", async (_, start, reason) => {
    await using chat = open();
    const wire = start === "x" ? await come(chat.port) : await client(chat.port, "ann");
    wire.send(start + "x".repeat(1_000_000));
    await wire.until(reason);
    await wire.closed();
    wire.close();
    await chat.refuses("line-length");
  });

  test("that guesses a thousand passwords is told to wait, and then closed", async () => {
    await using chat = open({ connections: FAST });
    const wire = await come(chat.port);
    wire.send("CAP REQ sasl\r\n");
    const guess = `AUTHENTICATE PLAIN\r\nAUTHENTICATE ${Buffer.from("\0ann\0wrong").toString("base64")}\r\n`;
    for (let n = 0; n < 1000; n++) wire.send(guess);
    const lines = await wire.until(/^ERROR /);
    expect(lines.at(-1)).toContain("Too many failed logins");
    expect(lines.filter((line) => line.includes(" 904 ")).length).toBe(9);
    expect(lines.some((line) => /904 .*try again in \d+ seconds/.test(line))).toBe(true);
    await wire.closed();
    wire.close();
    await chat.refuses("login-tries");
    await chat.refuses("credentials-wrong", 3);
    const oper = await client(chat.port, "oper1");
    for (let n = 0; n < 20; n++) oper.send("OPER root wrong\r\n");
    await oper.until(/^ERROR .*Too many failed logins/);
    oper.close();
    await chat.refuses("login-tries", 2);
    const nc = await come(chat.port);
    for (let n = 0; n < 20; n++) nc.send("/login ann wrong\n");
    await nc.until(/^-- Too many failed logins\.$/);
    await nc.closed();
    nc.close();
    await chat.refuses("login-tries", 3);
  });

  test("that stops reading is cut off at the limit, and members that read receive everything", async () => {
    const [deaf, sendQueue] = [60, 65_536];
    await using chat = open({ sendQueue, connections: FAST });
    const bob = await client(chat.port, "bob", "JOIN #r");
    await done(bob);
    const wires = [];
    for (let n = 0; n < deaf; n++) {
      const wire = await client(chat.port, `deaf${n}`, "JOIN #r");
      await wire.until(/ 366 /);
      wire.pause();
      wires.push(wire);
    }
    const ann = await client(chat.port, "ann", "JOIN #r");
    for (let n = 0; (await chat.refused("send-queue")) < deaf; n++) {
      for (let m = 0; m < 200; m++) ann.send(`PRIVMSG #r :${n} ${m} ${"x".repeat(380)}\r\n`);
      await bob.until(new RegExp(`:${n} 199 `));
      // One tick's bytes may be added before the flush that finds the limit exceeded.
      expect(await chat.metric("tcpchat_queue_longest_bytes")).toBeLessThan(sendQueue + 200 * 512);
    }
    // The members are removed in later ticks.
    await eventually(async () => (await chat.metric("tcpchat_members")) <= 2);
    for (const wire of [...wires, bob, ann]) wire.close();
  });

  test("that closes one half of its connection and never the other is closed", async () => {
    await using chat = open();
    const wires = [await client(chat.port, "ann"), await come(chat.port)];
    wires[1]?.send("hello\n");
    await wires[1]?.until(/hello/);
    for (const wire of wires) {
      wire.pause();
      wire.shutdown();
    }
    await eventually(async () => (await chat.metric("tcpchat_members")) === 0);
    expect(await chat.metric('tcpchat_connections{face="irc"}')).toBe(0);
    for (const wire of wires) wire.close();
  });

  test.each([
    ["that is not finished", Uint8Array.of(0x16), "tls-handshake-time"],
    ["that is none", Buffer.from("\x16rubbish rubbish\r\n"), "tls-handshake"],
  ])("with a TLS handshake %s is closed", async (_, bytes, reason) => {
    const certificate = await makeCertificate("chat.test");
    await using chat = open({}, Date.now, { tlsContext: new TlsContext(() => certificate, 30) });
    const wire = await come(chat.port);
    wire.send(bytes);
    await wire.closed();
    wire.close();
    await chat.refuses(reason);
  });

  test("that stays silent is closed after the timeout, and so is a batch without an end", async () => {
    let shift = 0;
    await using chat = open({}, () => Date.now() + shift);
    const [half, gone] = [await come(chat.port), await client(chat.port, "gone")];
    half.send("NICK half\r\n");
    half.send("PING x\r\n");
    await half.until(/PONG/);
    shift = 60_000;
    const idle = await client(chat.port, "idle", "BATCH +1 draft/multiline idle");
    await done(idle);
    shift = 151_000;
    await Promise.all([
      half.until(/^ERROR .*Registration timed out/),
      gone.until(/^ERROR .*Ping timeout: 150 seconds/),
      idle.until(/FAIL BATCH TIMEOUT \S+ :The batch was not ended in time/),
    ]);
    await idle.until(/^PING /);
    for (const wire of [half, gone, idle]) wire.close();
    for (const reason of ["registration-time", "silence", "batch-time"]) await chat.refuses(reason);
  });

  test("that takes a hundred thousand nicks costs no lasting memory", async () => {
    await using chat = open({ connections: FAST });
    const ann = await client(chat.port, "ann");
    const change = async (from: number, to: number) => {
      for (let n = from; n < to; n += 1000) {
        ann.send(Array.from({ length: 1000 }, (_, i) => `NICK n${n + i}\r\n`).join(""));
        await ann.until(new RegExp(`NICK n${n + 999}$`));
      }
      ann.received = "";
      Bun.gc(true);
      return process.memoryUsage().heapUsed;
    };
    const before = await change(0, 20_000);
    expect(await change(20_000, 100_000)).toBeLessThan(before + 30_000_000);
    expect(await chat.metric("tcpchat_members")).toBe(1);
    ann.close();
  });

  test("that asks for too many rooms, bans, watched nicks or targets is refused, and the refusals are counted", async () => {
    await using chat = open({ connections: FAST });
    const many = (count: number, name: (n: number) => string) => Array.from({ length: count }, (_, n) => name(n));
    const ann = await client(chat.port, "ann", ...many(150, (n) => `JOIN #x${n}`));
    expect((await done(ann)).filter((line) => line.includes(" 405 ")).length).toBe(50);
    for (const n of many(150, String)) ann.send(`MODE #x0 +b x${n}!*@*\r\n`);
    expect((await done(ann)).filter((line) => line.includes(" 478 ")).length).toBe(50);
    for (const nick of many(150, (n) => `y${n}`)) ann.send(`MONITOR + ${nick}\r\n`);
    expect((await done(ann)).filter((line) => line.includes(" 734 ")).length).toBe(50);
    ann.send(`PRIVMSG ${many(50, (n) => `z${n}`).join(",")} :hi\r\n`);
    ann.send(`BATCH +1 draft/multiline ann\r\n${many(200, (n) => `@batch=1 PRIVMSG ann :${n}\r\n`).join("")}`);
    expect((await done(ann)).filter((line) => / 407 |MULTILINE_MAX_LINES/.test(line)).length).toBe(2);
    const reasons = ["too-many-rooms", "list-full", "monitor-list", "targets", "batch-size"];
    expect(await Promise.all(reasons.map(chat.refused))).toEqual([50, 50, 50, 1, 1]);
    ann.close();
  });

  test("that opens room after room leaves no rooms", async () => {
    await using chat = open({ connections: FAST });
    const ann = await client(chat.port, "ann");
    for (let n = 0; n < 1000; n++) ann.send(`JOIN #x${n}\r\nPART #x${n}\r\n`);
    await done(ann);
    expect(await chat.metric("tcpchat_rooms")).toBe(1);
    ann.close();
  });

  test("that repeats history requests does not delay others", async () => {
    await using chat = open({ connections: FAST, limits: CHAT_LIMITS });
    const [bob, ann] = [await client(chat.port, "bob"), await client(chat.port, "ann", "JOIN #r")];
    for (let n = 0; n < 1000; n++) ann.send(`PRIVMSG #r :message ${n}\r\n`);
    await done(ann);
    const eves = [];
    for (const nick of ["eve", "zoe", "mallory"]) eves.push(await client(chat.port, nick, "JOIN #r"));
    for (const eve of eves) eve.send("CHATHISTORY LATEST #r * 1000\r\nSEARCH text=message\r\n".repeat(100));
    for (let n = 0; n < 20; n++) await done(bob);
    const left = await Promise.all(
      eves.map((eve) => chat.metric("tcpchat_queue_longest_bytes").then(() => eve.isClosed)),
    );
    expect(left).toEqual([false, false, false]);
    for (const wire of [...eves, ann, bob]) wire.close();
  });

  test.each(["GET / HTTP/1.1", "POST /x HTTP/1.0", "OPTIONS * HTTP/1.1", "CONNECT x:1 HTTP/1.1", "PRI * HTTP/2.0"])(
    "that sends %j gets a 400, and no message appears in the chat",
    async (line) => {
      await using chat = open();
      const ann = await client(chat.port, "ann", "JOIN #lobby");
      await done(ann);
      const wire = await come(chat.port);
      wire.send(`${line}\r\nHost: x\r\n\r\nNICK eve\r\nSM\r\n\r\n/nick eve\nhello\n`);
      expect(await wire.next()).toBe("HTTP/1.1 400 Bad Request");
      await wire.closed();
      wire.close();
      await chat.refuses("http");
      expect(await done(ann)).toHaveLength(1);
      ann.close();
    },
  );
});

test("a server that runs out of descriptors keeps its connections, refuses new ones with a message, and recovers", async () => {
  const limited = ["sh", "-c", 'ulimit -n 96; exec "$@"', "sh", await binary(), "server"];
  await using server = Program.run([...limited, "--host", "127.0.0.1", "--port", "0", "--ephemeral"]);
  await server.prints(/Server is running on port \d+\n/);
  const port = Number(/port (\d+)/.exec(server.stdout)?.[1]);
  const [ann, bob] = [await client(port, "ann", "JOIN #r"), await client(port, "bob", "JOIN #r")];
  await done(bob);
  const storm = await Promise.all(Array.from({ length: 200 }, () => come(port)));
  const told = await Promise.all(storm.slice(100).map((wire) => wire.next()));
  expect(new Set(told)).toEqual(new Set(["ERROR :The server is full; try again later"]));
  ann.send("PRIVMSG #r :still here\r\n");
  await bob.until(/:still here$/);
  for (const wire of storm) wire.close();
  // The server accepts again when it has noticed the closed connections.
  for (let late = await come(port); ; late = await come(port)) {
    late.send("NICK late\r\nUSER l 0 * :L\r\n");
    if ((await late.next())?.includes(" 001 ")) break;
    late.close();
  }
  for (const wire of [ann, bob]) wire.close();
});
