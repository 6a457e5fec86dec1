import { describe, expect, test } from "bun:test";
import type { ServerConfig } from "../../../src/server/config/read.ts";
import { NO_LIMITS } from "../../../src/server/limits/connection-limiter.ts";
import { makeCertificate, TlsContext } from "../../../src/server/net/certificate.ts";
import {
  gatewayRefusal,
  isGatewayLine,
  Relays,
  readGatewayLine,
  readProxyHeader,
} from "../../../src/server/net/relays.ts";
import { Log } from "../../../src/server/ops/log.ts";
import { memoryStore } from "../../../src/store/sqlite.ts";
import { startChat, type TestChat } from "../../support/chat-server.ts";
import { WireClient } from "../../support/socket.ts";
import { V4, V6, v2 } from "./headers.ts";

const SELF = "127.0.0.1";
const GATEWAY = [{ address: SELF, password: "sesame" }];
const certificate = await makeCertificate("chat.test");

describe("a gateway's line", () => {
  test.each([
    ["WEBIRC sesame kiwi host.example 192.0.2.1", "192.0.2.1", 0, false],
    ["WEBIRC sesame kiwi host.example 192.0.2.1 :secure remote-port=4711", "192.0.2.1", 4711, true],
    ["WEBIRC sesame kiwi host.example 192.0.2.1 secure", "192.0.2.1", 0, true],
    ["WEBIRC sesame kiwi host.example :2001:db8::1", "2001:db8::1", 0, false],
    ["WEBIRC sesame kiwi host.example 0::1 :local-port=1 secure ", "::1", 0, true],
    ["WEBIRC sesame kiwi host.example ::ffff:192.0.2.1", "192.0.2.1", 0, false],
    ["WEBIRC sesame kiwi host.example nowhere", undefined, 0, false],
  ] as const)("%j says whom it is for", (line, address, port, isSecure) => {
    expect(readGatewayLine(line)).toEqual({ password: "sesame", address, port, isSecure });
  });

  test.each(["WEBIRC", "WEBIRC a b c", "WEBIRC a b c "])("%j says too little, and is one", (line) => {
    expect([isGatewayLine(line), readGatewayLine(line)]).toEqual([true, undefined]);
  });

  test.each(["webirc is old", "WEBIRCS a b c d", ":x WEBIRC a b c d"])("%j is none", (line) => {
    expect(isGatewayLine(line)).toBe(false);
  });

  test("is believed from a gateway's address, with its password; both are needed", () => {
    const relays = new Relays([], [{ address: "10.0.0.0/8", password: "sesame" }]);
    const trouble = (from: string, line: string) => gatewayRefusal(relays, from, readGatewayLine(line));
    expect(trouble("10.0.0.1", "WEBIRC sesame a b 192.0.2.1")).toBeUndefined();
    expect(trouble("10.0.0.1", "WEBIRC wrong a b 192.0.2.1")).toBe("The WEBIRC password is wrong");
    expect(trouble("11.0.0.1", "WEBIRC sesame a b 192.0.2.1")).toContain("accepted only from the addresses");
    expect(trouble("10.0.0.1", "WEBIRC sesame a b c")).toContain("no IPv4 or IPv6 address");
    expect(trouble("10.0.0.1", "WEBIRC sesame")).toContain("WEBIRC takes");
  });
});

/** A chat that accepts loopback as a relay, and its log. */
function open(changes: Partial<ServerConfig>, secure = false) {
  const told: Record<string, unknown>[] = [];
  const log = new Log({
    format: "json",
    level: "debug",
    clock: Date.now,
    write: (line) => told.push(JSON.parse(line)),
  });
  const tlsContext = secure ? new TlsContext(() => certificate) : undefined;
  const chat = startChat({ exempt: [], ...changes }, Date.now, memoryStore, { log, tlsContext });
  return Object.assign(chat, { tells: (event: string) => told.find((line) => line.event === event) });
}

/** An IRC client that sends something first; it may be refused. */
async function client(chat: TestChat, nick: string, before: string | Uint8Array): Promise<WireClient> {
  const wire = await WireClient.open(chat.port);
  wire.send(before);
  wire.send(`NICK ${nick}\r\nUSER a 0 * :A\r\nUSERHOST ${nick}\r\n`);
  return wire;
}

/** The host that others see. */
async function hostOf(wire: WireClient): Promise<string> {
  const line = (await wire.until(/ 302 /)).at(-1) ?? "";
  return line.slice(line.lastIndexOf("@") + 1);
}

