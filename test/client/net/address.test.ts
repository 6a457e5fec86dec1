import { expect, test } from "bun:test";
import { addressName, unreachable } from "../../../src/client/net/address.ts";

test.each([
  ["127.0.0.1", "127.0.0.1:9000"],
  ["::1", "[::1]:9000"],
  ["[::1]", "[::1]:9000"],
])("the host %s is shown as %s", (host, name) => {
  expect(addressName({ host, port: 9000 })).toBe(name);
});

function failure(code: string): Error {
  return Object.assign(new Error("Failed to connect"), { code });
}

test.each([
  ["127.0.0.1", "ECONNREFUSED", "connection refused; nothing listens there; `tcpchat server --port 9` starts a server"],
  ["chat.example", "ECONNREFUSED", "connection refused; is its server running, and is this its port?"],
  ["chat.example", "ENOTFOUND", "no such host; check the address, HOST:PORT"],
])("for the host %s, %s is explained", (host, code, words) => {
  expect(unreachable({ host, port: 9 }, failure(code))).toEqual([`could not connect to ${host}:9: ${words}`]);
});
