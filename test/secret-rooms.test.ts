import { expect, test } from "bun:test";
import { startChat } from "./support/chat-server.ts";
import { WireClient } from "./support/socket.ts";

/** The IRC commands with which an outsider can ask about a room; ROOM is its name. Not JOIN: a secret room can be joined. */
const IRC = [
  "PART ROOM",
  "TOPIC ROOM",
  "TOPIC ROOM :mine",
  "MODE ROOM",
  "MODE ROOM b",
  "MODE ROOM +b eve",
  "MODE ROOM +o eve",
  "MODE ROOM +k",
  "TBAN ROOM",
  "TBAN ROOM 10m ann",
  "TBAN ROOM soon ann",
  "NAMES ROOM",
  "WHO ROOM",
  "WHO ROOM %tcuhnfar,7",
  "LIST ROOM",
  "LIST ROOM,>0",
  "LIST",
  "INVITE bob ROOM",
  "INVITE ann ROOM",
  "INVITE nobody ROOM",
  "KICK ROOM ann",
  "KICK ROOM nobody",
  "KICK ROOM eve",
  "PRIVMSG ROOM :hi",
  "PRIVMSG @ROOM :hi",
  "PRIVMSG ROOM :\x01VERSION\x01",
  "NOTICE ROOM :hi",
  "@+draft/react=x TAGMSG ROOM",
  "REDACT ROOM abc",
  "CHATHISTORY LATEST ROOM * 10",
  "CHATHISTORY BEFORE ROOM timestamp=2026-01-01T00:00:00.000Z 10",
  "CHATHISTORY AROUND ROOM msgid=abc 10",
  "MARKREAD ROOM",
  "MARKREAD ROOM timestamp=2026-01-01T00:00:00.000Z",
  "SEARCH in=ROOM;text=hello",
  "SEARCH in=ROOM",
  "WHOIS ROOM",
  "WHOIS ann",
  "WHO ann",
  "ISON ROOM",
  "DROPROOM ROOM",
  "SLASH ROOM :/who",
  "SLASH ROOM :/topic",
  "SLASH ROOM :/topic mine",
  "SLASH ROOM :/history",
  "SLASH ROOM :/bans",
  "SLASH ROOM :/set",
  "SLASH ROOM :/kick ann",
  "SLASH ROOM :/invite bob",
  "SLASH ROOM :/leave",
  "SLASH ROOM :/search hello",
  "SLASH * :/who ROOM",
  "SLASH * :/whois ann",
  "SLASH * :/history ROOM",
  "SLASH * :/leave ROOM",
  "SLASH * :/rooms",
];

/** The slash commands with which an outsider can ask about a room. */
const NC = [
  "/who ROOM",
  "/history ROOM",
  "/leave ROOM",
  "/msg ROOM hi",
  "/msg ROOM /me hi",
  "/topic ROOM",
  "/droproom ROOM",
  "/rooms",
  "/whois ann",
  "/search in ROOM",
];

const PROTOCOLS = {
  IRC: {
    lines: IRC,
    enter:
      "CAP REQ :message-tags batch draft/chathistory draft/read-marker draft/message-redaction tcpchat/commands\r\nCAP END\r\nNICK eve\r\nUSER eve 0 * :Eve\r\n",
    barrier: (n: number) => `PING over-${n}\r\n`,
    answered: (n: number) => new RegExp(`PONG .*over-${n}$`),
  },
  nc: {
    lines: NC,
    enter: "/nick eve\n",
    barrier: (n: number) => `/over-${n}\n`,
    answered: (n: number) => new RegExp(`/over-${n}\\b`),
  },
} as const;

/** Replaces the ids and times, which differ from answer to answer. */
function steady(line: string): string {
  return line
    .replace(/@(?:batch|time|msgid)=\S+ /, "")
    .replace(/\b\d{9,}\b/g, "N")
    .replace(/BATCH ([+-])\S+/, "BATCH $1");
}

test.each(["IRC", "nc"] as const)(
  "an outsider gets the same answers about a secret room as about no room: with %s",
  async (name) => {
    const { lines, enter, barrier, answered } = PROTOCOLS[name];
    const now = Date.now(); // the clock stands still: WHOIS tells the idle time
    await using chat = startChat({}, () => now);
    const ann = await WireClient.open(chat.port);
    ann.send(
      "NICK ann\r\nUSER ann 0 * :Ann\r\nJOIN #den\r\nMODE #den +s\r\nTOPIC #den :dens\r\nMODE #den +b zoe!*@*\r\nPRIVMSG #den :hello\r\nPING in\r\n",
    );
    await ann.until(/PONG/);
    const bob = await WireClient.open(chat.port);
    bob.send("NICK bob\r\nUSER bob 0 * :Bob\r\nPING in\r\n");
    await bob.until(/PONG/);
    const eve = await WireClient.open(chat.port);
    let asked = 0;
    const ask = async (text: string) => {
      asked++;
      eve.send(text + barrier(asked));
      return (await eve.until(answered(asked))).slice(0, -1);
    };
    await ask(enter);
    for (const line of lines) {
      const [secret, none] = ["#den", "#nul"].map((room) => line.replace("ROOM", room)) as [string, string];
      const told = (await ask(`${secret}\r\n`)).map((text) => steady(text).replaceAll("den", "nul"));
      expect([line, ...told]).toEqual([line, ...(await ask(`${none}\r\n`)).map(steady)]);
    }
    ann.send("PING out\r\n");
    // The members of the room see nothing of it either.
    expect((await ann.until(/PONG .*out/)).slice(0, -1)).toEqual([]);
    for (const wire of [ann, bob, eve]) wire.close();
  },
);
