/**
 * Measures how long one line blocks the event loop, for each command that may cause much work.
 *
 *     bun bench/line-cost.ts [rooms] [accounts] [members]
 *
 * The state is 2,000 rooms with 100 bans each, 20,000 accounts, and 2,000 members. A command runs in parts, and its answer
 * is drawn in steps. The table has the longest of these and their sum. No part may take over 10 ms.
 */

import { placeBetween, sideOf } from "../src/chat/conversation.ts";
import { newAccountId } from "../src/server/password-hashing.ts";
import { anAccount, ChatFixture, enter, RecordingSession } from "../test/support/chat-fixture.ts";
import { Client, ircServer } from "../test/support/irc-client.ts";
import { said } from "../test/support/temporary-store.ts";

const [ROOMS = 2000, ACCOUNTS = 20_000, MEMBERS = 2000] = process.argv.slice(2).map(Number);
const BANS = 100;
const LONGEST = 10; // ms
// Without draft/chathistory, so that a join gets a replay.
const CAPS = ["batch", "message-tags", "labeled-response", "server-time", "draft/multiline"];

// The slowest kind of mask to match: many stars, and text that almost fits.
const mask = (n: number) => `*a*a*a*a*b${n}!*a*a*a*@*l*o*a*k*x`;

/** Opens rooms with their bans; each operator is in a hundred of them. */
function openRooms(server: ReturnType<typeof ircServer>): void {
  for (let first = 0; first < ROOMS; first += 100) {
    const owner = new Client(server, `owner${first}`);
    for (let n = first; n < Math.min(first + 100, ROOMS); n++) {
      owner.sends(`JOIN #room-${n}`, `TOPIC #room-${n} :${"topic ".repeat(50)}`);
      for (let ban = 0; ban < BANS; ban += 10) {
        const masks = Array.from({ length: 10 }, (_, i) => mask(ban + i));
        owner.sends(`MODE #room-${n} +${"b".repeat(10)} ${masks.join(" ")}`);
      }
    }
  }
}

/** Sends the most expensive messages to read: a hundred lines, with as many tags as allowed. */
function sayMuch(server: ReturnType<typeof ircServer>, room: string, count: number): void {
  const eve = new Client(server, `eve-${room.slice(1)}`, CAPS);
  eve.sends(`JOIN ${room}`);
  for (let n = 0; n < count; n++) {
    eve.sends(`@+x=${"t".repeat(4080)} BATCH +1 draft/multiline ${room}`);
    for (let line = 0; line < 100; line++) eve.sends(`@batch=1 PRIVMSG ${room} :${line % 10}`);
    eve.sends("BATCH -1");
    fixture.now += 10;
  }
}

interface Cost {
  /** How long each part took; ms. */
  readonly parts: readonly number[];
  readonly bytes: number;
}

function costOf(client: Client, line: string): Cost {
  client.text = "";
  const parts: number[] = [];
  const measure = (work: () => boolean) => {
    const began = performance.now();
    const goesOn = work();
    parts.push(performance.now() - began);
    return goesOn;
  };
  measure(() => {
    client.begins(line);
    return true;
  });
  while (measure(() => client.goesOn()));
  return { parts, bytes: client.text.length };
}

const fixture = new ChatFixture({ limits: { invitations: 0 } });
const server = ircServer(fixture);
for (let n = 0; n < ACCOUNTS; n++) fixture.store.saveAccount(anAccount(`account${n}`, { id: newAccountId() }));
fixture.store.commit();
openRooms(server);
for (let n = 0; n < MEMBERS; n++) new RecordingSession(fixture.chat).does(enter(`member${n}`));
sayMuch(server, "#past", 1000);
const names = (count: number, prefix: string) => Array.from({ length: count }, (_, n) => `${prefix}${n}`).join(",");
for (const room of names(95, "#p").split(",")) sayMuch(server, room, 5);
const account = anAccount("busy", { id: newAccountId() });
fixture.store.saveAccount(account);
for (let n = 0; n < 20_000; n++) {
  const side = sideOf({ nick: `g${n}`, account: undefined });
  const place = placeBetween(account.id, side);
  fixture.store.append(place, said(1e9 + n, { to: "busy", inRoom: false, time: 1e9 + n }), account.id);
  fixture.store.saveConversation(account.id, side, `g${n}`, place, 1e9 + n);
}
fixture.store.commit();

/** Connects a client whose lines are measured. */
function comes(nick: string): Client {
  const client = new Client(server, nick, CAPS);
  fixture.chat.submit(client.session, { type: "identify", account });
  client.sends("JOIN #past");
  if (client.session.member?.who.account?.id !== account.id) throw new Error(`${nick} is not logged in`);
  return client;
}

const stars = "*a*a*a*a*a*a*b";
const between = "timestamp=1970-01-01T00:00:00.000Z timestamp=2100-01-01T00:00:00.000Z";
const lines: readonly string[] = [
  "LIST",
  `LIST ${Array.from({ length: 20 }, () => `${stars}#`).join(",")}`,
  "WHO *",
  `WHO ${stars}`,
  `@label=x CHATHISTORY LATEST #past * 1000`,
  "CHATHISTORY LATEST #past * 1000",
  `CHATHISTORY TARGETS ${between} 10`,
  "NAMES #past",
  `NAMES ${names(40, "#room-")}`,
  `JOIN ${names(45, "#room-")}`,
  "JOIN 0",
  `JOIN ${names(95, "#p")}`,
  `PART ${names(95, "#p")}`,
  `WHOIS busy,owner0,owner100,owner200`,
  `MONITOR + ${names(40, "member")}`,
  "MONITOR S",
  "MODE #room-1 b",
  `MODE #room-1 -${"b".repeat(20)} ${Array.from({ length: 20 }, (_, n) => `owner${n * 100}`).join(" ")}`,
  "PRIVMSG member1,member2,member3,member4 :hello",
  "NICK member1",
  "NICK busier",
  "INVITE member1 #room-1",
];
// The best time of each part counts: the machine has other work, and the first run compiles code.
const runs = Array.from({ length: 5 }, (_, n) => {
  const client = comes(`tester${n}`);
  return lines.map((line) => costOf(client, line));
});
console.log("longest ms   whole ms    parts      bytes  line");
let isOver = false;
for (const [at, line] of lines.entries()) {
  const costs = runs.flatMap((run) => run[at] ?? []);
  const [{ parts, bytes } = { parts: [], bytes: 0 }] = costs;
  const best = parts.map((_, part) => Math.min(...costs.map((cost) => cost.parts[part] ?? 0)));
  const longest = Math.max(...best);
  isOver ||= longest > LONGEST;
  const whole = best.reduce((sum, time) => sum + time, 0);
  const numbers = [longest.toFixed(2), whole.toFixed(1), String(parts.length), String(bytes)];
  const shown = line.length > 60 ? `${line.slice(0, 57)}...` : line;
  console.log(`${numbers.map((number) => number.padStart(10)).join(" ")}  ${shown}`);
}
if (isOver) console.log(`A line has held the loop for more than ${LONGEST} ms.`);
process.exit(isOver ? 1 : 0);
