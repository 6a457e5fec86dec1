import type { Attack } from "./attack.ts";
import type { ConnectionBehaviour } from "./attacking-connection.ts";
import { able, irc, nick, plain, times, words } from "./noise.ts";
import { PEOPLE_ROOMS } from "./people.ts";

const DEAF_RETRY = 8000; // ms until a closed deaf member reconnects, about
const DEAF_PER_ROOM = 125; // deaf members of one room

const QUIET_ROOM = PEOPLE_ROOMS[1];

/** Attacks by members: too much of everything that is allowed. */
export const MEMBERS: readonly Attack[] = [
  {
    name: "members that stop reading",
    reasons: ["send-queue"],
    begin: (base, { deaf, loud }) => {
      for (let room = 0; room * DEAF_PER_ROOM < deaf; room++) {
        const join = `JOIN #deaf-${room}\r\n`;
        const deafly = (): ConnectionBehaviour => ({ ...irc(join), deafAfter: / 366 / });
        base.keep(Math.min(DEAF_PER_ROOM, deaf - room * DEAF_PER_ROOM), deafly, () => {}, DEAF_RETRY);
        const loudly = () => ({ opening: `/join #deaf-${room}\n` });
        base.press(loud, 200, loudly, (connection) => connection.send(`${words(4000)}\n`));
      }
      base.keep(8, () => ({ ...irc(`JOIN ${PEOPLE_ROOMS[0]},${QUIET_ROOM}\r\n`), deafAfter: / 366 / }));
    },
  },
  {
    name: "floods of messages",
    reasons: ["flood"],
    begin: (base) => {
      const many = times(20, () => `PRIVMSG ${QUIET_ROOM} :${words(200)}\r\n`).join("");
      base.press(
        4,
        100,
        () => irc(`JOIN ${QUIET_ROOM}\r\n`),
        (connection) => connection.send(many, 20),
      );
      base.press(2, 100, plain, (connection) => connection.send(times(20, () => `${words(100)}\n`).join(""), 20));
    },
  },
  {
    name: "nick changes",
    reasons: ["flood"],
    begin: (base) =>
      base.press(
        4,
        100,
        () => irc(),
        (connection) => connection.send(times(20, () => `NICK ${nick()}\r\n`).join(""), 20),
      ),
  },
  {
    name: "rooms without number",
    reasons: ["too-many-rooms"],
    begin: (base) =>
      base.press(
        4,
        200,
        () => irc(),
        (connection) => connection.send(`JOIN ${times(30, () => `#${nick()}`).join(",")}\r\nPART #x\r\n`, 2),
      ),
  },
  {
    name: "silent visits to new rooms",
    reasons: ["too-many-new-rooms"],
    begin: (base) => {
      // All from one address: it can open a limited number of rooms, and none is kept.
      const from = base.address(0);
      const visits = () => times(20, () => nick()).map((room) => `JOIN #${room}\r\nPART #${room}\r\n`);
      base.press(
        4,
        100,
        () => ({ ...irc(), from }),
        (connection) => connection.send(visits().join(""), 40),
      );
    },
  },
  {
    name: "coming and going without a word",
    reasons: ["flood"],
    begin: (base) =>
      base.press(
        4,
        100,
        () => irc(),
        (connection) => connection.send(`JOIN ${QUIET_ROOM}\r\nPART ${QUIET_ROOM}\r\n`.repeat(20), 40),
      ),
  },
  {
    name: "read markers without end",
    reasons: ["flood"],
    begin: (base) =>
      base.press(
        2,
        100,
        () => able("draft/read-marker"),
        (connection) =>
          connection.send(times(40, () => `MARKREAD ${nick()} timestamp=2026-01-01T00:00:00.000Z\r\n`).join(""), 40),
      ),
  },
  {
    name: "ban lists without end",
    reasons: ["list-full"],
    begin: (base) =>
      base.press(
        2,
        200,
        () => irc(`JOIN #bans\r\n`),
        (connection, number) => {
          const masks = times(20, () => `${nick()}!*@*`).join(" ");
          connection.send(`JOIN #bans-${number}\r\nMODE #bans-${number} +${"b".repeat(20)} ${masks}\r\n`, 2);
        },
      ),
  },
  {
    name: "MONITOR lists without end",
    reasons: ["monitor-list"],
    begin: (base) =>
      base.press(
        2,
        200,
        () => irc(),
        (connection) => connection.send(`MONITOR + ${times(40, () => nick()).join(",")}\r\n`),
      ),
  },
  {
    name: "batches that never close",
    reasons: ["batch-size"],
    begin: (base) =>
      base.press(
        4,
        500,
        () => able("batch draft/multiline message-tags", `JOIN ${QUIET_ROOM}\r\n`),
        (connection) => {
          const line = `@batch=b PRIVMSG ${QUIET_ROOM} :${words(80)}\r\n`;
          connection.send(`BATCH +b draft/multiline ${QUIET_ROOM}\r\n${line.repeat(40)}`, 41);
        },
      ),
  },
  {
    name: "passwords tried",
    reasons: ["credentials-wrong", "too-many-tries", "operator-password"],
    begin: (base, { logins }) => {
      // Each comes from another address and tries other names, so that as many passwords as possible are hashed.
      let next = 0;
      base.every(4000 / logins, () => {
        const guess = Buffer.from(`\0${nick()}\0wrong`).toString("base64");
        const tries = `AUTHENTICATE PLAIN\r\nAUTHENTICATE ${guess}\r\n`.repeat(4);
        const connection = base.open({ ...able("sasl", `${tries}OPER boss wrong\r\n`), from: base.address(next++) });
        setTimeout(() => connection.leave(), 8000);
      });
    },
  },
  {
    name: "huge tags",
    reasons: ["line-length"],
    begin: (base) => {
      const line = `@+x=${"a".repeat(5000)};+y=b TAGMSG ${QUIET_ROOM}\r\n`;
      base.press(
        4,
        200,
        () => able("message-tags"),
        (connection) => connection.send(line.repeat(4), 4),
      );
    },
  },
  {
    name: "storms of CHATHISTORY and SEARCH",
    reasons: ["flood"],
    begin: (base) => {
      const caps = "batch draft/chathistory message-tags server-time soju.im/search";
      const asked = `CHATHISTORY LATEST ${QUIET_ROOM} * 1000\r\nSEARCH text=noise\r\nSEARCH text=say;limit=100\r\n`;
      base.press(
        4,
        100,
        () => able(caps, `JOIN ${QUIET_ROOM}\r\n`),
        (connection) => connection.send(asked, 3),
      );
    },
  },
  {
    name: "storms of WHO and LIST",
    reasons: ["flood"],
    begin: (base) =>
      base.press(
        4,
        100,
        () => irc(`JOIN ${PEOPLE_ROOMS[0]}\r\n`),
        (connection) =>
          connection.send(`WHO *\r\nLIST\r\nNAMES ${PEOPLE_ROOMS[0]}\r\nWHO #deaf-0 %tcuihsnfdlaor,1\r\n`, 4),
      ),
  },
];
