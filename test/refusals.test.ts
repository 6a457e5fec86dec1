import { expect, test } from "bun:test";
import type { Act } from "../src/chat/model/act.ts";
import type { Refusal } from "../src/chat/model/refusal.ts";
import { parse } from "../src/wire/message.ts";
import { ChatFixture as Core } from "./support/chat-fixture.ts";
import { Client, ircServer } from "./support/irc-client.ts";
import { PlainFixture } from "./support/plain-fixture.ts";

const room = "#dev";
const nick = "ann";
const to = room;
const target = "ann!*@*";

/** One refusal of every kind; the compiler requires a row for each. */
const ALL: { readonly [Why in Refusal["why"]]: readonly Omit<Extract<Refusal, { why: Why }>, "why">[] } = {
  "nick-taken": [{ nick }],
  "nick-registered": [{ nick }],
  "nick-seated": [{ nick }],
  "login-void": [{ account: "ann" }],
  "nick-bad": [{ nick: "7up" }],
  "nick-kept": [{ nick: "admin", free: "admin-2" }],
  "nick-alike": [{ nick: "l1sa", like: "lisa", free: "l1sa-2" }],
  "nick-escapes-ban": [{ nick, room }],
  "no-such-nick": [{ nick }],
  "accounts-only": [{ nick }],
  "not-your-nick": [{ nick }],
  "nick-had": [{ nick }],
  "nick-yours": [{ nick }],
  "nick-free": [{ nick }],
  "session-shared": [{ account: "ann" }],
  "nick-of-account": [{ nick }],
  "no-such-session": [{ id: 7 }],
  "registration-off": [{}],
  "logged-in": [{ account: "ann" }],
  "not-logged-in": [{}],
  "nick-in-use": [{ name: "ann" }],
  "account-exists": [{ name: "ann" }],
  "account-name-bad": [{ name: "7up" }],
  "email-missing": [{ given: "" }, { given: "ann at home" }],
  "password-bad": [{ least: 8, most: 1024 }],
  "credentials-wrong": [{}],
  "too-many-tries": [{ seconds: 60 }],
  "too-many-registrations": [{ most: 10, seconds: 3600 }],
  "certificate-taken": [{}],
  "certificate-unknown": [{}],
  "too-many-certificates": [{ most: 16 }],
  "key-missing": [{}],
  "key-taken": [{}],
  "key-unknown": [{ number: 7 }],
  "last-key": [{}],
  "code-wrong": [{}],
  "name-missing": [{ account: "ann" }],
  "accounts-not-stored": [{}],
  "push-guest": [{}],
  "push-full": [{ limit: 5 }],
  "token-name-bad": [{ name: "a b" }],
  "token-name-taken": [{ name: "ci" }],
  "tokens-full": [
    { kind: "login", limit: 20 },
    { kind: "hook", limit: 20 },
    { kind: "outgoing", limit: 20 },
    { kind: "invitation", limit: 20 },
  ],
  "hook-needs-account": [{ room }],
  "hooks-off": [{}],
  "invitation-unknown": [{}],
  "hook-unknown": [{}],
  "no-such-room": [{ room }],
  "room-name-bad": [{ room: "#a,b" }],
  "room-alike": [{ room: "#d3v", like: room }],
  "not-in-room": [{ room }],
  "they-not-in-room": [{ room, nick }],
  "they-in-room": [{ room, nick }],
  "too-many-invitations": [
    { nick, of: "sender", limit: 10, seconds: 60 },
    { nick, of: "invited", limit: 10, seconds: 60 },
  ],
  "cannot-join": [
    { room, obstacle: "full" },
    { room, obstacle: "invite-only" },
    { room, obstacle: "banned" },
    { room, obstacle: "key" },
  ],
  "too-many-rooms": [{ room, limit: 100 }],
  "too-many-new-rooms": [{ room, most: 3, seconds: 90 }],
  "cannot-say": [
    { room, obstacle: "outside" },
    { room, obstacle: "moderated" },
    { room, obstacle: "banned" },
    { room, obstacle: "muted", ban: { until: 7_200_000, reason: "too loud" } },
    { room, obstacle: "no-queries" },
  ],
  "not-operator": [{ room }],
  "cannot-ban-self": [{ room }],
  "last-operator": [{ room, nick }],
  "not-server-operator": [{}],
  "room-name-taken": [{ room, to: "#new" }],
  "cannot-rename": [
    { room: "#lobby", to: "#new", obstacle: "lobby" },
    { room, to: "new", obstacle: "name-bad" },
    { room, to: "#n3w", obstacle: "alike", like: "#new" },
    { room, to: "#new", obstacle: "recent", seconds: 7 },
  ],
  "room-stays": [{ room }],
  "server-banned": [{ until: undefined, reason: "spam" }],
  "server-ban-bad": [{ target: "" }],
  "server-ban-wide": [{ target: "*" }],
  "server-ban-own": [{ target }],
  "server-ban-unknown": [{ target }],
  "server-bans-full": [{ limit: 1000 }],
  "nothing-to-say": [{ to }],
  "message-too-long": [{ to, limit: 4096, unit: "bytes" }],
  "list-full": [
    { room, list: "ban", mask: target },
    { room, list: "exception", mask: target },
  ],
  "mode-value-bad": [
    { room, mode: "key", value: "a b" },
    { room, mode: "limit", value: "-1" },
    { room, mode: "ban", value: ":" },
  ],
  "realname-bad": [{}],
  "metadata-target-bad": [{ target: nick }],
  "metadata-forbidden": [
    { target: nick, key: "color" },
    { target: room, key: "color" },
    { target: room, key: "*" },
  ],
  "metadata-key-bad": [{ key: "Colour" }],
  "metadata-value-bad": [{ key: "color" }],
  "metadata-full": [{ target: nick, limit: 100 }],
  "metadata-often": [{ target: nick, key: "color", seconds: 60 }],
  "no-such-message": [{ to, msgid: "1-1" }],
  "cannot-redact": [{ to, msgid: "1-1" }],
  "cannot-redact-there": [{ to }],
  "id-reused": [{ to, id: "an-id" }],
  "reaction-same": [
    { to, isOn: true },
    { to, isOn: false },
  ],
  "taken-back": [{ to, id: "an-id" }],
  "no-majority": [{}],
  "not-stored": [
    { what: "message" },
    { what: "removal" },
    { what: "marker" },
    { what: "name" },
    { what: "subscription" },
  ],
};

