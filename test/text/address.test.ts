import { expect, test } from "bun:test";
import { fromPercents, invitationIn, isLoopback, isToken } from "../../src/text/address.ts";

test.each(["localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1", "[::1]"])("%s is this machine", (host) => {
  expect(isLoopback(host)).toBe(true);
});

test.each(["chat.example", "10.0.0.1", "127.0.0.1.example", "localhost.example", "::2", ""])(
  "%s is another machine",
  (host) => {
    expect(isLoopback(host)).toBe(false);
  },
);

test.each([
  ["dev", "dev"],
  ["%23dev", "#dev"],
  ["caf%C3%A9", "café"],
  ["100%", "100%"],
  ["%C3%", "%C3%"],
])("%s stands for %s", (part, text) => {
  expect(fromPercents(part)).toBe(text);
});

const TOKEN = "aB3-_".repeat(9).slice(0, 43);

test("a token has 43 characters of base64url", () => {
  expect(isToken(TOKEN)).toBe(true);
});

test.each(["", "x".repeat(42), "x".repeat(44), `${"x".repeat(42)}+`, `${"x".repeat(43)}\n`])(
  "%j is no token",
  (text) => {
    expect(isToken(text)).toBe(false);
  },
);

test.each([
  [TOKEN, TOKEN],
  [`https://chat.example.org:9000/j/${TOKEN}`, TOKEN],
  [`http://[::1]:9000/j/${TOKEN}`, TOKEN],
  ["dev", undefined],
  [`#${TOKEN}`, undefined],
  [`https://chat.example.org/hook/${TOKEN}`, undefined],
  [`https://chat.example.org/j/${TOKEN}x`, undefined],
])("in %s the invitation is %p", (word, token) => {
  expect(invitationIn(word)).toBe(token);
});
