/**
 * Measures the client's memory while a server sends false statements for ever, with and without a full screen.
 *
 *     bun run bench:lying [--seconds N] [--binary FILE] [--lie TEXT]
 *
 * Exit status 1 if the client took more than the limit.
 */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Socket } from "bun";
import { LIES } from "./lies.ts";

const MOST = 150; // MB, the client's limit
const AT_ONCE = 1 << 20; // bytes per write

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "5" },
    binary: { type: "string", default: "./tcpchat" },
    lie: { type: "string", default: "" },
  },
});

interface Peer {
  rest: string;
  nick: string;
  waiting: Uint8Array;
  n: number;
  lying: boolean;
}

/** Lets a client in, and then repeats a statement as long as the client reads. */
function liar(lie: (n: number, me: string) => string) {
  const tell = (socket: Socket<Peer>): void => {
    const peer = socket.data;
    for (;;) {
      if (peer.waiting.length === 0) {
        let text = "";
        while (text.length < AT_ONCE) text += `${lie(peer.n++, peer.nick)}\r\n`;
        peer.waiting = Buffer.from(text);
      }
      const taken = socket.write(peer.waiting);
      if (taken <= 0) return;
      peer.waiting = peer.waiting.subarray(taken);
    }
  };
  return Bun.listen<Peer>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open: (socket) => {
        socket.data = { rest: "", nick: "", waiting: new Uint8Array(0), n: 0, lying: false };
      },
      data: (socket, bytes) => {
        const peer = socket.data;
        const lines = (peer.rest + bytes.toString()).split("\r\n");
        peer.rest = lines.pop() ?? "";
        const say = (...words: string[]) => socket.write(words.map((line) => `${line}\r\n`).join(""));
        for (const line of lines) {
          const [verb, first = ""] = line.split(" ");
          if (verb === "CAP" && first === "LS")
            say(
              ":s CAP * LS :batch draft/chathistory draft/multiline=max-bytes=4096 message-tags server-time echo-message sasl",
            );
          if (verb === "CAP" && first === "REQ") say(`:s CAP * ACK :${line.slice(9)}`);
          // A client that is logged in may be in rooms through another session, so it believes more.
          if (verb === "AUTHENTICATE" && first === "PLAIN") say("AUTHENTICATE +");
          else if (verb === "AUTHENTICATE") say(":s 900 ann ann!a@h ann :hi", ":s 903 ann :hi");
          if (verb === "NICK") peer.nick = first;
          if (verb === "CAP" && first === "END")
            say(
              `:s 001 ${peer.nick} :hi`,
              `:s 005 ${peer.nick} CHATHISTORY=1000 MONITOR=100 :are`,
              `:s 422 ${peer.nick} :none`,
            );
          if (verb === "JOIN") {
            say(
              `:${peer.nick}!a@h JOIN #lobby`,
              `:s 353 ${peer.nick} = #lobby :${peer.nick}`,
              `:s 366 ${peer.nick} #lobby :end`,
            );
            peer.lying = true;
            tell(socket);
          }
        }
      },
      drain: (socket) => void (socket.data.lying && tell(socket)),
    },
  });
}

function megabytes(pid: number, key: string): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Math.round(Number(new RegExp(`${key}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024);
  } catch {
    return 0;
  }
}

let failed = false;
const home = mkdtempSync(join(tmpdir(), "tcpchat-bench-"));
for (const [name, lie] of Object.entries(LIES)) {
  if (!name.includes(values.lie)) continue;
  const row: string[] = [];
  for (const screen of [false, true]) {
    const server = liar(lie);
    const command = [
      values.binary,
      "client",
      `127.0.0.1:${server.port}`,
      "--account",
      "ann",
      ...(screen ? [] : ["--linear"]),
    ];
    const env = {
      HOME: home,
      TERM: "xterm-256color",
      USER: "ann",
      PATH: process.env.PATH ?? "",
      TCPCHAT_PASSWORD: "x",
    };
    const program = screen
      ? Bun.spawn(command, { env, terminal: { cols: 100, rows: 30, data: () => {} } })
      : Bun.spawn(command, { env, stdin: "pipe", stdout: Bun.file("/dev/null"), stderr: Bun.file("/dev/null") });
    await Bun.sleep(Number(values.seconds) * 1000);
    const peak = megabytes(program.pid, "VmHWM");
    const now = megabytes(program.pid, "VmRSS");
    const over = program.exitCode !== null ? `ended with ${program.exitCode}` : `${peak} MB, at the end ${now}`;
    failed ||= peak > MOST || peak === 0;
    row.push(`${screen ? "on a screen" : "in a pipe"} ${over}`);
    program.kill("SIGKILL");
    await program.exited;
    server.stop(true);
  }
  console.log(`${name}: ${row.join("; ")}`);
}
rmSync(home, { recursive: true, force: true });
process.exitCode = failed ? 1 : 0;
