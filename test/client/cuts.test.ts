import { expect, test } from "bun:test";
import { startChat } from "../support/chat-server.ts";
import { talkOverCuts } from "../support/client/cutting.ts";

test("over connections that break at any byte, every client shows each line once and in order", async () => {
  await using chat = startChat();
  const { cuts, seen, ann, bob } = await talkOverCuts(chat.port, 120, 30, Math.random);
  expect(cuts).toBe(30);
  for (const texts of Object.values(seen)) {
    expect(texts.filter((text) => text.startsWith("ann"))).toEqual([...ann]);
    expect(texts.filter((text) => text.startsWith("bob"))).toEqual([...bob]);
  }
});
