import type { Attack } from "./attack.ts";
import type { Manner } from "./attacking-connection.ts";
import { able, irc, nick, plain, times, words } from "./noise.ts";
import { PEOPLE_ROOMS } from "./people.ts";

const SULKS = 8000; // ms until a closed deaf member reconnects, about
const CROWD = 125; // deaf members of one room

const QUIET_ROOM = PEOPLE_ROOMS[1];

/** Attacks by members: too much of everything that is allowed. */
export const MEMBERS: readonly Attack[] = [
  {
    name: "members that stop reading",
    reasons: ["send-queue"],
    begin: (front, { deaf, loud }) => {
      for (let room = 0; room * CROWD < deaf; room++) {
        const join = `JOIN #deaf-${room}\r\n`;
        const deafly = (): Manner => ({ ...irc(join), deafAfter: / 366 / });
        front.keep(Math.min(CROWD, deaf - room * CROWD), deafly, () => {}, SULKS);
        const loudly = () => ({ opening: `/join #deaf-${room}\n` });
        front.press(loud, 200, loudly, (foe) => foe.send(`${words(4000)}\n`));
      }
      front.keep(8, () => ({ ...irc(`JOIN ${PEOPLE_ROOMS[0]},${QUIET_ROOM}\r\n`), deafAfter: / 366 / }));
    },
  },
  {
    name: "floods of messages",
    reasons: ["flood"],
    begin: (front) => {
      const many = times(20, () => `PRIVMSG ${QUIET_ROOM} :${words(200)}\r\n`).join("");
      front.press(
        4,
        100,
        () => irc(`JOIN ${QUIET_ROOM}\r\n`),
        (foe) => foe.send(many, 20),
      );
      front.press(2, 100, plain, (foe) => foe.send(times(20, () => `${words(100)}\n`).join(""), 20));
    },
  },
  {
    name: "nick changes",
    reasons: ["flood"],
    begin: (front) =>
      front.press(
        4,
        100,
        () => irc(),
        (foe) => foe.send(times(20, () => `NICK ${nick()}\r\n`).join(""), 20),
      ),
  },
  {
    name: "rooms without number",
    reasons: ["too-many-rooms"],
    begin: (front) =>
      front.press(
        4,
        200,
        () => irc(),
        (foe) => foe.send(`JOIN ${times(30, () => `#${nick()}`).join(",")}\r\nPART #x\r\n`, 2),
      ),
  },
  {
    name: "silent visits to new rooms",
    reasons: ["too-many-new-rooms"],
    begin: (front) => {
      // All from one address: it can open a limited number of rooms, and none is kept.
      const from = front.address(0);
      const visits = () => times(20, () => nick()).map((room) => `JOIN #${room}\r\nPART #${room}\r\n`);
      front.press(
        4,
        100,
        () => ({ ...irc(), from }),
        (foe) => foe.send(visits().join(""), 40),
      );
    },
  },
  {
    name: "coming and going without a word",
    reasons: ["flood"],
    begin: (front) =>
      front.press(
        4,
        100,
        () => irc(),
        (foe) => foe.send(`JOIN ${QUIET_ROOM}\r\nPART ${QUIET_ROOM}\r\n`.repeat(20), 40),
      ),
  },
  {
    name: "read markers without end",
    reasons: ["flood"],
    begin: (front) =>
      front.press(
        2,
        100,
        () => able("draft/read-marker"),
        (foe) => foe.send(times(40, () => `MARKREAD ${nick()} timestamp=2026-01-01T00:00:00.000Z\r\n`).join(""), 40),
      ),
  },
  {
    name: "ban lists without end",
    reasons: ["list-full"],
    begin: (front) =>
      front.press(
        2,
        200,
        () => irc(`JOIN #bans\r\n`),
        (foe, number) => {
          const masks = times(20, () => `${nick()}!*@*`).join(" ");
          foe.send(`JOIN #bans-${number}\r\nMODE #bans-${number} +${"b".repeat(20)} ${masks}\r\n`, 2);
        },
      ),
  },
  {
    name: "MONITOR lists without end",
    reasons: ["monitor-list"],
    begin: (front) =>
      front.press(
        2,
        200,
        () => irc(),
        (foe) => foe.send(`MONITOR + ${times(40, () => nick()).join(",")}\r\n`),
      ),
  },
  {
    name: "batches that never close",
    reasons: ["batch-size"],
    begin: (front) =>
      front.press(
        4,
        500,
        () => able("batch draft/multiline message-tags", `JOIN ${QUIET_ROOM}\r\n`),
        (foe) => {
          const line = `@batch=b PRIVMSG ${QUIET_ROOM} :${words(80)}\r\n`;
          foe.send(`BATCH +b draft/multiline ${QUIET_ROOM}\r\n${line.repeat(40)}`, 41);
        },
      ),
  },
  {
    name: "passwords tried",
    reasons: ["credentials-wrong", "too-many-tries", "operator-password"],
    begin: (front, { logins }) => {
      // Each comes from another address and tries other names, so that as many passwords as possible are hashed.
      let next = 0;
      front.every(4000 / logins, () => {
        const guess = Buffer.from(`\0${nick()}\0wrong`).toString("base64");
        const tries = `AUTHENTICATE PLAIN\r\nAUTHENTICATE ${guess}\r\n`.repeat(4);
        const foe = front.open({ ...able("sasl", `${tries}OPER boss wrong\r\n`), from: front.address(next++) });
        setTimeout(() => foe.leave(), 8000);
      });
    },
  },
  {
    name: "huge tags",
    reasons: ["line-length"],
    begin: (front) => {
      const line = `@+x=${"a".repeat(5000)};+y=b TAGMSG ${QUIET_ROOM}\r\n`;
      front.press(
        4,
        200,
        () => able("message-tags"),
        (foe) => foe.send(line.repeat(4), 4),
      );
    },
  },
  {
    name: "storms of CHATHISTORY and SEARCH",
    reasons: ["flood"],
    begin: (front) => {
      const caps = "batch draft/chathistory message-tags server-time soju.im/search";
      const asked = `CHATHISTORY LATEST ${QUIET_ROOM} * 1000\r\nSEARCH text=noise\r\nSEARCH text=say;limit=100\r\n`;
      front.press(
        4,
        100,
        () => able(caps, `JOIN ${QUIET_ROOM}\r\n`),
        (foe) => foe.send(asked, 3),
      );
    },
  },
  {
    name: "storms of WHO and LIST",
    reasons: ["flood"],
    begin: (front) =>
      front.press(
        4,
        100,
        () => irc(`JOIN ${PEOPLE_ROOMS[0]}\r\n`),
        (foe) => foe.send(`WHO *\r\nLIST\r\nNAMES ${PEOPLE_ROOMS[0]}\r\nWHO #deaf-0 %tcuihsnfdlaor,1\r\n`, 4),
      ),
  },
];
