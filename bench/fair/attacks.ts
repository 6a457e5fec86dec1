import { randomBytes } from "node:crypto";
import { Nonsense } from "../fuzz/nonsense.ts";
import { FloodingConnection, type Speech } from "./flooding-connection.ts";

const LIVES = 300; // ms that a short-lived connection lasts, about
const READERS = 250; // members of the flooded room that stop reading
const ROOM = "#flooded";

/** The number of attackers, and the server's port. */
interface Field {
  readonly port: number;
  readonly attackers: number;
}

/** One way of taking more than a fair share; `begin` continues until the process ends. */
interface FairAttack {
  readonly name: string;
  readonly begin: (field: Field) => void;
}

let names = 0;
const nick = () => `${process.pid.toString(36)}x${(names++).toString(36)}`;
const irc = (then = "", caps = "") =>
  `${caps && `CAP REQ :${caps}\r\n`}NICK n${nick()}\r\nUSER x 0 * :X\r\n${caps && "CAP END\r\n"}${then}`;
const times = (count: number, make: (index: number) => string) => Array.from({ length: count }, (_, i) => make(i));
const words = (bytes: number) => "noise ".repeat(Math.ceil(bytes / 6)).slice(0, bytes);

/** Half of the attackers keep their connection, half reconnect again and again. */
function pour({ port, attackers }: Field, speech: (number: number) => Speech): void {
  for (let number = 0; number < attackers; number++) {
    const lives = number % 2 === 0 ? Number.POSITIVE_INFINITY : LIVES;
    new FloodingConnection(port, () => ({ lives, ...speech(number) })).open();
  }
}

const JUNK = Array.from({ length: 64 }, () => randomBytes(65536));
const junk = () => JUNK[Math.floor(Math.random() * JUNK.length)] ?? randomBytes(65536);

/** The beginning of a TLS handshake whose record and message announce 512 bytes. */
const HELLO = Buffer.concat([Buffer.of(0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3), randomBytes(32)]);

const commands = (number: number) =>
  times(40, (i) => {
    const room = `#c${number}-${i % 50}`;
    return [
      `JOIN ${room}`,
      `NICK n${nick()}`,
      `MODE ${room} +b ${nick()}!*@*`,
      `MODE ${room} +m-m`,
      `PART ${room}`,
    ].join("\r\n");
  }).join("\r\n");

const nonsense = new Nonsense(process.pid);
const tagged = () =>
  times(
    8,
    () => `@+a=${"x".repeat(3900)} ${Math.random() < 0.5 ? "TAGMSG" : "PRIVMSG"} #nonsense :${words(100)}\r\n`,
  ).join("");

export const ATTACKS: readonly FairAttack[] = [
  {
    name: "random bytes",
    begin: (field) =>
      pour(field, (number) => ({ opening: number % 4 < 2 ? "" : "hello\n", next: junk, isDeaf: number % 4 === 3 })),
  },
  {
    name: "JOIN, NICK, MODE",
    begin: (field) =>
      pour(field, (number) => ({
        opening: irc(),
        next: () => `${commands(number)}\r\n`,
        lives: Number.POSITIVE_INFINITY,
      })),
  },
  {
    name: "stalled readers",
    begin: (field) => {
      for (let number = 0; number < READERS; number++)
        new FloodingConnection(field.port, () => ({ opening: irc(`JOIN ${ROOM}\r\n`), deafAfter: / 366 / })).open(
          number * 2,
        );
      const line = times(20, () => `PRIVMSG ${ROOM} :${words(400)}\r\n`).join("");
      pour(field, () => ({ opening: irc(`JOIN ${ROOM}\r\n`), next: () => line, lives: Number.POSITIVE_INFINITY }));
    },
  },
  {
    name: "IRC nonsense, long tags",
    begin: (field) =>
      pour(field, () => ({
        opening: irc("JOIN #nonsense\r\n", "message-tags server-time batch labeled-response echo-message"),
        next: () =>
          Math.random() < 0.5 ? tagged() : Buffer.concat(Array.from({ length: 100 }, () => nonsense.line())),
      })),
  },
  {
    name: "lines without end",
    begin: (field) => pour(field, (number) => ({ opening: number % 4 < 2 ? "" : irc(), next: () => words(65536) })),
  },
  {
    name: "half TLS",
    begin: (field) => {
      pour(field, (number) => ({
        opening: HELLO.subarray(0, 1 + Math.floor(Math.random() * HELLO.length)),
        next: () => (number % 4 < 2 ? junk().subarray(0, 4096) : undefined),
        lives: 20,
      }));
      for (let number = 0; number < field.attackers * 8; number++)
        new FloodingConnection(field.port, () => ({ opening: HELLO, lives: 5 + (number % 40) })).open();
    },
  },
  {
    name: "TLS handshakes",
    begin: (field) => {
      for (let number = 0; number < field.attackers * 4; number++)
        new FloodingConnection(field.port, () => ({ isSecure: true, opening: irc(), lives: 20 })).open();
    },
  },
  {
    name: "storms of connections",
    begin: (field) => {
      const openings = ["hi\n", "hello", "", irc(), irc("JOIN #lobby\r\n"), "CAP LS 302\r\n", "GET / HTTP/1.1\r\n\r\n"];
      for (let number = 0; number < field.attackers * 16; number++)
        new FloodingConnection(field.port, () => ({
          opening: openings[number % openings.length] ?? "",
          lives: number % 3 === 0 ? 0 : 10,
          isAbrupt: number % 2 === 0,
        })).open();
    },
  },
  {
    name: "questions",
    begin: (field) => {
      const asked = times(
        10,
        () => "WHO *\r\nLIST\r\nNAMES #lobby\r\nCHATHISTORY LATEST #lobby * 100\r\nWHOIS x\r\nMONITOR + a,b,c\r\n",
      ).join("");
      pour(field, () => ({
        opening: irc("JOIN #lobby\r\n", "batch draft/chathistory"),
        next: () => asked,
        lives: Number.POSITIVE_INFINITY,
      }));
    },
  },
];
