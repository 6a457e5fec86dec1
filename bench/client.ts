/**
 * What the full screen costs: from its start to its prompt, and while 10,000 messages a minute arrive in its room.
 * `bun bench/client.ts BINARY [SECONDS]`; the screen is a terminal of 200×50 that throws away what it is sent.
 */
import { readFileSync } from "node:fs";
import { startChat } from "../test/harness.ts";
import { Wire } from "../test/socket.ts";

const [binary = "./tcpchat", seconds = "20"] = process.argv.slice(2);
const PER_SECOND = 10_000 / 60;
const TICKS = 100; // clock ticks a second, of /proc

await using chat = await startChat({ exempt: ["127.0.0.0/8"] });
let seen = "";
let atPrompt = 0;
const began = performance.now();
const client = Bun.spawn([binary, "client", `127.0.0.1:${chat.port}`, "--nick", "ann"], {
  env: { TERM: "xterm-256color", HOME: "/tmp", XDG_STATE_HOME: `/tmp/tcpchat-bench-${process.pid}` },
  terminal: {
    cols: 200,
    rows: 50,
    data: (_, bytes) => {
      seen = (seen + Buffer.from(bytes).toString()).slice(-20_000);
      if (atPrompt === 0 && seen.includes("In #lobby: ann")) atPrompt = performance.now() - began;
    },
  },
});
while (atPrompt === 0) await Bun.sleep(1);
process.stdout.write(`start to prompt, in the room: ${atPrompt.toFixed(0)} ms\n`);

const speaker = await Wire.open(chat.port);
speaker.send("CAP REQ :echo-message\r\nNICK bob\r\nUSER b 0 * :b\r\nCAP END\r\nJOIN #lobby\r\n");
await speaker.until(/ 366 /);
const before = used(client.pid);
const from = performance.now();
let said = 0;
while (performance.now() - from < Number(seconds) * 1000) {
  const due = Math.floor(((performance.now() - from) / 1000) * PER_SECOND);
  let lines = "";
  for (; said < due; said++) lines += `PRIVMSG #lobby :message ${said} of many, about as long as people write them\r\n`;
  if (lines !== "") speaker.send(lines);
  await Bun.sleep(20);
}
const elapsed = (performance.now() - from) / 1000;
const cpu = (used(client.pid) - before) / TICKS / elapsed;
while (!seen.includes(`message ${said - 1} of`)) await Bun.sleep(10);
const memory = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${client.pid}/status`, "utf8"))?.[1]) / 1024;
const rate = Math.round((said / elapsed) * 60);
process.stdout.write(`at ${rate} messages a minute: ${(cpu * 100).toFixed(1)} % of a core, ${memory.toFixed(0)} MB\n`);
client.kill();
await client.exited;

/** Clock ticks that a process has used, of its user's time and the kernel's. */
function used(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return Number(fields[11]) + Number(fields[12]);
}
