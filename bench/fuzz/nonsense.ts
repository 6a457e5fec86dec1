import { COMMANDS as PLAIN } from "../../src/commands/table.ts";
import { COMMANDS } from "../../src/irc/commands/table.ts";
import { NUMERICS } from "../../src/wire/numerics.ts";

const WORDS = [
  ..."#lobby #r #secret ann bob eve * @#r +#r 0 -1 99999999999 +o -o +b +k +l +beI +mnistC-mnistC a:ann m:*!*@* *!*@* :".split(
    " ",
  ),
  ..."LS 302 REQ END LATEST BEFORE msgid=x timestamp=2026-01-01T00:00:00.000Z 10 draft/multiline +1 -1 PLAIN AAAA =".split(
    " ",
  ),
  ..."message-tags server-time batch draft/chathistory draft/multiline echo-message labeled-response sasl".split(" "),
  ..."+2 -2 draft/other >1,<9,*x*,C<5 #r,#s,#t,#u,#v ann,bob,eve *a*a*a*b".split(" "),
  ..."127.0.0.0/8 ::/0 10m 1h30m ~account:ann in=#r;text=a limit=3 CHATHISTORY=10 PREFIX=(ov)@+ NICKLEN=0 CASEMAPPING=x".split(
    " ",
  ),
  "",
  ":",
  ":hello there",
  "é😀",
  "\u202e",
  "\u{e0041}\u200b",
  "e\u0301\u0301\u0301\u0301",
  "👩\u200d👧\u200d👦",
  "\u0001ACTION waves\u0001",
  "\u0001VERSION\u0001",
  "\u001b]0;title\u0007\u001b[2J",
  "x".repeat(600),
  "%tcuihsnfdlaor,1",
];
const TAGS = [
  "@label=x ",
  "@batch=1 ",
  "@batch=2 ",
  "@batch=m1;draft/multiline-concat ",
  "@+typing=active;+tcpchat/id=0123456789abcdef ",
  "@time=2026-01-01T00:00:00.000Z;msgid=a;account=ann ",
  "@time=+99999-99-99T;msgid= ",
  "@;;= ",
  `@${"a".repeat(4000)}=x `,
  "",
];
const CAPS = WORDS.filter((word) => /^[a-z-]+(?:\/[a-z]+)?$/.test(word));
const TELNET = ["\xff\xfb\x01", "\xff\xfa\x18\x00xterm\xff\xf0", "\xff\xff", "\xff", "\xff\xfa"];
const PAGES = [
  "GET / HTTP/1.1",
  "POST /x HTTP/1.0",
  "OPTIONS * HTTP/1.1",
  "PRI * HTTP/2.0",
  "GET",
  "BREW /pot HTCPCP/1.0",
  "GET /healthz HTTP/1.1",
  "HEAD /../%00?x HTTP/1.0",
];
const FIELDS = [
  "Host: localhost",
  "Host: 127.0.0.1:9000",
  "Host: evil.example",
  "Origin: null",
  "Connection: keep-alive, Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 8",
  "Sec-WebSocket-Key: AAAA",
  "Sec-WebSocket-Protocol: binary.ircv3.net, text.ircv3.net",
  "Content-Length: 3",
  "Transfer-Encoding: chunked",
  "X-Forwarded-For: 1.2.3.4, x",
  " folded",
  "no colon",
  `X: ${"y".repeat(9000)}`,
  "\0: \x7f",
];
const UPGRADE = [
  "GET /x HTTP/1.1",
  "Host: localhost",
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
];
const SOURCES = ["ann!~u@h", "bob!b@host", "chat.test", "", "a!b!c@d@e", "\u202eann!x@y"];
const REPLIES = Object.values(NUMERICS).map(([code]) => code);
const FROM_SERVER =
  "BATCH CAP AUTHENTICATE JOIN PART KICK QUIT NICK INVITE MODE PRIVMSG NOTICE PONG PING TOPIC ERROR FAIL".split(" ");

/** The protocol that a connection begins with. */
export type Face = "irc" | "person" | "telnet" | "http" | "websocket" | "tls" | "bytes";
const FACES = "irc irc irc irc person person telnet http http websocket websocket tls bytes".split(" ") as Face[];

/** Generates invalid input for servers and clients; the same seed gives the same input. */
export class Nonsense {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** A number from 0 up to but not including 1 (mulberry32). */
  random(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }

  below(count: number): number {
    return Math.floor(this.random() * count);
  }

