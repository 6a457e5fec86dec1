#!/usr/bin/env bun

import { basename } from "node:path";
import { version } from "../package.json";
import { account, copyDatabase, hashPassword, restoreDatabase } from "./cli/admin.ts";
import { bot, client, send, tail } from "./cli/client.ts";
import { nodes } from "./cli/cluster.ts";
import { exportRoom } from "./cli/export.ts";
import { FileError } from "./cli/files.ts";
import {
  AdminError,
  asksForHelp,
  COMMANDS,
  type CommandName,
  type Options,
  readOptions,
  UsageError,
  usage,
} from "./cli/options.ts";
import { print, unitWarning } from "./cli/print/print.ts";
import { host } from "./cli/server.ts";
import { networkServer } from "./client/net/connect.ts";
import { ClientConfigError } from "./client/run/config.ts";
import type { ClientProcess, Process } from "./client/run/process.ts";
import { dataFolder, runProgram, stateFolder, systemClock } from "./client/run/system.ts";
import { ConfigError } from "./server/config/kinds.ts";
import { isReaderGone } from "./server/ops/stdout.ts";
import { HostKeyError } from "./ssh/host-key.ts";
import { StoreError } from "./store/database.ts";
import { showText, unwritten } from "./text/filter.ts";
import { nearest } from "./text/nearest.ts";

const STDOUT = 1;

const DONE = 0;
const FAILED = 1;
const WRONG_USE = 2;

async function main(proc: Process): Promise<number> {
  const [command, ...argv] = proc.argv;
  if (command !== undefined && isCommandName(command) && asksForHelp(argv)) return say(usage(command));
  switch (command) {
    case "server":
      return host(readOptions("server", argv, proc.env), proc);
    case "client":
      return client(readOptions("client", argv, proc.env), clientOf(proc));
    case "send":
      return send(readOptions("send", argv, proc.env), clientOf(proc));
    case "tail":
      return tail(readOptions("tail", argv, proc.env), clientOf(proc));
    case "bot":
      return bot(readOptions("bot", argv, proc.env), clientOf(proc));
    case "account":
      return say(await account(readOptions("account", argv, proc.env), proc));
    case "nodes":
      return say(await nodes(readOptions("nodes", argv, proc.env), proc));
    case "hash-password":
      return say(await hashPassword(readOptions("hash-password", argv, proc.env), proc));
    case "export":
      return exportRoom(readOptions("export", argv, proc.env), proc);
    case "backup":
      return say(copyDatabase(readOptions("backup", argv, proc.env), proc));
    case "restore":
      return say(restoreDatabase(readOptions("restore", argv, proc.env), proc));
    case "print":
      return printFile(readOptions("print", argv, proc.env));
    case "version":
    case "--version":
    case "-v":
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

/** Prints a command's result; returns the exit code. */
function say(words: string): Promise<number> {
  if (words === "") return Promise.resolve(DONE);
  return new Promise((resolve) => {
    process.stdout.write(`${showText(words)}\n`, (error) => {
      const why = error ? unwritten(error) : undefined;
      if (why !== undefined) complain(`tcpchat: ${why}`);
      resolve(why === undefined ? DONE : FAILED);
    });
  });
}

function printFile(options: Options): Promise<number> {
  const program = programPath();
  const file = print(options, program);
  const warning = options.rest[0] === "unit" ? unitWarning(program) : undefined;
  if (warning !== undefined) complain(warning);
  return say(file);
}

/** The path of this program; run from source by Bun, the path where it would be installed. */
function programPath(): string {
  return basename(process.execPath).startsWith("bun") ? "/usr/local/bin/tcpchat" : process.execPath;
}

function complain(words: string): void {
  process.stderr.write(`${showText(words)}\n`);
}

/** The real process. Reading `stdin` opens it, so it is read only where it is used. */
const system: Process = {
  argv: process.argv.slice(2),
  env: process.env,
  pid: process.pid,
  get stdin() {
    return process.stdin;
  },
  stdout: process.stdout,
  stderr: process.stderr,
  onSignal: listenTo,
  onExit: (act) => listenTo("exit", act),
  onBug: (act) => listenTo("uncaughtException", act),
  onRejection: (act) => listenTo("unhandledRejection", act),
  exit: (code) => process.exit(code),
};

/** A process with what a client needs besides: the disk, the network and the clock. */
function clientOf(proc: Process): ClientProcess {
  return {
    ...proc,
    clock: systemClock,
    state: stateFolder(proc.env),
    data: dataFolder(proc.env),
    server: networkServer,
    runProgram,
    isOutputGone: () => isReaderGone(STDOUT),
    suspend: () => void process.kill(proc.pid, "SIGSTOP"),
  };
}

function listenTo(event: string, act: (value: unknown) => void): () => void {
  process.on(event, act);
  return () => process.off(event, act);
}

function exitCodeOf(error: unknown): number {
  const isFault = error instanceof StoreError || error instanceof HostKeyError;
  if (error instanceof UsageError) complain(error.message);
  else if (error instanceof ClientConfigError) complain(`tcpchat: ${error.message}`);
  else if (error instanceof FileError) complain(error.message);
  else if (error instanceof AdminError) complain(error.message);
  else if (error instanceof ConfigError || isFault) complain(`tcpchat ${system.argv[0]}: ${error.message}`);
  else throw error;
  return isFault || (error instanceof AdminError && !error.isUsage) ? FAILED : WRONG_USE;
}

// Files that this program creates, such as messages and keys, are readable by its user alone.
process.umask(0o077);
// `say` and the client report failed output; an error of stderr cannot be reported anywhere.
process.stdout.on("error", () => {});
process.stderr.on("error", () => {});
main(system)
  .catch(exitCodeOf)
  .then((code) => process.stdout.write("", () => process.stderr.write("", () => process.exit(code))));
