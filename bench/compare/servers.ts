import { connect } from "node:net";
import { join } from "node:path";
import { type Cores, pinned } from "../usage.ts";
import { inspircd, ncat, ngircd, script } from "./other-servers.ts";

/** A server that can be measured: how to start it, and how to talk to it. */
export interface ServerKind {
  readonly name: string;
  readonly about: string;
  readonly speaks: "irc" | "plain";
  /** IRC: the capabilities to request. Plain text: the first line. */
  readonly opening: string;
  /** Whether the sender of a message gets it too. */
  readonly echo: boolean;
  /** How many clients may connect at once: the length of the listen backlog. */
  readonly atOnce: number;
  /** Whether it is one of the other servers, with other settings. */
  readonly isVariant: boolean;
  /** The command that runs it on this port of 127.0.0.1 with this folder; `undefined` if it is not installed. */
  command(port: number, folder: string): readonly string[] | undefined;
}

const CAPABILITIES = "message-tags server-time echo-message";
const IRC = { speaks: "irc", opening: "", echo: false, atOnce: 1000, isVariant: false } as const;
const PLAIN = { ...IRC, speaks: "plain", atOnce: 4 } as const;
const CAPABLE = { opening: CAPABILITIES, echo: true, isVariant: true } as const;
const SAME = "the same, and clients ask for tags and echo";

/** The servers; tcpchat is this binary. */
export function serverKinds(binary: string): readonly ServerKind[] {
  return [...ours(binary), ...others()];
}

function ours(binary: string): readonly ServerKind[] {
  const run = (port: number, ...args: string[]) => {
    return [binary, "server", "--host", "127.0.0.1", "--port", String(port), "--quiet", ...args];
  };
  const kept = (port: number, folder: string) => run(port, "--data", join(folder, "data"));
  const bare = (port: number) => run(port, "--ephemeral");
  const asNc = { opening: "/nick {nick}", echo: true, isVariant: true };
  return [
    { ...IRC, name: "tcpchat", about: "as it is: every message is on disk before anyone sees it", command: kept },
    { ...IRC, ...CAPABLE, name: "tcpchat+caps", about: SAME, command: kept },
    { ...IRC, name: "tcpchat-ephemeral", about: "with --ephemeral: nothing on disk, as the others", command: bare },
    { ...PLAIN, ...asNc, name: "tcpchat-nc", about: "tcpchat, spoken to as by nc", command: kept },
  ];
}

function others(): readonly ServerKind[] {
  const copy = "a relay in Bun that copies bytes and nothing else";
  const limit = (port: number, ...face: string[]) => {
    return [process.execPath, join(import.meta.dir, "fastest-relay.ts"), String(port), ...face];
  };
  const plainLimit = (port: number) => limit(port, "plain");
  const node = (port: number) => script("node", "relay.mjs", port);
  const python = (port: number) => script("python3", "relay.py", port);
  return [
    { ...IRC, name: "inspircd", about: "InspIRCd, in C++", command: inspircd },
    { ...IRC, ...CAPABLE, name: "inspircd+caps", about: SAME, command: inspircd },
    { ...IRC, name: "ngircd", about: "ngIRCd, in C", atOnce: 8, command: ngircd },
    { ...IRC, name: "limit", about: copy, command: (port) => limit(port) },
    { ...PLAIN, name: "ncat", about: "ncat --chat, in C", command: ncat },
    { ...PLAIN, name: "node", about: "a relay in Node, as one writes it first", command: node },
    { ...PLAIN, name: "python", about: "a relay with Python's asyncio, as one writes it first", command: python },
    { ...PLAIN, name: "limit-nc", about: copy, isVariant: true, command: plainLimit },
  ];
}

/** A running server. */
export interface RunningServer extends AsyncDisposable {
  readonly pid: number;
  readonly port: number;
  /** From its start until its port answered, in ms. */
  readonly startup: number;
}

const STARTING = 20_000; // ms

/** Ends the process when this process ends in any way. */
export function withUs(child: Bun.Subprocess): void {
  const end = () => child.kill("SIGKILL");
  process.on("exit", end);
  void child.exited.then(() => process.off("exit", end));
}

/** Starts a server; returns `undefined` if it is not installed. */
export async function startServer(
  kind: ServerKind,
  folder: string,
  cores: Cores | undefined,
): Promise<RunningServer | undefined> {
  const port = freePort();
  const command = kind.command(port, folder);
  if (command === undefined) return undefined;
  const log = Bun.file(join(folder, "log"));
  const env = { PATH: process.env.PATH ?? "", HOME: folder };
  const began = performance.now();
  const child = Bun.spawn(pinned(command, cores?.server), { stdin: "ignore", stdout: log, stderr: log, env });
  withUs(child);
  while (!(await answers(port))) {
    if (child.exitCode === null && performance.now() - began < STARTING) continue;
    child.kill("SIGKILL");
    throw new Error(`${kind.name} did not start: ${(await log.text()).slice(-500)}`);
  }
  return {
    pid: child.pid,
    port,
    startup: performance.now() - began,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      const deadline = setTimeout(() => child.kill("SIGKILL"), 5000);
      await child.exited;
      clearTimeout(deadline);
    },
  };
}

function freePort(): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => {} } });
  const { port } = listener;
  listener.stop(true);
  return port;
}

function answers(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(port, "127.0.0.1");
  socket.on("connect", () => {
    socket.destroy();
    resolve(true);
  });
  socket.on("error", () => setTimeout(() => resolve(false), 0.5));
  return promise;
}
