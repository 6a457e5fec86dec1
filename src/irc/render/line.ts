import { PASSWORD_BYTES } from "../../chat/rules/passwords.ts";
import { decode } from "../../text/bytes.ts";
import { showLine } from "../../text/filter.ts";
import { clip } from "../../text/split.ts";
import { CLIENT_TAGS, LINE } from "../../wire/limits.ts";
import { formatCommand } from "../../wire/message.ts";
import { GIVEN, NUMERICS, type Numeric } from "../../wire/numerics.ts";
import type { IrcSession } from "../session/session.ts";

const AT = 0x40;

/**
 * A line from the server or from anyone, without its CR LF, of at most 512 bytes with it. A parameter that a client has
 * sent is made fit to stand in the middle; the last one, or the text, loses its end if the line would be too long.
 */
export function lineOf(source: string, command: string, params: readonly string[], text?: string): string {
  const last = text === undefined ? params.length - 1 : params.length;
  const fit = params.map((param, at) => (at < last ? middle(param) : param));
  return clip(`:${source} ${formatCommand(command, fit, text)}`, LINE - 2);
}

/** A numeric reply, with its CR LF, and as what may be shown: `:server CODE nick params :words`. */
export function numericLine(server: string, nick: string, name: Numeric, ...params: string[]): string {
  const [code, words] = NUMERICS[name];
  const text = words === GIVEN ? params.pop() : words;
  return `${showLine(lineOf(server, code, [nick, ...params], text))}\r\n`;
}

/** A parameter that is not the last: not empty, no blank, no colon first. */
export function middle(param: string): string {
  if (param !== "" && param.charCodeAt(0) !== 0x3a && !param.includes(" ")) return param;
  return param.replace(/^:+/, "").replaceAll(" ", "") || "*";
}

/** The lines of a text, each without its CR LF. */
export function* linesOf(text: string): Generator<string> {
  for (const line of text.split("\r\n")) if (line !== "") yield line;
}

/** Words put together into as few texts as hold them, with `between` them, each text of at most so many bytes. */
export function* packed(words: Iterable<string>, bytes: number, between: string): Generator<string> {
  let text = "";
  let size = 0;
  for (const word of words) {
    const length = Buffer.byteLength(word);
    if (text !== "" && size + between.length + length > bytes) {
      yield text;
      text = "";
      size = 0;
    }
    size += text === "" ? length : between.length + length;
    text += text === "" ? word : between + word;
  }
  if (text !== "") yield text;
}

/** The commands that a password stands behind. */
const BEFORE_PASSWORD = /^ *(?:REGISTER|PASS|PASSWD|OPER|NS|NICKSERV|PRIVMSG +:?NICKSERV(?:@[^ ]+)?) /i;
const BEGINNING = 128; // bytes in which one sees that

/**
 * Longer than a line may be: 510 bytes without CR LF, and 4096 of tags before (IRCv3 message-tags). A password may be
 * longer than that by itself, so a line with one may be longer by so much.
 */
export function isTooLong(bytes: Uint8Array): boolean {
  if (bytes.length <= LINE - 2) return false;
  const begin = bytes[0] === AT ? bytes.indexOf(0x20) + 1 : 0;
  if ((bytes[0] === AT && begin === 0) || begin > CLIENT_TAGS) return true;
  const length = bytes.length - begin;
  if (length <= LINE - 2) return false;
  return length > LINE - 2 + PASSWORD_BYTES || !BEFORE_PASSWORD.test(decode(bytes.subarray(begin, begin + BEGINNING)));
}

/** The server itself says something to this one. */
export function tellNotice(session: IrcSession, text: string): void {
  session.send(session.server.name, "NOTICE", [session.nick], text);
}

/** The old way to ask about accounts: a nick that nobody has, and what is said to it is told to nobody. */
export const NICKSERV = "NickServ";

/** A service says something to this client. */
export function tellFrom(service: string, session: IrcSession, text: string): void {
  session.send(`${service}!services@${session.server.name}`, "NOTICE", [session.nick], text);
}
