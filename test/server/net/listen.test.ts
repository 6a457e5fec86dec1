import { expect, test } from "bun:test";
import { placeOf } from "../../../src/server/net/listen.ts";

test.each([
  ["0.0.0.0:9000", { hostname: "0.0.0.0", port: 9000 }],
  ["localhost:1", { hostname: "localhost", port: 1 }],
  ["127.0.0.1:0", { hostname: "127.0.0.1", port: 0 }],
  ["127.0.0.1:65535", { hostname: "127.0.0.1", port: 65535 }],
  ["[::]:9000", { hostname: "::", port: 9000 }],
  ["[::ffff:127.0.0.1]:9000", { hostname: "::ffff:127.0.0.1", port: 9000 }],
  ["unix:/run/chat.sock", { unix: "/run/chat.sock" }],
  ["unix:chat.sock", { unix: "chat.sock" }],
])("%s is the place %j", (entry, place) => {
  expect(placeOf(entry)).toEqual(place);
});

test.each([
  "",
  "9000",
  ":9000",
  "127.0.0.1",
  "127.0.0.1:",
  "127.0.0.1:65536",
  "127.0.0.1:x",
  "::1:9000",
  "[::1]",
  "a b:1",
  "unix:",
  "[]:1",
])("%j is no place", (entry) => {
  expect(placeOf(entry)).toBeUndefined();
});
