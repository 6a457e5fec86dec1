import { expect, test } from "bun:test";
import { faceOf } from "../../../src/server/net/face.ts";

test.each([
  "CAP LS",
  "CAP LS 302",
  "CAP REQ :sasl echo-message",
  "CAP END",
  "NICK ann",
  "NICK :ann",
  "USER ann 0 * :Ann Arbor",
  "USER ann 0 * ann",
  "PASS sesame",
  "PASS :open sesame",
  "PING x",
  "PING :are you there",
  "QUIT",
  "QUIT :gone for tea",
  "AUTHENTICATE PLAIN",
  "REGISTER * * :sesame",
  "@time=x NICK ann",
  "@a=b;c :src NICK ann",
  ":ann NICK ann",
  "NICK  ann ", // blanks may be repeated
])("%j is a client's opening", (line) => {
  expect(faceOf(line)).toBe("irc");
});

test.each([
  "",
  "hello",
  "pass me the salt",
  "PASS me the salt",
  "nick ann",
  "Nick ann",
  "NICK AND I",
  "USER ERROR",
  "USER a b",
  "QUIT IT",
  "QUIT it now",
  "PING PONG IS FUN",
  "AUTHENTICATE this please",
  "REGISTER NOW",
  "WHO ARE YOU",
  "JOIN #dev", // no client begins with it
  "PRIVMSG #dev :hi",
  "HTTP",
  "GET A LIFE",
  "get / http/1.1",
  "GET / HTTP/1.1 please",
  "I said: GET / HTTP/1.1",
  "/nick ann",
  ":)",
  ":) NOW",
  "@ann hello",
  "constructor",
  "toString x",
  "__proto__ x",
  "CONSTRUCTOR",
  `NICK${" ".repeat(4000)}x${" ".repeat(4000)}x`,
])("%j is a person's line", (line) => {
  expect(faceOf(line)).toBe("person");
});

test.each([
  "GET / HTTP/1.1",
  "POST /chat HTTP/1.0",
  "OPTIONS * HTTP/1.1",
  "QUIT / HTTP/1.1",
  "CONNECT a:1 HTTP/1.1",
  "PRI * HTTP/2.0",
  "OPTIONS / RTSP/1.0",
])("%j is a browser's", (line) => {
  expect(faceOf(line)).toBe("http");
});