const header = (address: string) => `PROXY TCP4 ${address} 10.0.0.1 4711 9000\r\n`;

describe("one behind a proxy", () => {
  test("is from where the proxy says, whatever version it speaks, or from the proxy where that says nothing", async () => {
    await using chat = open({ proxies: ["127.0.0.0/8"] });
    const hosts = [];
    for (const [at, before] of [
      header("192.0.2.1"),
      header("192.0.2.1"),
      v2({ family: 0x21, addresses: V6 }),
      "PROXY UNKNOWN\r\n",
      v2({ command: 0x20, family: 0, addresses: [] }),
      "",
    ].entries())
      hosts.push(await hostOf(await client(chat, `n${at}`, before)));
    const [first, second, third, ...own] = hosts;
    expect(second).toBe(first ?? "");
    expect(new Set([first, third, own[0]]).size).toBe(3);
    expect(new Set(own).size).toBe(1);
    expect(chat.tells("connection-relayed")).toMatchObject({ address: "192.0.2.1", port: 4711, by: SELF });
  });

  test("may send the header in pieces, and then TLS", async () => {
    await using chat = open({ proxies: [SELF] }, true);
    const wire = await WireClient.open(chat.port);
    for (const piece of ["PRO", "XY TCP4 192.0.2.1 10.0", ".0.1 4711 9000\r", "\nhel", "lo\n"]) wire.send(piece);
    await wire.until(/<guest-1> hello$/);
    const { promise, resolve } = Promise.withResolvers<void>();
    const socket = await Bun.connect({
      hostname: SELF,
      port: chat.port,
      socket: { data: () => {}, open: (opened) => void opened.write(header("192.0.2.9")) },
    });
    const [, secure] = socket.upgradeTLS({
      tls: { rejectUnauthorized: false },
      socket: {
        handshake: (tls) => void tls.write("NICK ann\r\nUSER a 0 * :A\r\nWHOIS ann\r\n"),
        data: (_tls, bytes) => {
          if (bytes.toString().includes(" 671 ann ann ")) resolve();
        },
      },
    });
    await promise;
    secure.terminate();
  });

  test("a silent peer is greeted", async () => {
    await using chat = open({ proxies: [SELF] });
    const wire = await WireClient.open(chat.port);
    wire.send(header("192.0.2.1"));
    await wire.until(/^-- You are guest-1 in #lobby/);
  });

  test("has to be named before it is greeted", async () => {
    await using chat = open({ proxies: [SELF] });
    const wire = await WireClient.open(chat.port);
    await wire.until(/^-- You are guest-1 in #lobby/);
    wire.send(header("192.0.2.1"));
    await wire.until(/^-- A PROXY header is accepted/);
    expect(chat.tells("connection-relayed")).toBeUndefined();
  });

  test("is counted where it is from, and exempt only if that is", async () => {
    const connections = { ...NO_LIMITS, perAddress: 1, floodProtection: false, floodBurst: 1, floodRate: 1 };
    await using chat = open({ proxies: [SELF], exempt: ["127.0.0.0/8"], connections });
    for (const n of [1, 2, 3]) await (await client(chat, `n${n}`, header(`192.0.2.${n}`))).until(/ 001 /);
    await (await client(chat, "n4", header("192.0.2.3"))).until(/^ERROR :Too many connections from your address/);
  });

  test("is kept out by a ban of where it is from", async () => {
    const operators = [{ name: "root", password: "sesame" }];
    await using chat = open({ proxies: [SELF], operators });
    const root = await client(chat, "root", header("192.0.2.1"));
    root.send("OPER root sesame\r\nUBAN ADD 192.0.2.7\r\n");
    await root.until(/192\.0\.2\.7/);
    const banned = await client(chat, "eve", header("192.0.2.7"));
    await banned.until(/^ERROR :You are banned from this server/);
    await (await client(chat, "ann", header("192.0.2.8"))).until(/ 001 ann/);
  });

  test.each(["PROXY TCP4 nowhere\r\n", v2({ command: 0x22, addresses: [] })])(
    "whose header is malformed is closed and logged",
    async (before) => {
      await using chat = open({ proxies: [SELF] });
      const wire = await client(chat, "ann", before);
      await wire.closed();
      expect(wire.received).toBe("");
      expect(chat.tells("relay-refused")).toMatchObject({ level: "warning", address: SELF });
    },
  );
});

describe("one behind a gateway", () => {
  test("is from where the gateway says, and secure if the whole way is", async () => {
    await using chat = open({ gateways: GATEWAY });
    const line = "WEBIRC sesame kiwi host.example 192.0.2.1";
    const ann = await client(chat, "ann", `${line} :secure\r\n`);
    const bob = await client(chat, "bob", `${line}\r\n`);
    const carl = await client(chat, "carl", "");
    const [one, other, own] = [await hostOf(ann), await hostOf(bob), await hostOf(carl)];
    expect([one === other, one === own]).toEqual([true, false]);
    ann.send("WHOIS ann\r\nWHOIS bob\r\n");
    expect((await ann.until(/ 318 ann bob /)).filter((each) => each.includes(" 671 "))).toHaveLength(1);
  });

  test("is refused with a wrong password, and the operator learns of it", async () => {
    await using chat = open({ gateways: GATEWAY });
    const wire = await client(chat, "ann", "WEBIRC wrong kiwi host.example 192.0.2.1\r\n");
    await wire.until(/^ERROR :The WEBIRC password is wrong$/);
    await wire.closed();
    expect(chat.tells("relay-refused")).toMatchObject({ level: "warning", address: SELF });
    expect(JSON.stringify(chat.tells("relay-refused"))).not.toContain("wrong kiwi");
  });

  test("is accepted as the first line only; a later one closes the connection", async () => {
    await using chat = open({ gateways: GATEWAY });
    const line = "WEBIRC sesame kiwi host.example 192.0.2.1\r\n";
    for (const [before, behind] of [
      [`CAP LS\r\n${line}`, ""],
      ["", line],
    ] as const) {
      const wire = await client(chat, "ann", before);
      wire.send(behind);
      await wire.until(/^ERROR :.*WEBIRC has to be the first line/);
      await wire.closed();
      expect(wire.received).not.toContain("sesame");
    }
    const person = await WireClient.open(chat.port);
    person.send("hello\nWEBIRC sesame kiwi host.example 192.0.2.1\n");
    await person.until(/<guest-1> WEBIRC/);
    expect(chat.tells("connection-relayed")).toBeUndefined();
  });
});

test("WEBIRC from a stranger is refused with a reason and never said, also in pieces and without an end", async () => {
  await using chat = open({});
  const ann = await WireClient.open(chat.port);
  ann.send("hello\n");
  await ann.until(/<guest-1> hello/);
  for (const pieces of [
    ["WEBIRC sesame k h 192.0.2.1\r\n"],
    ["WEBI", "RC sesame\r\n"],
    ["WEBIRC sesame k h 192.0.2.1"],
  ]) {
    const wire = await WireClient.open(chat.port);
    for (const piece of pieces) wire.send(piece);
    await wire.until(/^ERROR :WEBIRC is accepted only from the addresses/);
    await wire.closed();
  }
  ann.send("/quit\n");
  await ann.closed();
  expect(ann.received).not.toContain("sesame");
});

test("the list of relays can change while the server runs", async () => {
  await using chat = open({});
  chat.reload({ exempt: [], proxies: [SELF] });
  const ann = await client(chat, "ann", header("192.0.2.1"));
  await ann.until(/ 001 ann /);
});

const read = (text: string) => readProxyHeader(Buffer.from(text, "latin1"));

describe("version 1", () => {
  test.each([
    ["PROXY TCP4 192.0.2.1 10.0.0.1 4711 9000\r\n", { address: "192.0.2.1", port: 4711 }],
    ["PROXY TCP6 2001:db8::1 ::1 1 65535\r\n", { address: "2001:db8::1", port: 1 }],
    ["PROXY TCP6 ::ffff:192.0.2.1 ::1 0 9000\r\n", { address: "192.0.2.1", port: 0 }],
    ["PROXY UNKNOWN\r\n", undefined],
    ["PROXY UNKNOWN whatever it says\r\n", undefined],
  ])("%j is a header", (text, origin) => {
    expect(read(`${text}hello`)).toEqual({ type: "header", length: text.length, origin });
  });

  test.each([
    "PROXY TCP4 192.0.2.1 10.0.0.1 4711\r\n",
    "PROXY TCP4 192.0.2.1 10.0.0.1 4711 9000 1\r\n",
    "PROXY TCP4 192.0.2.1  10.0.0.1 4711 9000\r\n",
    "PROXY TCP4 2001:db8::1 ::1 4711 9000\r\n",
    "PROXY TCP6 192.0.2.1 10.0.0.1 4711 9000\r\n",
    "PROXY TCP4 192.0.2.256 10.0.0.1 4711 9000\r\n",
    "PROXY TCP4 192.0.2.1 10.0.0.1 65536 9000\r\n",
    "PROXY TCP4 192.0.2.1 10.0.0.1 04711 9000\r\n",
    "PROXY UDP4 192.0.2.1 10.0.0.1 4711 9000\r\n",
    "PROXY TCP4 192.0.2.1 10.0.0.1 4711 9000\n",
    "PROXY \r\n",
    `PROXY UNKNOWN ${"x".repeat(100)}`,
  ])("%j is malformed", (text) => {
    expect(read(text).type).toBe("bad");
  });

  test("it may have 107 bytes, and no more", () => {
    const fill = (length: number) => `PROXY UNKNOWN ${"x".repeat(length - 16)}\r\n`;
    expect([read(fill(107)).type, read(fill(108)).type]).toEqual(["header", "bad"]);
  });
});

describe("version 2", () => {
  test.each([
    ["IPv4", v2({ addresses: V4 }), { address: "192.0.2.1", port: 4711 }],
    ["IPv6", v2({ family: 0x21, addresses: V6 }), { address: "2001:db8::1", port: 4711 }],
    ["datagrams", v2({ family: 0x12, addresses: V4 }), { address: "192.0.2.1", port: 4711 }],
    [
      "values behind it",
      v2({ addresses: [...V4, 4, 0, 2, 0, 0, 3, 0, 4, 1, 2, 3, 4] }),
      { address: "192.0.2.1", port: 4711 },
    ],
    ["a unix socket", v2({ family: 0x31, addresses: Array(216).fill(0) }), undefined],
    ["nothing known", v2({ family: 0, addresses: [] }), undefined],
    ["nothing known, but said", v2({ family: 0, addresses: [1, 2, 3] }), undefined],
    ["the proxy itself", v2({ command: 0x20, addresses: V4 }), undefined],
    ["the proxy itself, without more", v2({ command: 0x20, family: 0, addresses: [] }), undefined],
  ] as const)("%s is a header", (_, bytes, origin) => {
    const all = Buffer.concat([bytes, Buffer.from("hello")]);
    expect(readProxyHeader(all)).toEqual({ type: "header", length: bytes.length, origin });
  });

  test("IPv4 within IPv6 is IPv4", () => {
    const mapped = [...Array(10).fill(0), 255, 255, 192, 0, 2, 1, ...Array(16).fill(0), 18, 103, 35, 40];
    const reading = readProxyHeader(v2({ family: 0x21, addresses: mapped }));
    expect(reading).toMatchObject({ origin: { address: "192.0.2.1", port: 4711 } });
  });

  test.each([
    ["another version", v2({ command: 0x11, addresses: V4 })],
    ["another command", v2({ command: 0x22, addresses: V4 })],
    ["another family", v2({ family: 0x41, addresses: V4 })],
    ["another transport", v2({ family: 0x13, addresses: V4 })],
    ["too few addresses", v2({ addresses: V4.slice(1) })],
    ["a value cut off", v2({ addresses: [...V4, 4, 0, 9, 0] })],
    ["half a value", v2({ addresses: [...V4, 4] })],
    ["too much", v2({ addresses: Array(16_385).fill(0) })],
  ])("one with %s is malformed", (_, bytes) => {
    expect(readProxyHeader(bytes).type).toBe("bad");
  });
});

test.each([
  "",
  "P",
  "PROXY",
  "PROXY TCP4 192.0.2.1",
  "\r\n",
  "\r\n\r\n\0\r\nQUIT\n",
  "\r\n\r\n\0\r\nQUIT\n!\x11\0\x0cabc",
])("after %j more has to come, if anything has", (text) => {
  expect(read(text).type).toBe(text === "" ? "none" : "more");
});

test.each(["hello", "PASS x\r\n", "PROXIES", "\r\nhello", "\x16\x03\x01"])("%j is no header", (text) => {
  expect(read(text).type).toBe("none");
});

test("a header is the same, however it is cut", () => {
  for (const header of [
    Buffer.from("PROXY TCP4 192.0.2.1 10.0.0.1 4711 9000\r\n"),
    v2({ addresses: [...V4, 4, 0, 1, 0] }),
  ]) {
    for (let at = 1; at < header.length; at++) expect(readProxyHeader(header.subarray(0, at)).type).toBe("more");
    expect(readProxyHeader(header).type).toBe("header");
  }
});
