import { expect, test } from "bun:test";
import { plainAddress } from "../../../src/server/net/transport.ts";

test.each([
  ["127.0.0.1", "127.0.0.1"],
  ["::1", "::1"],
  ["::ffff:192.0.2.1", "192.0.2.1"], // IPv4 on a socket of IPv6
  ["2001:db8::ffff:1", "2001:db8::ffff:1"],
])("%s is written %s", (address, plain) => {
  expect(plainAddress(address)).toBe(plain);
});
