import { describe, expect, test } from "bun:test";
import { readProxyHeader } from "../../../src/server/net/proxy-protocol.ts";
import { V4, V6, v2 } from "./headers.ts";

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