const ROWS = Object.entries(ALL).flatMap(([why, rows]) => rows.map((row) => ({ why, ...row }) as Refusal));

const ACT: Act = { type: "leave", room, reason: "" };

test.each(ROWS)("nc and IRC get the same sentence: %j", (refusal) => {
  const person = new PlainFixture().brings("zoe");
  person.reads();
  person.session.refuse(refusal);
  const [line = "", ...more] = person.reads();
  expect([line.slice(0, 3), line.at(-1), more]).toEqual(["-- ", ".", []]);
  const sentence = line.slice(3, -1);

  const told = (caps: readonly string[]) => {
    const client = new Client(ircServer(new Core()), "zoe", caps);
    client.text = "";
    client.session.refuse(refusal, ACT);
    const [first = "", ...rest] = client.text.split("\r\n");
    expect(rest).toEqual([""]);
    return parse(first)?.params.at(-1)?.replace(/\.$/, "") ?? "";
  };
  // This numeric repeats the command in the place of words.
  if (refusal.why === "metadata-often") return;
  // Only clients that run slash commands get these notices.
  expect(told(["tcpchat/commands"])).toBe(sentence);
  const [what = ""] = sentence.split("; /");
  const alone = told([]);
  expect(what.startsWith(alone) || alone.startsWith(what)).toBe(true);
});
