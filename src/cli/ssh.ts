import { roomName } from "../client/model/rooms.ts";
import { type ClientOptions, runClient, runSender, runTailer } from "../client/run/client.ts";
import { type ClientProcess, complain } from "../client/run/process.ts";
import type { RunProgram, SshUser } from "../ssh/session.ts";
import { showLine, showText } from "../text/filter.ts";
import { fold } from "../text/fold.ts";
import { linkIn, sendOptions, tailOptions } from "./client.ts";
import {
  asksForHelp,
  type CommandName,
  commandsFrom,
  FLAGS,
  type Options,
  readOptions,
  text,
  UsageError,
  usage,
} from "./options.ts";

/** The commands of an SSH session: those that need nothing of the user's machine or the server's. */
type RemoteCommand = "client" | "send" | "tail";

const NAME = 64; // characters of a user name

/** The server, as its clients over SSH name it. */
export interface SshAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Makes the function that runs the command line of an SSH session: `client`, `send`, `tail` with their flags, `help`; none
 * is `client`. Everything talks with this server alone; flags that name a file or a place are refused.
 */
export function sshPrograms(address: () => SshAddress): RunProgram {
  return async (line, user, proc) => {
    try {
      return await run(wordsOf(line ?? "client"), { ...address(), user }, proc);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      proc.stderr.write(`${showText(overSsh(error.message))}\n`);
      return 2;
    }
  };
}

/** The server and the person. */
interface Meeting extends SshAddress {
  readonly user: SshUser;
}

async function run(words: readonly string[], meeting: Meeting, proc: ClientProcess): Promise<number> {
  const [command = "client", ...argv] = words[0] === "tcpchat" ? words.slice(1) : words;
  if (/^(?:help|--help|-h)$/.test(command)) return say(helpFor(argv[0]), proc);
  if (!isRemote(command)) throw noCommand(command);
  if (asksForHelp(argv)) return say(helpFor(command), proc);
  const options = readOptions(command, argv, {}, "ssh");
  refuseLocal(command, options);
  const all = optionsFor(options, meeting);
  switch (command) {
    case "client":
      return runClient(all, proc);
    case "send":
      return sendBy(all, options, meeting, proc);
    case "tail":
      return runTailer(all, tailOptions(options), proc);
  }
}

/** Sends, and tells if the user name is an account's and the key is another's: the key decides. */
async function sendBy(all: ClientOptions, options: Options, { user }: Meeting, proc: ClientProcess): Promise<number> {
  const code = await runSender(all, sendOptions(options), proc);
  const { account, name, namesAccount } = user;
  const isKeys = all.key !== undefined && all.account === undefined && account !== undefined;
  if (code === 0 && isKeys && namesAccount && !isSame(account, name))
    complain(proc, [`that was said as ${account}, not as ${name}: the key is ${account}'s`]);
  return code;
}

function isRemote(command: string): command is RemoteCommand {
  return commandsFrom("ssh").has(command as CommandName);
}

function noCommand(command: string): UsageError {
  const names = [...commandsFrom("ssh").keys()].join(", ");
  return new UsageError(`tcpchat: there is no command ${command} over SSH; there are ${names} and help`);
}

/** The words of an error, with the commands that they suggest as they are typed over SSH. */
function overSsh(words: string): string {
  return words.replace(/\btcpchat (client|send|tail|help)\b(?!:)/g, "ssh HOST $1");
}

function refuseLocal(command: RemoteCommand, options: Options): void {
  const { given, rest } = options;
  const flag = FLAGS.find(({ name, ssh, commands }) => ssh === false && commands.includes(command) && given.has(name));
  const what = flag ? `--${flag.name}` : command === "client" ? rest[0] : linkIn(options);
  if (what === undefined) return;
  throw new UsageError(
    `tcpchat ${command}: ${what} cannot be given over SSH: there the client talks with this server alone, and reads no files`,
  );
}

function optionsFor(options: Options, { host, port, user }: Meeting): ClientOptions {
  const { flags, given } = options;
  const rooms = flags.get("room");
  const guest = flags.has("guest");
  for (const name of ["account", "login"])
    if (guest && given.has(name)) throw new UsageError(`tcpchat: --guest and --${name} exclude each other; give one`);
  const key = user.hasKey && !guest && !flags.has("no-key") ? "SSH" : undefined;
  const keyAccount = key && user.account;
  const wanted = text(options, "nick");
  const named =
    text(options, "account") ??
    (flags.has("login") ? (wanted ?? user.name) : user.password === undefined ? undefined : user.name);
  const account = guest || isSame(named, keyAccount) ? undefined : named;
  return {
    host,
    port,
    // The server tells what is wrong with a name that cannot be a nick.
    nick: wanted ?? account ?? keyAccount ?? (showLine(user.name).trim().slice(0, NAME) || "guest"),
    rooms: Array.isArray(rooms) ? rooms.map(roomName) : [],
    linear: flags.has("linear"),
    raw: false,
    key,
    keepsNick: wanted !== undefined,
    guest,
    account,
    password: isSame(account, user.name) ? user.password : undefined,
    serverPassword: user.serverPassword,
    plain: true,
    overSsh: true,
  };
}

function isSame(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && fold(one) === fold(other);
}

/** The help for SSH sessions. */
function helpFor(command: string | undefined): string {
  if (command !== undefined && !isRemote(command)) throw noCommand(command);
  return usage(command, "ssh");
}

function say(words: string, { stdout }: ClientProcess): number {
  stdout.write(`${words}\n`);
  return 0;
}

/**
 * Splits a command line at blanks. The user's shell has taken its quotes away; those of a line quoted twice go around whole
 * words: `'#room' "two words"`. Any other quote is a character, as in `it's late`.
 */
export function wordsOf(line: string): readonly string[] {
  const words = line.matchAll(/'([^']*)'(?=\s|$)|"([^"]*)"(?=\s|$)|(\S+)/g);
  return Array.from(words, ([, single, double, plain]) => single ?? double ?? plain ?? "");
}
