import { expect, test } from "bun:test";
import { isLoopback } from "../../src/wire/loopback.ts";

test.each(["localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1", "[::1]"])("%s is this machine", (host) => {
  expect(isLoopback(host)).toBe(true);
});

test.each(["chat.example", "10.0.0.1", "127.0.0.1.example", "localhost.example", "::2", ""])(
  "%s is another machine",
  (host) => {
    expect(isLoopback(host)).toBe(false);
  },
);
