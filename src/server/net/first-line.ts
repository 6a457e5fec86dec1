import { type Closing, closing } from "../../wire/closing.ts";
import type { Peer, Protocol } from "../../wire/protocol.ts";

const FIRST = 2048; // bytes that are checked for binary content
const HOW = "Talk to it with nc, an IRC client, or tcpchat client.";

const NO_PROXY = "-- A PROXY header is accepted only from the addresses that proxies in [server] lists.";

/** First lines of text protocols that are not supported, and the words for their peers. */
const OPENINGS: readonly (readonly [shape: RegExp, words: string])[] = [
  [/^SSH-\d/, notSpoken("SSH")],
  [/^(?:EHLO|HELO|LHLO)(?: [\w.:[\]-]+)?$|^MAIL FROM: ?</, notSpoken("SMTP")],
  [/^ehlo [\w.:[\]-]+$|^mail from: ?</, notSpoken("SMTP")],
  [/^\*\d{1,7}$/, notSpoken("Redis")],
  [/^@RSYNCD:/, notSpoken("rsync")],
  [/^<\?xml |^<stream:stream /, notSpoken("XMPP")],
  [/^PROXY (?:TCP[46]|UNKNOWN)(?: |$)/, NO_PROXY],
];

/** The bytes after the first line break in version 2 of a PROXY header. */
const PROXY_2 = Buffer.from("\r\n\0\r\nQUIT\n");

const NOT_TEXT = `-- This is a chat, and that was not UTF-8 text. ${HOW}`;

// TAB, CR, LF; BS, DEL, ESC; Ctrl-C and Ctrl-D; IRC's formatting codes; Ctrl-U and Ctrl-W, which edit a line.
const USUAL: ReadonlySet<number> = new Set([
  ...[0x09, 0x0a, 0x0d, 0x08, 0x1b, 0x03, 0x04],
  ...[0x02, 0x0f, 0x11, 0x16, 0x1d, 0x1e, 0x1f, 0x15, 0x17],
]);

function notSpoken(protocol: string): string {
  return `-- This is a chat, and does not speak ${protocol}. ${HOW}`;
}

/**
 * The words for a peer that speaks an unsupported protocol; `undefined` for a person. The peer's first line opens such
 * a protocol, contains bytes that no terminal sends, or is followed by NUL (`behind`: the bytes after it).
 */
export function foreignWords(text: string, line: Uint8Array, behind: Uint8Array): string | undefined {
  const [, words] = OPENINGS.find(([shape]) => shape.test(text)) ?? [];
  if (text.trim() === "" && PROXY_2.equals(behind.subarray(0, PROXY_2.length))) return NO_PROXY;
  return words ?? (isBinary(line) || behind.subarray(0, FIRST).includes(0) ? NOT_TEXT : undefined);
}

function isBinary(bytes: Uint8Array): boolean {
  const length = Math.min(bytes.length, FIRST);
  for (let at = 0; at < length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte < 0x20 && !USUAL.has(byte)) return true;
  }
  return false;
}

/** Tells a peer why it is not let in, and closes: by default, since its protocol is not supported. */
export class ForeignProtocol implements Protocol {
  readonly #peer: Peer;
  readonly #answer: string;
  readonly #reason: Closing;

  /** Sends `answer` as it is. */
  constructor(peer: Peer, answer: string, reason = closing("foreign-protocol")) {
    this.#peer = peer;
    this.#answer = answer;
    this.#reason = reason;
  }

  begin(greeted: boolean): void {
    if (greeted) this.line();
  }

  line(): void {
    this.#peer.push(Buffer.from(this.#answer));
    this.#peer.finish(this.#reason);
  }

  overlong(): void {
    this.line();
  }

  end(): void {
    this.#peer.finish(closing("closed"));
  }

  gone(): void {}

  farewell(closing: Closing): void {
    this.#peer.finish(closing);
  }

  housekeep(): void {}
}

/**
 * The protocol of a peer, detected by its first line: `person` is plain text, `foreign` is one that is not supported. The
 * names are in metrics and the log, there called `face`.
 */
export type ProtocolName = "irc" | "http" | "foreign" | "person" | "ssh";

/** Commands that an IRC client may open with, or that no person writes, and the shape of their parameters. */
const IRC_OPENINGS: Readonly<Record<string, RegExp>> = {
  CAP: /^(?:\S+|(?:LS|REQ) .+)$/i,
  NICK: /^:?\S*$/,
  USER: /^(?:\S+ \S+ \S+ (?::|:?.*\S.*))?$/,
  PASS: /^(?:\S*|\S+:.*|:.*)$/, // an account's password may have blanks
  PING: /^(?:\S+|:.*)$/,
  PONG: /^(?:\S+|:.*)$/,
  QUIT: /^(?::.*)?$/,
  AUTHENTICATE: /^\S+$/,
  REGISTER: /^\S+ \S+ (?:\S+|:.*)$/,
  PRIVMSG: /^\S+ :.*$/,
  SLASH: /^(?:\S+ :.*|[#*]\S*)$/,
};

/** Other IRC commands, recognized by their target: a room or `*`, then the end or ` :text`. Shouted words have none. */
const IRC_COMMAND =
  /^(?:CHATHISTORY|INVITE|JOIN|KICK|LIST|MARKREAD|MODE|NAMES|NOTICE|PART|REDACT|RENAME|SEARCH|TAGMSG|TOPIC|WHO) [#*]\S*(?: :.*)?$/;

const TAGS = /^@\S+ +/;
const SOURCE = /^:\S+ +/;
const COMMAND = /^([A-Z]+)(?: +(.*))?$/s;
/** HTTP, including the preface of HTTP/2 (RFC 9113 3.4), RTSP and SIP. */
const HTTP = /^[A-Z]+ \S+ (?:HTTP|RTSP|SIP)\/\d(?:\.\d)?$/;

/**
 * Detects the protocol by the shape of the first line, not by its first word alone: `PASS secret` is IRC; `pass me the
 * salt` and `PASS me the salt` come from a person.
 */
export function protocolNameOf(line: string): Exclude<ProtocolName, "foreign" | "ssh"> {
  if (isHttp(line)) return "http";
  const rest = line.replace(TAGS, "").replace(SOURCE, "");
  const [whole = "", command, params = ""] = COMMAND.exec(rest.trimEnd()) ?? [];
  if (IRC_COMMAND.test(whole)) return "irc";
  return command !== undefined && Object.hasOwn(IRC_OPENINGS, command) && IRC_OPENINGS[command]?.test(params)
    ? "irc"
    : "person";
}

/** Whether a line is an HTTP request line. */
export function isHttp(line: string): boolean {
  return HTTP.test(line);
}
