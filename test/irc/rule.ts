import { test } from "bun:test";
import type { ServerConfig } from "../../src/server/config/read.ts";
import { startChat } from "../harness.ts";
import { play } from "../transcript.ts";

/** A test that plays one transcript against a chat of its own. */
export function rule(name: string, script: string, changes: Partial<ServerConfig> = {}): void {
  test(name, async () => {
    await using chat = startChat(changes);
    await play(chat.port, script);
  });
}