  pick<T>(items: readonly T[], otherwise: T): T {
    return items[this.below(items.length)] ?? otherwise;
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.below(256));
  }

  face(): Face {
    return this.pick(FACES, "irc");
  }

  /** The first bytes in this protocol. */
  opening(face: Face, nick: string): string | Uint8Array {
    switch (face) {
      case "irc":
      case "tls": {
        const caps = CAPS.filter(() => this.random() < 0.5).join(" ");
        const asked = this.random() < 0.5 ? `CAP REQ :${caps}\r\nCAP END\r\n` : "";
        return `${asked}NICK ${nick}\r\nUSER u 0 * :U\r\nJOIN #r,#secret\r\n`;
      }
      case "person":
        return this.pick(["hello\n", "hello", "h", "/nick ann\n/join #r\n"], "");
      case "telnet":
        return Buffer.from(this.pick(TELNET, ""), "latin1");
      case "http":
        return this.#mutated(Buffer.from(this.#requests(1 + this.below(4))));
      case "websocket":
        return this.#rarely(Buffer.from([...UPGRADE, ...this.#fields(0.1), "", ""].join("\r\n")));
      case "bytes":
        return this.random() < 0.3 ? Buffer.concat([Uint8Array.of(0x16, 3, 1), this.bytes(60)]) : this.bytes(60);
    }
  }

  /** A line or something like it for a server, with or without a line end. */
  line(): Uint8Array {
    const params = this.#params();
    const irc = `${this.pick(TAGS, "")}${this.#often(this.pick(NAMES, "PING"))} ${params}`;
    const plain = `/${this.#often(this.pick(PLAIN_NAMES, "help"))} ${params}`;
    const text = this.pick([irc, irc, irc, plain, params], irc);
    return this.#mutated(Buffer.from(`${text}${this.pick(["\r\n", "\n", "\r\n", ""], "\n")}`));
  }

  /** A frame of a WebSocket with a line in it, or something like it. */
  frame(): Uint8Array {
    const payload = this.random() < 0.9 ? this.line() : this.bytes(this.below(300));
    const isControl = this.random() < 0.2;
    const first = isControl ? this.pick([0x89, 0x8a], 0x89) : this.pick([0x81, 0x82], 0x81);
    const length = isControl ? Math.min(payload.length, 125) : payload.length;
    const size = length < 126 ? [0x80 | length] : [0xfe, length >> 8, length & 255];
    const mask = this.bytes(4);
    const masked = payload.subarray(0, length).map((byte, at) => byte ^ (mask[at & 3] ?? 0));
    return this.#rarely(Uint8Array.from([first, ...size, ...mask, ...masked]));
  }

  /** A line for a client, with its line end. */
  reply(): Uint8Array {
    const command = this.random() < 0.5 ? this.pick(FROM_SERVER, "JOIN") : this.pick(REPLIES, "001");
    const to = this.random() < 0.5 ? " ann" : "";
    return this.#mutated(
      Buffer.from(`${this.pick(TAGS, "")}:${this.pick(SOURCES, "")} ${command}${to} ${this.#params()}\r\n`),
    );
  }

  /** The command, or a harmless one instead of QUIT, which ends the input, and of commands that hash passwords. */
  #often(name: string): string {
    return SELDOM.test(name) && this.random() < 0.97 ? "MSG" : name;
  }

  /** Requests one after another. */
  #requests(count: number): string {
    return Array.from(
      { length: count },
      () => `${[this.pick(PAGES, ""), ...this.#fields(0.3)].join("\r\n")}\r\n\r\n`,
    ).join("");
  }

  #fields(share: number): readonly string[] {
    return FIELDS.filter(() => this.random() < share);
  }

  /** The bytes, with a change in one of thirty: most changes end a WebSocket at once. */
  #rarely(bytes: Uint8Array): Uint8Array {
    return this.random() < 0.03 ? this.#mutated(bytes) : bytes;
  }

  #params(): string {
    return Array.from({ length: this.below(6) }, () => this.pick(WORDS, "x")).join(" ");
  }

  #mutated(bytes: Uint8Array): Uint8Array {
    const chance = this.random();
    if (chance < 0.7 || bytes.length === 0) return bytes;
    if (chance > 0.98) return this.bytes(this.below(2000));
    const copy = Uint8Array.from(bytes);
    for (let n = this.below(4); n > 0; n--) copy[this.below(copy.length)] = this.below(256);
    return copy;
  }
}

const NAMES: readonly string[] = [...COMMANDS.keys()];
const PLAIN_NAMES = PLAIN.map(({ name }) => name);
const SELDOM = /^(?:QUIT|REGISTER|LOGIN|IDENTIFY|NS|NICKSERV|OPER)$/i;
