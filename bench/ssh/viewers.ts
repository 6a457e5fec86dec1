/** Many people over SSH in one process: `viewers.ts PORT COUNT`. Each line of input opens more: `connect`, then `open`. */
import { once } from "node:events";
import { Client } from "ssh2";

const [port = "", count = ""] = process.argv.slice(2);
const TERMINAL = { cols: 100, rows: 30, term: "xterm-256color" };
const clients: Client[] = [];
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
  for (const client of clients) {
    await new Promise<void>((resolve, reject) => {
      client.shell(TERMINAL, (error, channel) => {
        if (error) return reject(error);
        channel.once("data", () => resolve());
        channel.on("data", (data: Buffer) => {
          bytes += data.length;
        });
      });
    });
  }
}

for await (const line of console) {
  if (line === "connect") await connect();
  if (line === "open") await open();
  console.log(`${line} ${bytes}`);
}
