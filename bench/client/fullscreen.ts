import { startChat } from "../../test/support/chat-server.ts";
import { WireClient } from "../../test/support/socket.ts";
import { scratch } from "../test-server.ts";
import { usageOf } from "../usage.ts";

const PER_SECOND = 10_000 / 60;

/** The costs of the full screen. */
export interface ClientCost {
  /** From the start to the prompt in the room, in ms. */
  readonly prompt: number;
  /** The share of a core while 10,000 messages a minute arrive in the room. */
  readonly cpu: number;
  /** Resident memory afterwards, in bytes. */
  readonly memory: number;
}

/** Runs the client for this many seconds, on a terminal of 200×50 that discards its input. */
export async function clientCost(binary: string, seconds: number): Promise<ClientCost> {
  await using chat = await startChat({ exempt: ["127.0.0.0/8"] });
  const home = scratch();
  let seen = "";
  const began = performance.now();
  const { promise: prompted, resolve } = Promise.withResolvers<number>();
  const client = Bun.spawn([binary, "client", `127.0.0.1:${chat.port}`, "--nick", "ann"], {
    env: { TERM: "xterm-256color", HOME: home, XDG_STATE_HOME: home },
    terminal: {
      cols: 200,
      rows: 50,
      data: (_, bytes) => {
        seen = (seen + Buffer.from(bytes).toString()).slice(-20_000);
        if (seen.includes("In #lobby: ann")) resolve(performance.now() - began);
      },
    },
  });
  try {
    const prompt = await prompted;
    const before = usageOf(client.pid).cpu;
    const { said, elapsed } = await speak(chat.port, seconds);
    const cpu = (usageOf(client.pid).cpu - before) / elapsed;
    while (!seen.includes(`message ${said - 1} of`)) await Bun.sleep(10);
    return { prompt, cpu, memory: usageOf(client.pid).memory };
  } finally {
    client.kill();
    await client.exited;
  }
}

/** Another member who sends messages. */
async function speak(port: number, seconds: number): Promise<{ readonly said: number; readonly elapsed: number }> {
  const speaker = await WireClient.open(port);
  speaker.send("CAP REQ :echo-message\r\nNICK bob\r\nUSER b 0 * :b\r\nCAP END\r\nJOIN #lobby\r\n");
  await speaker.until(/ 366 /);
  const from = performance.now();
  let said = 0;
  while (said === 0 || performance.now() - from < seconds * 1000) {
    const due = Math.floor(((performance.now() - from) / 1000) * PER_SECOND);
    let lines = "";
    for (; said < due; said++) {
      lines += `PRIVMSG #lobby :message ${said} of many, about as long as people write them\r\n`;
    }
    if (lines !== "") speaker.send(lines);
    await Bun.sleep(20);
  }
  return { said, elapsed: (performance.now() - from) / 1000 };
}
