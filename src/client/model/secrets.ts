import { nearest } from "../../text/nearest.ts";

/**
 * Lines with a password in them: such a line is not sent where others can read it, and is kept neither among what was
 * typed nor on disk.
 */

/** The names of the commands that take a password. */
const NAMES: readonly string[] = ["register", "login", "identify", "passwd", "password", "drop", "unregister", "oper"];

/** Such a command, and behind it without a blank what may be the password. */
const RUN_ON = new RegExp(`^(${NAMES.join("|")}).`, "i");

/** A program of the network that takes passwords as messages: NickServ and its kin, Q and X. */
const SERVICE = /^(?:\w*serv(?:@\S+)?|[qx]@\S+)$/i;

/** A line of IRC that may have a password among its parameters. */
const RAW = /^(?:pass|oper|authenticate|register|passwd|\w*serv|ns|(?:privmsg|notice)\s+:?(?:\w*serv\b|[qx]@))/i;

/** Whether a line as it is typed is a command that takes a password, whether or not there is one behind it. */
export function takesSecret(line: string): boolean {
  const [, command = "", words = ""] = /^\s*\/(\S+)\s*(.*)$/s.exec(line) ?? [];
  return NAMES.includes(command.toLowerCase()) || (/^(?:quote|raw)$/i.test(command) && RAW.test(words));
}

/** The command that takes a password, where a name begins with it and goes on: so it may hold the password. */
export function runOn(name: string): string | undefined {
  return RUN_ON.exec(name)?.[1]?.toLowerCase();
}

/** Whether a nick is a service's: what it says is an answer of the network's. */
export function isService(nick: string): boolean {
  return SERVICE.test(nick);
}

/** Whether what is said to someone may have a password in it: to a service, all but a single word such as HELP. */
export function hasSecret(target: string, text: string): boolean {
  return SERVICE.test(target) && /\S\s+\S/.test(text);
}

/**
 * Whether a line as it is typed, in a room or with someone, may have a password in it. A command that is not known may
 * be a misspelled one that takes a password.
 */
export function isSecret(line: string, here: string, isKnown: (line: string) => boolean = () => true): boolean {
  const [, command = "", words = ""] = /^\s*\/(\S+)(?:\s+(.*))?$/s.exec(line) ?? [];
  if (command === "") return hasSecret(here, line);
  const name = command.toLowerCase();
  if (!isKnown(line) && runOn(name)) return true;
  if (words === "") return false;
  if (takesSecret(line) || (!isKnown(line) && nearest(name, NAMES) !== undefined)) return true;
  const [, target = "", text = ""] = /^[:@]*(\S+)\s+(.*)$/s.exec(words) ?? [];
  return /^(?:msg|m|tell|dm|query)$/i.test(command) && hasSecret(target, text);
}

/** The words shown when a password is not sent. */
export const EXPOSED =
  "This connection is plain text, and a password could be read on the way: it was not sent. --no-tls sends it all the same.";
