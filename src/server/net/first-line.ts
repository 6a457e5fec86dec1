import { type Closing, type ClosingReason, closing } from "../../wire/closing.ts";
import type { Peer, Protocol } from "../../wire/protocol.ts";

const FIRST = 2048; // bytes of what has come first that are looked at
const HOW = "Talk to it with nc, an IRC client, or tcpchat client.";

/** First lines that are another protocol's although they are text, and what the peer is told. */
const OPENINGS: readonly (readonly [shape: RegExp, words: string])[] = [
  [/^SSH-\d/, notSpoken("SSH")],
  [/^(?:EHLO|HELO|LHLO)(?: [\w.:[\]-]+)?$|^MAIL FROM: ?</, notSpoken("SMTP")],
  [/^ehlo [\w.:[\]-]+$|^mail from: ?</, notSpoken("SMTP")],
  [/^\*\d{1,7}$/, notSpoken("Redis")],
  [/^@RSYNCD:/, notSpoken("rsync")],
  [/^<\?xml |^<stream:stream /, notSpoken("XMPP")],
  [
    /^PROXY (?:TCP[46]|UNKNOWN)(?: |$)/,
    "-- A PROXY header is taken from the proxies alone that [server] proxies of the configuration lists.",
  ],
];

const NOT_TEXT = `-- This is a chat, and that is not text in UTF-8. ${HOW}`;

// TAB, CR and LF; BS, DEL and ESC; Ctrl-C and Ctrl-D; IRC's formatting; and two that edit a line, Ctrl-U and Ctrl-W.
const USUAL: ReadonlySet<number> = new Set([
  ...[0x09, 0x0a, 0x0d, 0x08, 0x1b, 0x03, 0x04],
  ...[0x02, 0x0f, 0x11, 0x16, 0x1d, 0x1e, 0x1f, 0x15, 0x17],
]);

function notSpoken(protocol: string): string {
  return `-- This is a chat, and does not speak ${protocol}. ${HOW}`;
}

/**
 * The words for a peer that speaks another protocol; `undefined` for a person. Its first line is text that opens such a
 * protocol, or has bytes that no terminal sends, or NUL follows it.
 */
export function foreignWords(text: string, line: Uint8Array, behind: Uint8Array): string | undefined {
  const [, words] = OPENINGS.find(([shape]) => shape.test(text)) ?? [];
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

/** Tells a peer that its protocol is not spoken here, and closes. */
export class ForeignProtocol implements Protocol {
  readonly #peer: Peer;
  readonly #answer: string;
  readonly #why: ClosingReason;

  /** `answer` is sent as it is; `why` is why the connection ends, for logs and metrics. */
  constructor(peer: Peer, answer: string, why: ClosingReason = "foreign-protocol") {
    this.#peer = peer;
    this.#answer = answer;
    this.#why = why;
  }

  line(): void {
    this.#peer.push(Buffer.from(this.#answer));
    this.#peer.finish(closing(this.#why));
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

const WORDS = "This is a chat, not a web server. Talk to it with nc, an IRC client, or tcpchat client.\n";
const HEAD = `HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: ${WORDS.length}\r\nConnection: close`;

/** Answers a web browser, or a web page that tries to post into the chat: no, and closes. */
export function refuseHttp(peer: Peer): Protocol {
  return new ForeignProtocol(peer, `${HEAD}\r\n\r\n${WORDS}`, "http");
}

/** How a peer speaks, as its first line shows; `foreign` is what is spoken elsewhere. */
export type Face = "irc" | "http" | "foreign" | "person";

/** Commands that an IRC client opens with, and how many parameters each has then. */
const IRC_OPENINGS: Readonly<Record<string, RegExp>> = {
  CAP: /^(?:\S+|(?:LS|REQ) .+)$/i,
  NICK: /^:?\S*$/,
  USER: /^(?:\S+ \S+ \S+ (?::|:?.*\S.*))?$/,
  PASS: /^(?:\S*|:.*)$/,
  PING: /^(?:\S+|:.*)$/,
  PONG: /^(?:\S+|:.*)$/,
  QUIT: /^(?::.*)?$/,
  AUTHENTICATE: /^\S+$/,
  REGISTER: /^\S+ \S+ (?:\S+|:.*)$/,
};

const TAGS = /^@\S+ +/;
const SOURCE = /^:\S+ +/;
const COMMAND = /^([A-Z]+)(?: +(.*))?$/s;
/** HTTP, the preface of HTTP/2 included (RFC 9113 3.4), and its kin: RTSP, SIP. */
const HTTP = /^[A-Z]+ \S+ (?:HTTP|RTSP|SIP)\/\d(?:\.\d)?$/;

/**
 * Chooses the face by the shape of the first line, not by its first word: `PASS secret` opens IRC, and `pass me the
 * salt` or `PASS me the salt` is a person.
 */
export function faceOf(line: string): Exclude<Face, "foreign"> {
  if (isHttp(line)) return "http";
  const rest = line.replace(TAGS, "").replace(SOURCE, "");
  const [, command, params = ""] = COMMAND.exec(rest.trimEnd()) ?? [];
  return command !== undefined && Object.hasOwn(IRC_OPENINGS, command) && IRC_OPENINGS[command]?.test(params)
    ? "irc"
    : "person";
}

/** Whether a line is the first one of an HTTP request. */
export function isHttp(line: string): boolean {
  return HTTP.test(line);
}
