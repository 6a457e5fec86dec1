/** A chat server that speaks SSH, and the SSH programs of this machine that talk with it. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sshPrograms } from "../../src/cli/ssh.ts";
import type { ServerConfig } from "../../src/server/config/read.ts";
import type { ServeSetup } from "../../src/server/serve.ts";
import { makeHostKey } from "../../src/ssh/host-key.ts";
import { SshServer, type SshSetup } from "../../src/ssh/server.ts";
import { Program } from "./binary.ts";
import { startChat, type TestChat } from "./chat-server.ts";
import { Screen } from "./client/terminal.ts";
import { WireClient } from "./socket.ts";

/** Where an SSH server is, and the fingerprint of its host key. */
type SshPlace = Pick<SshChat, "port" | "fingerprint">;

/** A chat server on a free port that speaks SSH; use it with `await using`. */
export interface SshChat extends TestChat {
  readonly fingerprint: string;
}

export function startSshChat(
  changes: Partial<ServerConfig> = {},
  more: Partial<SshSetup> = {},
  setup: Partial<ServeSetup> = {},
): SshChat {
  const key = makeHostKey();
  const run = sshPrograms(() => ({ host: "chat.test", port: 9000 }));
  const protocols: ServeSetup["protocols"] = (host) => [
    new SshServer({ hostKey: () => key, version: "0.0.0", run, ...more }, host).firstBytes,
  ];
  const chat = startChat(changes, Date.now, undefined, { protocols, ...setup });
  return Object.assign(chat, { fingerprint: key.fingerprint });
}

const folder = mkdtempSync(join(tmpdir(), "tcpchat-ssh-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

/** A new key pair for OpenSSH; returns the path of the private key. */
export function newKey(type = "ed25519", ...options: readonly string[]): string {
  const file = join(folder, `${type}-${crypto.randomUUID()}`);
  const made = Bun.spawnSync(["ssh-keygen", "-q", "-t", type, ...options, "-N", "", "-f", file]);
  if (!made.success) throw new Error(made.stderr.toString());
  return file;
}

const shared = { key: "" };

/** The key of most tests. */
export function someKey(): string {
  shared.key ||= newKey();
  return shared.key;
}

/** Whether a program is installed; says so if it is not. */
export function has(program: string): boolean {
  const isThere = Bun.which(program) !== null;
  if (!isThere) console.warn(`${program} is not installed: its tests are skipped`);
  return isThere;
}

/** How `ssh` is to log in. */
export interface Login {
  /** The path of a private key; "" for none. */
  readonly key?: string;
  /** The answers to password prompts; without it, ssh asks nothing. */
  readonly password?: string;
  /** The answer to the prompt for the server's password, if it is another one. */
  readonly serverPassword?: string;
  /** The socket of an agent that holds the keys. */
  readonly agent?: string;
  readonly options?: readonly string[];
}

/** OpenSSH's command line, for a user of the server. It touches no file of the user who runs the tests. */
export function sshCommand(
  { port, fingerprint }: SshPlace,
  user: string,
  command: readonly string[] = [],
  { key = someKey(), password, agent, options = [] }: Login = {},
): readonly string[] {
  const set = (name: string, value: string) => ["-o", `${name}=${value}`];
  return [
    ...["ssh", "-F", "none", "-p", String(port), "-l", user],
    ...set("StrictHostKeyChecking", "accept-new"),
    ...set("UserKnownHostsFile", join(folder, `known-${fingerprint.replace(/\W/g, "")}`)),
    ...set("GlobalKnownHostsFile", "/dev/null"),
    ...set("IdentityAgent", agent ?? "none"),
    ...set("IdentitiesOnly", agent === undefined ? "yes" : "no"),
    ...set("LogLevel", "ERROR"),
    ...set("IdentityFile", key === "" ? "none" : key),
    ...(password === undefined ? set("BatchMode", "yes") : []),
    ...options,
    ...["127.0.0.1", ...command],
  ];
}

/** Runs OpenSSH. */
export function ssh(chat: SshPlace, user: string, command: readonly string[] = [], login: Login = {}): Program {
  return Program.run(sshCommand(chat, user, command, login), askpass(login));
}

/** Runs OpenSSH on a terminal. */
export function sshScreen(chat: SshPlace, user: string, command: readonly string[] = [], login: Login = {}): Screen {
  return new Screen(sshCommand(chat, user, command, login), 80, 12, askpass(login));
}

/** The environment in which OpenSSH gets a password without a terminal. */
function askpass({ password, serverPassword }: Login): Record<string, string> {
  if (password === undefined) return {};
  const script = join(import.meta.dir, "askpass.sh");
  const other: Record<string, string> = serverPassword === undefined ? {} : { SERVER_ANSWER: serverPassword };
  return { SSH_ASKPASS: script, SSH_ASKPASS_REQUIRE: "force", DISPLAY: ":0", ANSWER: password, ...other };
}

/** An agent that holds keys, in this order; disposing of it stops the agent. */
export async function sshAgent(keys: readonly string[]): Promise<{ readonly socket: string } & AsyncDisposable> {
  const socket = join(folder, `agent-${crypto.randomUUID()}`);
  const agent = Bun.spawn(["ssh-agent", "-D", "-a", socket], { stdout: "pipe", stderr: "ignore" });
  await agent.stdout.getReader().read(); // it tells its address once it listens
  for (const key of keys) {
    const added = Bun.spawnSync(["ssh-add", "-q", key], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
    if (!added.success) throw new Error(added.stderr.toString());
  }
  return {
    socket,
    async [Symbol.asyncDispose]() {
      agent.kill();
      await agent.exited;
    },
  };
}

/** Makes an account with the password "secret". */
export async function registerAccount({ port }: Pick<SshChat, "port">, name: string, pass = ""): Promise<void> {
  const wire = await WireClient.open(port);
  wire.send(`${pass === "" ? "" : `PASS ${pass}\r\n`}NICK ${name}\r\nUSER ${name} 0 * :${name}\r\n`);
  wire.send("REGISTER * * secret\r\nQUIT\r\n");
  await wire.until(/REGISTER SUCCESS/);
  await wire.closed();
  wire.close();
}

/** The account, the nick and the text of the last message in the lobby, as tail has them. */
export async function lastMessage(
  chat: SshPlace,
  login: Login = { key: "" },
): Promise<readonly [account: string | null, nick: string, text: string]> {
  const tail = ssh(chat, "guest-reader", ["tail", "#lobby", "--json", "--no-follow", "--lines", "1"], login);
  if ((await tail.exit()) !== 0) throw new Error(tail.stderr);
  const { account, nick, text } = JSON.parse(tail.stdout);
  return [account, nick, text];
}
