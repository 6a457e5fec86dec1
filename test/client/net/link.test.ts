import { expect, test } from "bun:test";
import { networkServer } from "../../../src/client/net/connect.ts";
import { delayOf, Link } from "../../../src/client/net/link.ts";
import { systemClock } from "../../../src/client/run/system-clock.ts";
import { serve } from "../scripted.ts";

test.each([
  [0, 0, 0],
  [1, 0, 1000],
  [1, 1, 500],
  [2, 0, 2000],
  [5, 0, 16_000],
  [7, 0, 60_000],
  [1000, 0, 60_000],
  [1000, 1, 30_000],
])("attempt %i with luck %d waits %i ms", (attempt, random, delay) => {
  expect(delayOf(attempt, random)).toBe(delay);
});

test("messages are told in order, a ping is answered, what would break a line is left out", async () => {
  const told: string[] = [];
  const server = serve(
    (line, peer) => {
      if (line.startsWith("NICK")) peer.socket.end();
    },
    (peer) => peer.say(":s PING :are you there", "FIRST", "", "SECOND x"),
  );
  await new Promise<void>((resolve) => {
    const link: Link = new Link(
      networkServer({ host: "127.0.0.1", port: server.port }).connect,
      {
        opened: () => told.push("opened"),
        message: (message) => {
          told.push(message.command);
          if (message.command === "SECOND") link.send("NICK", ["a\r\nQUIT"]);
        },
        rested: () => {},
        closed: (error) => {
          told.push(`closed ${error}`);
          resolve();
        },
        told: () => {},
      },
      systemClock,
    );
    link.open();
  });
  server.stop();
  expect(told).toEqual(["opened", "FIRST", "SECOND", "closed undefined"]);
  expect(server.peers[0]?.heard).toEqual(["PONG :are you there", "NICK aQUIT"]);
});
