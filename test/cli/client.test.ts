import { expect, test } from "bun:test";
import { readServer } from "../../src/cli/client.ts";
import { UsageError } from "../../src/cli/options.ts";

const TOKEN = "x".repeat(43);
const PLAIN = { needsTls: false, rooms: [], nick: undefined };

test.each([
  ["chat.example.org", { host: "chat.example.org", port: 9000, ...PLAIN }],
  ["[::1]:7000", { host: "::1", port: 7000, ...PLAIN }],
  ["unix:/run/chat.sock", { host: "unix:/run/chat.sock", port: 0, ...PLAIN }],
  [
    "a,[::1]:7000,unix:/run/chat.sock",
    {
      host: "a",
      port: 9000,
      ...PLAIN,
      others: [
        { host: "::1", port: 7000 },
        { host: "unix:/run/chat.sock", port: 0 },
      ],
    },
  ],
  ["irc://chat.example.org", { host: "chat.example.org", port: 6667, ...PLAIN }],
  ["irc://chat.example.org:9000/", { host: "chat.example.org", port: 9000, ...PLAIN }],
  ["ircs://chat.example.org", { host: "chat.example.org", port: 6697, ...PLAIN, needsTls: true }],
  ["IRC://h:9000/dev,%23ops", { host: "h", port: 9000, ...PLAIN, rooms: ["dev", "#ops"] }],
  ["irc://h/#dev", { host: "h", port: 6667, ...PLAIN, rooms: ["#dev"] }],
  ["irc://ann@[::1]:7000/dev?key=x", { host: "::1", port: 7000, ...PLAIN, rooms: ["dev"], nick: "ann" }],
  [
    `https://chat.example.org:9000/j/${TOKEN}`,
    { host: "chat.example.org", port: 9000, ...PLAIN, needsTls: true, invitation: TOKEN },
  ],
  [
    "https://chat.example.org:9000/?msgid=x#dev",
    { host: "chat.example.org", port: 9000, ...PLAIN, needsTls: true, rooms: ["#dev"] },
  ],
  ["http://h/#%23x", { host: "h", port: 80, ...PLAIN, rooms: ["##x"] }],
  [`http://[::1]/j/${TOKEN}`, { host: "::1", port: 80, ...PLAIN, invitation: TOKEN }],
])("%s is a server", (given, server) => {
  expect(readServer(given)).toEqual(server);
});

test.each([
  "unix:",
  "a,",
  "a,,b",
  "a,unix:",
  "a,b:99999",
  "irc://",
  "irc://:9000/dev",
  "irc://h:0",
  "irc://h:99999",
  "ircs://a b/dev",
  "https://h/",
  "https://h/j/x",
  "https://h/?msgid=x",
])("%j is refused with an example", (given) => {
  expect(() => readServer(given)).toThrow(UsageError);
});
