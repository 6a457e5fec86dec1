import { PATIENCE } from "../../test/support/patience.ts";
import { WireClient } from "../../test/support/socket.ts";
import { Server, scratch } from "../test-server.ts";
import { usageOf } from "../usage.ts";

const ROOMS = Array.from({ length: 10 }, (_, i) => `#r${i + 1}`);
const UNREAD = 200; // messages in each room

/** The medians of several starts of the full screen, for an account in ten rooms with 2,000 unread messages. */
export interface StartCost {
  /** From the start to the first prompt, which takes text already, in ms. */
  readonly prompt: number;
  /** To the prompt in the room, with the number of unread messages at every room, in ms. */
  readonly rooms: number;
  /** CPU time until then, in seconds. */
  readonly cpu: number;
}

export async function startCost(binary: string, starts: number): Promise<StartCost> {
  const server = await Server.start(binary, scratch());
  try {
    const bob = await WireClient.open(server.port);
    bob.send(`NICK bob\r\nUSER b 0 * :b\r\nJOIN ${ROOMS.join(",")}\r\n`);
    await bob.until(/ 366 bob #r10 /);
    const ann = await WireClient.open(server.port);
    ann.send(`NICK ann\r\nUSER a 0 * :a\r\nREGISTER * * secret\r\nJOIN ${ROOMS.join(",")}\r\n`);
    await ann.until(/ 366 ann #r10 /);
    ann.send("QUIT\r\n");
    await ann.until(/^ERROR/);
    for (const room of ROOMS) await say(bob, room);
    const home = scratch();
    await logIn(binary, server.port, home);
    const costs: StartCost[] = [];
    // The room on the screen is the lobby, so that all stays unread.
    for (let i = 0; i < starts; i++) costs.push(await start(binary, server.port, home));
    bob.close();
    const median = (figure: keyof StartCost) =>
      costs.map((cost) => cost[figure]).toSorted((a, b) => a - b)[Math.floor(costs.length / 2)] ?? Number.NaN;
    return { prompt: median("prompt"), rooms: median("rooms"), cpu: median("cpu") };
  } finally {
    await server.end("SIGKILL");
  }
}

async function say(bob: WireClient, room: string): Promise<void> {
  const lines = Array.from({ length: UNREAD }, (_, i) => `PRIVMSG ${room} :message ${i}, as long as people write them`);
  bob.send(`${lines.join("\r\n")}\r\nPING ${room}\r\n`);
  await bob.until(new RegExp(`PONG \\S+ :?${room}$`));
}

/** Logs in once by hand, so that the client keeps the login for its next starts. */
async function logIn(binary: string, port: number, home: string): Promise<void> {
  let isTyped = false;
  const client = run(binary, port, home, (words) => {
    if (!isTyped && words.includes("In #lobby: ")) {
      isTyped = true;
      client.program.terminal?.write("/login ann secret\r");
    }
    return words.includes("ann ✓");
  });
  try {
    await client.seen;
    client.program.terminal?.write("/quit\r");
    await client.program.exited;
  } finally {
    client.program.kill();
  }
}

async function start(binary: string, port: number, home: string): Promise<StartCost> {
  const began = performance.now();
  const prompt = Promise.withResolvers<number>();
  const client = run(binary, port, home, (words) => {
    if (words.includes("> ")) prompt.resolve(performance.now() - began);
    return ROOMS.every((room) => new RegExp(`${room} +${UNREAD}`).test(words));
  });
  try {
    await client.seen;
    const rooms = performance.now() - began;
    return { prompt: await prompt.promise, rooms, cpu: usageOf(client.program.pid).cpu };
  } finally {
    client.program.kill();
    await client.program.exited;
  }
}

/** Runs the client on a terminal; `seen` resolves when the words that it has drawn satisfy `isDone`. */
function run(binary: string, port: number, home: string, isDone: (words: string) => boolean) {
  let words = "";
  const { promise: seen, resolve, reject } = Promise.withResolvers<void>();
  const late = setTimeout(() => reject(new Error(`The client does not show what it should:\n${words}`)), PATIENCE);
  const program = Bun.spawn([binary, "client", `127.0.0.1:${port}`, "--nick", "ann"], {
    env: { TERM: "xterm-256color", HOME: home },
    terminal: {
      cols: 120,
      rows: 40,
      data: (_, bytes) => {
        words += Buffer.from(bytes)
          .toString()
          .replace(/\x1b\[[\d;?]*[A-Za-z]/g, "");
        if (!isDone(words)) return;
        clearTimeout(late);
        resolve();
      },
    },
  });
  return { program, seen };
}
