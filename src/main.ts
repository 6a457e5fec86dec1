#!/usr/bin/env bun
import { randomBytes } from "node:crypto";
import { version } from "../package.json";
import { account, copyDatabase, type Desk, hashPassword } from "./admin.ts";
import { isPublic } from "./chat/chat.ts";
import { ClientConfigError } from "./client/config.ts";
import type { Surroundings } from "./client/surroundings.ts";
import { client, send, tail } from "./clients.ts";
import { FileError, secretIn } from "./files.ts";
import { COMMANDS, type CommandName, type Options, readOptions, readPort, text, UsageError, usage } from "./options.ts";
import { publicLine } from "./plain/render.ts";
import { AdminError } from "./server/admin.ts";
import { certificateSource, readCertificate } from "./server/certificate.ts";
import { ConfigError, type ServerConfig, serverName } from "./server/config.ts";
import { Log } from "./server/log.ts";
import { Printer } from "./server/printer.ts";
import { Security } from "./server/security.ts";
import { type Running, serveChat, serveOnce } from "./server/serve.ts";
import { listenTrouble, startupHints } from "./server/startup.ts";
import { dataFolder, fileConfig } from "./settings.ts";
import { MEMORY, StoreError } from "./store/database.ts";
import { DataFolder } from "./store/folder.ts";
import { SqliteStore } from "./store/sqlite.ts";
import { Upkeep } from "./store/upkeep.ts";
import { nearest } from "./text/nearest.ts";

const DONE = 0;
const FAILED = 1;
const WRONG_USE = 2;

async function main([command, ...argv]: readonly string[]): Promise<number> {
  switch (command) {
    case "server":
      return server(readOptions("server", argv, process.env));
    case "client":
      return client(readOptions("client", argv, process.env), surroundings());
    case "send":
      return send(readOptions("send", argv, process.env), surroundings());
    case "tail":
      return tail(readOptions("tail", argv, process.env), surroundings());
    case "account":
      return say(await account(readOptions("account", argv, process.env), desk()));
    case "hash-password":
      return say(await hashPassword(readOptions("hash-password", argv, process.env), desk()));
    case "backup":
      return say(copyDatabase(readOptions("backup", argv, process.env), desk()));
    case "--version":
    case "-V":
      return say(`tcpchat ${version}`);
    case "help":
    case "--help":
    case "-h":
      return say(usage(argv[0] === undefined ? undefined : commandNamed(argv[0])));
    case undefined:
      throw new UsageError(`tcpchat: which command?\n\n${usage()}`);
    default:
      commandNamed(command);
      return WRONG_USE;
  }
}

function commandNamed(name: string): CommandName {
  const names = Object.keys(COMMANDS);
  if (isCommandName(name)) return name;
  const near = nearest(name, names);
  throw new UsageError(
    `tcpchat: there is no command ${name}; ${near ? `did you mean ${near}?` : `there are ${names.join(", ")}`}`,
  );
}

function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name);
}

function say(words: string): number {
  if (words !== "") process.stdout.write(`${words}\n`);
  return DONE;
}

function complain(words: string): void {
  process.stderr.write(`${words}\n`);
}

// The server.

async function server(options: Options): Promise<number> {
  const printer = new Printer(process.stdout);
  const config = configFrom(options);
  const log = logFor(options, config);
  const failed = (error: Error, id: number | undefined) => log.bug(error, id);
  process.on("uncaughtException", (error) => failed(error, undefined));
  process.on("unhandledRejection", (error) =>
    failed(error instanceof Error ? error : new Error(String(error)), undefined),
  );
  if (config.tls) readCertificate(config.tls);
  if (options.flags.has("check")) return say("The configuration is good.");
  if (options.flags.has("once")) {
    const reply = text(options, "reply") ?? "";
    const running = attempt(config, () =>
      serveOnce(config.listen, { reply, print: (line) => printer.print(line) }, { failed, log }),
    );
    if (!running) return FAILED;
    const stopped = untilStopped(running, log, () => {});
    announce(running, undefined, log);
    return stopped;
  }
  const folder = config.data === undefined ? undefined : new DataFolder(config.data);
  // The chat is in the middle of something when the store tells of itself: everyone else hears of it right after.
  const proclaim = (words: string) => void setImmediate(() => running?.proclaim(words));
  const store = new SqliteStore(folder?.database ?? MEMORY, config.sync, {
    clock: () => performance.now(),
    failed: ({ message: reason }) => {
      proclaim("History cannot be written: what is said is live only");
      log.tell("store-failed", `History cannot be written, and what is said is live only: ${reason}`, { reason });
    },
    recovered: () => {
      proclaim("History is written again");
      log.tell("store-recovered", "History is written again");
    },
  });
  const security = new Security(await certificateSource(config));
  process.on("SIGHUP", () => renew(security, log));
  const isQuiet = options.flags.has("quiet");
  const running: Running | undefined = attempt(config, () =>
    serveChat({
      config,
      version,
      clock: Date.now,
      store,
      cloakKey: folder?.cloakKey ?? randomBytes(32),
      observe: (chat, event) => {
        if (!isQuiet && isPublic(chat, event)) for (const line of publicLine(event)) printer.print(line);
      },
      failed,
      log,
      security,
    }),
  );
  if (!running) return FAILED;
  const upkeep = new Upkeep(store, { retention: config.retention, clock: Date.now });
  const stopped = untilStopped(running, log, () => {
    upkeep.stop();
    store.close();
    folder?.close();
  });
  announce(running, config, log, security.fingerprint);
  return stopped;
}

