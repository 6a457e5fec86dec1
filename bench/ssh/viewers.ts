/**
 * Many people over SSH in one process: `viewers.ts PORT COUNT`. Each line of input is an order: `connect` connects all,
 * `open` opens a full screen on each connection, `close` closes everything; the answer has the bytes drawn so far.
 */
import { once } from "node:events";
import { Client, type ClientChannel } from "ssh2";

const [port = "", count = ""] = process.argv.slice(2);
const TERMINAL = { cols: 100, rows: 30, term: "xterm-256color" };
const clients: Client[] = [];
const screens: ClientChannel[] = [];
let bytes = 0;

async function connect(): Promise<void> {
  for (let i = 0; i < Number(count); i++) {
    const client = new Client();
    client.connect({ host: "127.0.0.1", port: Number(port), username: `viewer${i}`, password: "" });
    await once(client, "ready");
    clients.push(client);
  }
}

/** Opens a full screen on each connection, and waits until each has drawn something. */
async function open(): Promise<void> {
  if (clients.length === 0) await connect();
  for (const client of clients) {
    await new Promise<void>((resolve, reject) => {
      client.shell(TERMINAL, (error, channel) => {
        if (error) return reject(error);
        screens.push(channel);
        channel.once("data", () => resolve());
        channel.on("data", (data: Buffer) => {
          bytes += data.length;
        });
      });
    });
  }
}

/** The people quit, and their connections end. */
async function close(): Promise<void> {
  const closing = screens.splice(0).map((screen) => {
    const closed = once(screen, "close");
    screen.write("/quit\r");
    return closed;
  });
  await Promise.all(closing);
  for (const client of clients.splice(0)) client.destroy();
}

for await (const line of console) {
  if (line === "connect") await connect();
  if (line === "open") await open();
  if (line === "close") await close();
  console.log(`${line} ${bytes}`);
}
