// A relay of lines as one writes it first with Node: node relay.mjs PORT.
import { createServer } from "node:net";
import { createInterface } from "node:readline";

const sockets = new Set();

createServer((socket) => {
  sockets.add(socket);
  socket.on("error", () => socket.destroy());
  socket.on("close", () => sockets.delete(socket));
  createInterface({ input: socket }).on("line", (line) => {
    for (const other of sockets) if (other !== socket) other.write(`${line}\n`);
  });
}).listen(Number(process.argv[2]), "127.0.0.1");
