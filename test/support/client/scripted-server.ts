/** A server that answers each line as the test says, and the client as a program with pipes. */

import type { Socket, TCPSocketListener } from "bun";
import { Condition } from "../patience.ts";

/** A client that is connected to the scripted server. */
export interface Peer {
  /** The lines that it sent, without CR LF. */
  readonly heard: string[];
  readonly socket: Socket<Peer>;
  say(...lines: string[]): void;
  nick: string;
  /** The beginning of an unfinished line. */
  rest: string;
}

/** Starts a server that hands each line of a peer to `answer`. */
export function serve(answer: (line: string, peer: Peer) => void, opened?: (peer: Peer) => void): Served {
  return new Served(answer, opened);
}

/** A listener on a free port, with its peers. */
export class Served {
  readonly peers: Peer[] = [];
  readonly #listener: TCPSocketListener<Peer>;
  readonly #came = new Condition();

  constructor(answer: (line: string, peer: Peer) => void, opened: ((peer: Peer) => void) | undefined) {
    this.#listener = Bun.listen<Peer>({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        open: (socket) => {
          const say = (...lines: string[]): void => void socket.write(lines.map((line) => `${line}\r\n`).join(""));
          socket.data = { heard: [], socket, say, nick: "", rest: "" };
          this.peers.push(socket.data);
          opened?.(socket.data);
        },
        data: (socket, bytes) => {
          const lines = (socket.data.rest + bytes.toString()).split("\n");
          socket.data.rest = lines.pop() ?? "";
          for (const line of lines) this.#hear(line.replace(/\r$/, ""), socket.data, answer);
        },
      },
    });
  }

  get port(): number {
    return this.#listener.port;
  }

  /** Resolves when a peer has sent a line with this beginning. Fails if none does. */
  async heard(text: string): Promise<void> {
    const hasCome = () => this.peers.some(({ heard }) => heard.some((line) => line.startsWith(text)));
    if (await this.#came.until(hasCome)) return;
    const lines = this.peers.flatMap(({ heard }) => heard);
    throw new Error(`${text} did not come; this did:\n  ${lines.join("\n  ")}`);
  }

  stop(): void {
    this.#listener.stop(true);
  }

  #hear(line: string, peer: Peer, answer: (line: string, peer: Peer) => void): void {
    peer.heard.push(line);
    answer(line, peer);
    this.#came.notify();
  }
}

/** Answers like a small IRC server with these capabilities, where these nicks are in use. */
export function irc(caps = "echo-message", taken: readonly string[] = []) {
  return (line: string, peer: Peer): void => {
    const [verb = "", first = ""] = line.split(" ");
    const text = line.slice(line.indexOf(" :") < 0 ? line.lastIndexOf(" ") + 1 : line.indexOf(" :") + 2);
    switch (verb) {
      case "CAP":
        if (first === "LS") peer.say(`:s CAP * LS :${caps}`);
        if (first === "REQ") peer.say(`:s CAP * ACK :${text}`);
        if (first === "END") peer.say(`:s 001 ${peer.nick} :hi`, `:s 422 ${peer.nick} :no motd`);
        return;
      case "NICK":
        if (taken.includes(first)) peer.say(`:s 433 * ${first} :in use`);
        else peer.nick = first;
        return;
      case "JOIN":
        for (const room of first.split(",")) {
          peer.say(`:${peer.nick}!u@h JOIN ${room}`, `:s 353 x = ${room} :${peer.nick}`, `:s 366 x ${room} :end`);
        }
        return;
      case "PART":
        peer.say(`:${peer.nick}!u@h PART ${first}`);
        return;
      case "PRIVMSG":
        if (caps.includes("echo-message")) peer.say(`:${peer.nick}!u@h PRIVMSG ${first} :${text}`);
        return;
      case "PING":
        peer.say(`:s PONG s ${first}`);
        return;
      case "QUIT":
        peer.say("ERROR :bye");
        peer.socket.end();
        return;
    }
  };
}

/** Starts the program in `entry.ts` with pipes, as ann. */
export function client(port: number, ...flags: string[]) {
  return clientOf("ann", port, ...flags);
}

/** Starts the program with this nick. */
export function clientOf(nick: string, port: number, ...flags: string[]) {
  return Bun.spawn([process.execPath, `${import.meta.dir}/entry.ts`, "127.0.0.1", String(port), nick, ...flags], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
    env: { PATH: process.env.PATH, TERM: "xterm", HOME: "/nonexistent" },
  });
}

/** Runs the program with this input to its end. */
export async function run(port: number, input: string, ...flags: string[]) {
  const program = client(port, ...flags);
  program.stdin.write(input);
  await program.stdin.end();
  const [out, err, code] = await Promise.all([program.stdout.text(), program.stderr.text(), program.exited]);
  return { out, err, code };
}