/** Takes up a certificate that was replaced; whoever is connected stays. */
function renew(security: Security, log: Log): void {
  try {
    if (security.renew()) log.tell("config-changed", `The certificate is now the one with ${security.fingerprint}`);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    log.tell("config-refused", `The certificate stays as it was: ${error.message}`);
  }
}

function logFor(options: Options, { logLevel: level }: ServerConfig): Log {
  const printer = new Printer(process.stderr);
  const format = text(options, "log") === "json" ? "json" : "text";
  return new Log({ format, level, clock: Date.now, write: (line) => printer.print(line) });
}

function attempt(config: ServerConfig, serve: () => Running): Running | undefined {
  try {
    return serve();
  } catch (error) {
    const words = listenTrouble(error, config.listen);
    if (words === undefined) throw error;
    complain(`tcpchat server: ${words}`);
    return undefined;
  }
}

function announce({ port, monitor }: Running, config: ServerConfig | undefined, log: Log, fingerprint?: string): void {
  log.tell("server-started", `The server, tcpchat ${version}, is running on port ${port}`, { port, version });
  process.stdout.write(port === undefined ? "Server is running\n" : `Server is running on port ${port}\n`);
  if (monitor !== undefined) complain(`Metrics are at http://127.0.0.1:${monitor}/metrics`);
  if (port !== undefined && config) for (const hint of startupHints(port, config.data, fingerprint)) complain(hint);
}

/** Waits for SIGINT or SIGTERM, and stops gracefully; a second one does not wait. */
function untilStopped(running: Running, log: Log, close: () => void): Promise<number> {
  return new Promise((resolve) => {
    let stopping = false;
    const stop = () => {
      if (stopping) process.exit(FAILED);
      stopping = true;
      log.tell("server-stopping", "The server is stopping");
      running.stop("The server is stopping").then(() => {
        close();
        resolve(DONE);
      });
    };
    process.on("SIGINT", stop);
    process.on("SIGTERM", stop);
  });
}

function configFrom(options: Options): ServerConfig {
  const config = fileConfig(options, process.env);
  if (options.flags.has("ephemeral") && options.given.has("data"))
    throw new UsageError("tcpchat server: --data and --ephemeral exclude each other; give one");
  const name = text(options, "name");
  const password = text(options, "password-file");
  return {
    ...config,
    name: name === undefined ? config.name : serverName(name, "--name"),
    listen: listenFrom(options, config),
    password: password === undefined ? config.password : secretIn(password),
    data: options.flags.has("ephemeral") ? undefined : dataFolder(options, config, process.env),
  };
}

function listenFrom({ given, flags }: Options, config: ServerConfig): readonly string[] {
  const port = readPort(String(flags.get("port")), "the server to listen on");
  if (!given.has("host") && !given.has("port")) return config.listen;
  const host = String(flags.get("host"));
  return [`${host.includes(":") ? `[${host}]` : host}:${port}`];
}

/** What the operator's commands have of this program's surroundings. */
function desk(): Desk {
  return { env: process.env, stdin: process.stdin, show: (words) => void process.stderr.write(words), clock: Date.now };
}

// The client.

function surroundings(): Surroundings {
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    clock: Date.now,
    onSignal: (name, act) => listenTo(name, act),
    onExit: (act) => listenTo("exit", act),
    onBug: (act) => {
      process.on("uncaughtException", act);
      return () => process.off("uncaughtException", act);
    },
    suspend: () => process.kill(process.pid, "SIGSTOP"),
  };
}

function listenTo(event: string, act: () => void): () => void {
  process.on(event, act);
  return () => process.off(event, act);
}

function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) complain(error.message);
  else if (error instanceof ConfigError) complain(`tcpchat server: ${error.message}`);
  else if (error instanceof ClientConfigError) complain(`tcpchat: ${error.message}`);
  else if (error instanceof FileError) complain(error.message);
  else if (error instanceof AdminError) complain(error.message);
  else if (error instanceof StoreError) complain(`tcpchat ${process.argv[2]}: ${error.message}`);
  else throw error;
  return error instanceof StoreError || (error instanceof AdminError && !error.isUsage) ? FAILED : WRONG_USE;
}

// A closed pipe is no fault of ours, and nothing can be said there any more.
process.stdout.on("error", () => {});
main(process.argv.slice(2))
  .catch(exitCodeOf)
  .then((code) => process.stdout.write("", () => process.exit(code)));
