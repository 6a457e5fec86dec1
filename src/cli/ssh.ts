import { roomName } from "../client/model/rooms.ts";
import { type ClientOptions, runClient, runSender, runTailer } from "../client/run/client.ts";
import type { ClientProcess } from "../client/run/process.ts";
import type { RunProgram, SshUser } from "../ssh/session.ts";
import { showText } from "../text/filter.ts";
import { linkIn, nickFrom, sendOptions, tailOptions } from "./client.ts";
import { asksForHelp, COMMANDS, FLAGS, type Options, readOptions, text, UsageError, usage } from "./options.ts";

/** The commands of an SSH session: those that need nothing of the user's machine or the server's. */
const REMOTE = ["client", "send", "tail"] as const;
type RemoteCommand = (typeof REMOTE)[number];

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
      proc.stderr.write(`${showText(error.message)}\n`);
      return 2;
    }
  };
}

/** The server and the person. */
interface Meeting extends SshAddress {
  readonly user: SshUser;
}

async function run([command = "", ...argv]: readonly string[], meeting: Meeting, proc: ClientProcess): Promise<number> {
  if (/^(?:help|--help|-h)$/.test(command)) return say(helpFor(argv[0]), proc);
  if (!isRemote(command))
    throw new UsageError(`tcpchat: there is no command ${command} over SSH; there are ${REMOTE.join(", ")} and help`);
  if (asksForHelp(argv)) return say(helpFor(command), proc);
  const options = readOptions(command, argv, {});
  refuseLocal(command, options);
  const all = optionsFor(options, meeting);
  switch (command) {
    case "client":
      return runClient(all, proc);
    case "send":
      return runSender(all, sendOptions(options), proc);
    case "tail":
      return runTailer(all, tailOptions(options), proc);
  }
}

function isRemote(command: string): command is RemoteCommand {
  return REMOTE.some((name) => name === command);
}

function refuseLocal(command: RemoteCommand, options: Options): void {
  const { given, rest } = options;
  const flag = FLAGS.find(({ name, isLocal, commands }) => isLocal && commands.includes(command) && given.has(name));
  const what = flag ? `--${flag.name}` : command === "client" ? rest[0] : linkIn(options);
  if (what === undefined) return;
  throw new UsageError(
    `tcpchat ${command}: ${what} cannot be given over SSH: there the client talks with this server alone, and reads no files`,
  );
}

function optionsFor(options: Options, { host, port, user }: Meeting): ClientOptions {
  const { flags } = options;
  const rooms = flags.get("room");
  const guest = flags.has("guest");
  const account = guest
    ? undefined
    : (text(options, "account") ?? (user.password === undefined ? undefined : user.name));
  const isOwn = account === user.name;
  return {
    host,
    port,
    nick: text(options, "nick") ?? account ?? (nickFrom(user.name) || "guest"),
    rooms: Array.isArray(rooms) ? rooms.map(roomName) : [],
    linear: flags.has("linear"),
    raw: false,
    key: user.hasKey && !guest && !flags.has("no-key") ? "SSH" : undefined,
    keepsNick: text(options, "nick") !== undefined,
    guest,
    account,
    password: isOwn ? user.password : undefined,
    serverPassword: user.serverPassword,
    plain: true,
    forgets: true,
  };
}

/** The help of the commands of an SSH session, without the flags that are refused there. */
function helpFor(command: string | undefined): string {
  if (command !== undefined && isRemote(command)) return usage(command, true);
  return [
    "Over SSH there are:",
    ...REMOTE.map(
      (name) =>
        `  ssh HOST ${`${name} ${name === "client" ? "" : COMMANDS[name].arguments}`.padEnd(28)} ${COMMANDS[name].help}`,
    ),
    `  ssh HOST ${"help [COMMAND]".padEnd(28)} shows more, such as the flags of a command`,
  ].join("\n");
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
