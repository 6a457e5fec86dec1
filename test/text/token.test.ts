import { expect, test } from "bun:test";
import { invitationIn, isToken } from "../../src/text/token.ts";

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
