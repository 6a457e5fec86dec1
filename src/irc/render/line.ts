import { PASSWORD_BYTES } from "../../chat/model/limits.ts";
import { decode } from "../../text/bytes.ts";
import { showLine } from "../../text/filter.ts";
import { clip } from "../../text/split.ts";
import { CLIENT_TAGS, KICK_LENGTH, LINE_TEXT } from "../../wire/limits.ts";
import { formatCommand } from "../../wire/message.ts";
import { GIVEN, NUMERICS, type Numeric } from "../../wire/numerics.ts";
import type { IrcSession } from "../session/session.ts";

const AT = 0x40;

/**
 * A line without its CR LF, clipped to `LINE_TEXT`. `source` is the server's name or somebody's mask. Every parameter
 * but the last is made a valid `middle`, since clients may have sent it.
 */
export function lineOf(source: string, command: string, params: readonly string[], text?: string): string {
  const last = text === undefined ? params.length - 1 : params.length;
  const fit = params.map((param, at) => (at < last ? middle(param) : param));
  return clip(`:${source} ${formatCommand(command, fit, text)}`, LINE_TEXT);
}

/** A numeric reply, filtered, without its CR LF: `:server CODE nick params :text`. */
export function numericText(server: string, nick: string, name: Numeric, ...params: string[]): string {
  const [code, words] = NUMERICS[name];
  const text = words === GIVEN ? params.pop() : words;
  return showLine(lineOf(server, code, [nick, ...params], text));
}

/** A numeric reply with its CR LF. */
export function numericLine(server: string, nick: string, name: Numeric, ...params: string[]): string {
  return `${numericText(server, nick, name, ...params)}\r\n`;
}

/** The beginning of a numeric reply to a session: `:server CODE nick`. */
export function numericHead({ server, nick }: IrcSession, name: Numeric): string {
  return `:${server.name} ${NUMERICS[name][0]} ${nick}`;
}

/** Sends a numeric whose text says more than that of its row. */
export function tellNumeric(session: IrcSession, name: Numeric, params: readonly string[], text: string): void {
  session.send(session.server.name, NUMERICS[name][0], [session.nick, ...params], text);
}

/** A time as numerics have it: seconds since 1970, or a number of seconds. */
export function secondsOf(ms: number): string {
  return String(Math.floor(ms / 1000));
}

/** The parameter as one that may stand before others: not empty, without blanks, without a colon first (RFC 1459, 2.3.1). */
export function middle(param: string): string {
  if (param !== "" && param.charCodeAt(0) !== 0x3a && !param.includes(" ")) return param;
  return param.replace(/^:+/, "").replaceAll(" ", "") || "*";
}

/** The lines of a text, each without its CR LF. */
export function* linesOf(text: string): Generator<string> {
  for (const line of text.split("\r\n")) if (line !== "") yield line;
}

/** Joins words by `separator` into as few texts as possible, each of at most `limit` bytes unless one word is longer. */
export function* packed(words: Iterable<string>, limit: number, separator: string): Generator<string> {
  let text = "";
  let size = 0;
  for (const word of words) {
    const length = Buffer.byteLength(word);
    if (text !== "" && size + separator.length + length > limit) {
      yield text;
      text = "";
      size = 0;
    }
    size += text === "" ? length : separator.length + length;
    text += text === "" ? word : separator + word;
  }
  if (text !== "") yield text;
}

/** The reason of a KICK, KILL, ban, … as it is shown: filtered, of at most KICKLEN bytes. */
export function shownReason(reason: string): string {
  return clip(showLine(reason), KICK_LENGTH);
}

/** The beginnings of lines that hold a password. */
const BEFORE_PASSWORD = /^ *(?:REGISTER|PASS|PASSWD|OPER|NS|NICKSERV|PRIVMSG +:?NICKSERV(?:@[^ ]+)?) /i;
const BEGINNING = 128; // bytes of a line that are matched against it

/**
 * Whether a client's line, given without its end, is too long: the limits are `LINE_TEXT`, and `CLIENT_TAGS` for tags
 * (IRCv3 message-tags). A line with a password may be longer by `PASSWORD_BYTES`, since a password alone may fill a line.
 */
export function isTooLong(bytes: Uint8Array): boolean {
  if (bytes.length <= LINE_TEXT) return false;
  const begin = bytes[0] === AT ? bytes.indexOf(0x20) + 1 : 0;
  if ((bytes[0] === AT && begin === 0) || begin > CLIENT_TAGS) return true;
  const length = bytes.length - begin;
  if (length <= LINE_TEXT) return false;
  return length > LINE_TEXT + PASSWORD_BYTES || !BEFORE_PASSWORD.test(decode(bytes.subarray(begin, begin + BEGINNING)));
}

/** Sends a NOTICE from the server. */
export function tellNotice(session: IrcSession, text: string): void {
  session.send(session.server.name, "NOTICE", [session.nick], text);
}

/** The nick of the account service: nobody else can have it, and messages to it are commands, seen by nobody. */
export const NICKSERV = "NickServ";

/** Sends a NOTICE from a service. */
export function tellFrom(service: string, session: IrcSession, text: string): void {
  session.send(`${service}!services@${session.server.name}`, "NOTICE", [session.nick], text);
}
