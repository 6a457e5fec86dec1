/** The client alone as a program, for tests on a real terminal: `bun entry.ts HOST PORT NICK [raw|linear]`. */

import { networkServer } from "../../../src/client/net/connect.ts";
import { runClient } from "../../../src/client/run/client.ts";
import { dataFolder, stateFolder, systemClock } from "../../../src/client/run/system.ts";

const [host = "127.0.0.1", port = "9000", nick = "ann", ...flags] = process.argv.slice(2);

process.exitCode = await runClient(
  {
    host,
    port: Number(port),
    nick,
    rooms: ["#lobby"],
    linear: flags.includes("linear"),
    raw: flags.includes("raw"),
    account: process.env.ENTRY_ACCOUNT,
    password: process.env.ENTRY_PASSWORD,
    serverPassword: process.env.ENTRY_SERVER_PASSWORD,
  },
  {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    clock: systemClock,
    state: stateFolder(process.env),
    data: dataFolder(process.env),
    server: networkServer,
    onSignal: (name, act) => {
      process.on(name, act);
      return () => void process.off(name, act);
    },
    onExit: (act) => {
      process.on("exit", act);
      return () => void process.off("exit", act);
    },
    onBug: (act) => {
      process.on("uncaughtException", act);
      return () => void process.off("uncaughtException", act);
    },
    // Tests connect to this machine only; this makes the client treat the server as a remote one.
    ...(process.env.ENTRY_FAR ? { isNear: () => false } : {}),
    ...(process.env.ENTRY_PASTE_WAIT ? { pasteWait: Number(process.env.ENTRY_PASTE_WAIT) } : {}),
    suspend: () => void process.kill(process.pid, "SIGSTOP"),
  },
);
