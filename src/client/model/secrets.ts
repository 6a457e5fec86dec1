import { nearest } from "../../text/nearest.ts";
import type { Model } from "./state.ts";

/**
 * Recognises typed lines that contain a password: they are not sent in plain text, and not kept in the input history,
 * the drafts or on disk.
 */

/** The commands that take a password. */
const NAMES: readonly string[] = [
  "register",
  "login",
  "identify",
  "passwd",
  "password",
  "drop",
  "unregister",
  "oper",
  "link",
];

/** The name of a password command directly followed by more text, without a blank: `loginsesame`. */
const RUN_ON = new RegExp(`^(${NAMES.join("|")}).`, "i");

/** A service that takes passwords in messages: NickServ and others, Q and X. */
const SERVICE = /^(?:\w*serv(?:@\S+)?|[qx]@\S+)$/i;

/** A command that sends its parameters to a service, in this or other clients: `/ns identify PASSWORD`. */
const SERVICE_COMMAND = /^(?:\w*serv|ns)$/i;

/** A line of IRC whose parameters may contain a password. */
const RAW = /^(?:pass|oper|authenticate|register|passwd|\w*serv|ns|(?:privmsg|notice)\s+:?(?:\w*serv\b|[qx]@))/i;

/** Whether a typed line is a command that takes a password, with or without one. */
export function takesSecret(line: string): boolean {
  const [, command = "", words = ""] = /^\s*\/(\S+)\s*(.*)$/s.exec(line) ?? [];
  return NAMES.includes(command.toLowerCase()) || (/^(?:quote|raw)$/i.test(command) && RAW.test(words));
}

/** The password command that a name begins with: `login` of `loginsesame`, which may contain a password. */
export function runOnCommand(name: string): string | undefined {
  return RUN_ON.exec(name)?.[1]?.toLowerCase();
}

/** Whether a nick is that of a service, such as NickServ. */
export function isService(nick: string): boolean {
  return SERVICE.test(nick);
}

/** Whether a message may contain a password: any text of two words or more to a service. */
export function hasSecret(target: string, text: string): boolean {
  return SERVICE.test(target) && /\S\s+\S/.test(text);
}

/**
 * Whether a line typed in a room or a direct conversation (`current`) may contain a password. An unknown command counts
 * if its name is close to that of a password command.
 */
export function isSecret(typed: string, current: string, isKnown: (line: string) => boolean = () => true): boolean {
  // With a blank after the slash it is not a command, but it may still contain a password.
  const line = typed.replace(/^(\s*\/)\s+/, "$1");
  const [, command = "", words = ""] = /^\s*\/(\S+)(?:\s+(.*))?$/s.exec(line) ?? [];
  if (command === "") return hasSecret(current, line);
  const name = command.toLowerCase();
  if (!isKnown(line) && runOnCommand(name)) return true;
  if (words === "") return false;
  if (takesSecret(line) || (!isKnown(line) && nearest(name, NAMES) !== undefined)) return true;
  if (SERVICE_COMMAND.test(command)) return /\S\s+\S/.test(words);
  const [, target = "", text = ""] = /^[:@]*(\S+)\s+(.*)$/s.exec(words) ?? [];
  return /^(?:msg|m|tell|dm|query)$/i.test(command) && hasSecret(target, text);
}

/** The beginnings of lines that contain a room's key, up to the key. */
const BEFORE_KEY: readonly RegExp[] = [
  /^\s*\/(?:(?:quote|raw)\s+)?(?:join|j)\s+\S+(?=\s)/i,
  /^\s*\/(?:set|mode)\s+key(?=\s)/i,
  /^\s*\/(?:(?:quote|raw)\s+)?(?:set|mode)\s+(?:[#&]\S*\s+)?[+-]\w*k\w*(?=\s)/i,
];

/** A typed line without the key of a room, which is not kept on disk: `/join ROOM` of `/join ROOM KEY`. */
export function withoutRoomKey(line: string): string {
  for (const before of BEFORE_KEY) {
    const [found] = before.exec(line) ?? [];
    if (found !== undefined) return found;
  }
  return line;
}

/** Tells the user why a password was not sent, and what to do instead; `privateWay` for clients without a command line. */
export function exposedRefusal({ identity }: Pick<Model, "identity">): string {
  const { privateWay = "--no-tls sends it anyway." } = identity;
  return `This connection is plain text, so others could read a password: it was not sent. ${privateWay}`;
}
