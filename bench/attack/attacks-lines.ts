import type { Attack } from "./attack.ts";
import { able, irc, nick, times } from "./noise.ts";

const BOMBS = "#bombs";
const CAPS = "batch labeled-response message-tags server-time draft/multiline draft/chathistory";
const LINES = times(100, (line) => `@batch=b PRIVMSG ${BOMBS} :${line % 10}\r\n`).join("");

/** A message of a hundred one-digit lines, with as many tags as allowed. */
const bomb = `@+x=${"t".repeat(4000)} BATCH +b draft/multiline ${BOMBS}\r\n${LINES}BATCH -b\r\n`;
const conditions = (count: number) => times(count, (n) => `*a*${n}*b*a*`).join(",");
const past = times(20, (room) => `#past-${room}`).join(",");

/** Attacks that ask for much work with one line or one burst. */
export const LINES_OF_MUCH: readonly Attack[] = [
  {
    name: "lines times tags, and labelled CHATHISTORY of them",
    reasons: ["flood"],
    begin: (base) => {
      base.press(
        4,
        1000,
        () => able(CAPS, `JOIN ${BOMBS}\r\n`),
        (connection) => connection.send(bomb, 102),
      );
      base.press(
        4,
        200,
        () => able(CAPS, `JOIN ${BOMBS}\r\n`),
        (connection) => connection.send(`@label=x CHATHISTORY LATEST ${BOMBS} * 1000\r\n`.repeat(4), 4),
      );
      base.keep(4, () => ({ ...able("message-tags", `JOIN ${BOMBS}\r\n`), deafAfter: / 366 / }));
    },
  },
  {
    name: "LIST and WHO with conditions that mean nobody",
    reasons: ["flood", "list-conditions"],
    begin: (base) =>
      base.press(
        4,
        200,
        () => irc(),
        (connection) => connection.send(`LIST ${conditions(30)}\r\nWHO *a*a*a*a*b*x\r\nLIST ${conditions(20)}\r\n`, 3),
      ),
  },
  {
    name: "JOIN and PART of many rooms with a past",
    reasons: ["flood"],
    begin: (base) =>
      base.press(
        4,
        200,
        () => irc(),
        (connection) => connection.send(`JOIN ${past}\r\nPRIVMSG #past-1 :${"x".repeat(400)}\r\nPART ${past}\r\n`, 3),
      ),
  },
  {
    name: "invitations without number",
    reasons: ["too-many-invitations"],
    begin: (base) => {
      base.keep(1, () => ({ opening: "NICK invited\r\nUSER x 0 * :X\r\n" }));
      base.press(
        8,
        500,
        () => irc(),
        (connection) => {
          const room = `#${nick()}`;
          connection.send(`JOIN ${room}\r\nINVITE invited ${room}\r\nPART ${room}\r\n`, 3);
        },
      );
    },
  },
  {
    name: "lines of batches that are refused",
    reasons: ["flood"],
    begin: (base) =>
      base.press(
        4,
        200,
        () => able(CAPS, `JOIN ${BOMBS}\r\n`),
        (connection) => {
          const line = `@batch=b PRIVMSG ${BOMBS} :never said\r\n`;
          connection.send(`BATCH +b draft/other\r\n${line.repeat(10)}BATCH -b\r\n${line}`, 13);
        },
      ),
  },
];
