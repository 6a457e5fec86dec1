/**
 * Two clients say 2,000 numbered lines over connections that break 200 times, at any byte in either direction:
 * `bun bench/client/cuts.ts [LINES] [CUTS]`. Both, and `tail --json`, must see each line once and in order.
 */

import { startChat } from "../../test/support/chat-server.ts";
import { talkOverCuts } from "../../test/support/client/cutting.ts";

const [lines = 1000, cuts = 200] = process.argv.slice(2).map(Number);

await using chat = startChat();
const began = performance.now();
const outcome = await talkOverCuts(chat.port, lines, cuts, Math.random);
const seconds = ((performance.now() - began) / 1000).toFixed(1);
for (const [who, texts] of Object.entries(outcome.seen)) {
  for (const nick of ["ann", "bob"] as const) {
    const heard = texts.filter((text) => text.startsWith(nick));
    const isRight = heard.join("\n") === outcome[nick].join("\n");
    process.stdout.write(
      `${who} saw ${heard.length} of ${nick}'s ${lines} lines, ${isRight ? "in order, each once" : "WRONG"}\n`,
    );
    if (!isRight) process.exitCode = 1;
  }
}
process.stdout.write(`${outcome.cuts} connections were cut in ${seconds} s\n`);
