import { describe, expect, test } from "bun:test";
import type { Value } from "../../../src/server/config/kinds.ts";
import { readConfig, type ServerConfig } from "../../../src/server/config/read.ts";
import { LiveConfig } from "../../../src/server/config/reload.ts";
import { type ConfigKey, KEYS, nameOf } from "../../../src/server/config/schema.ts";
import { startChat } from "../../support/chat-server.ts";
import { WireClient } from "../../support/socket.ts";

type Settings = Readonly<Record<string, Value>>;

function configured(settings: Settings): ServerConfig {
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  lines.push("[[operators]]", 'name = "root"', 'password = "sesame"');
  return readConfig(lines.join("\n"), "/etc/tcpchat/server.toml");
}

/** A value other than the key's default. */
function another({ default: value, values, key }: ConfigKey): Value {
  if (key === "retention") return "30d";
  if (key === "contact") return "mailto:ann@example.org";
  if (key === "url") return "https://b.example";
  if (key === "user_modes") return ["bot"];
  if (key === "origins") return ["https://example.org"];
  if (key === "name") return "other.test";
  if (key === "listen") return Array.isArray(value) ? ["127.0.0.1:1"] : "127.0.0.1:1";
  if (values) return values.find((other) => other !== value) ?? "";
  if (typeof value === "boolean") return !value;
  if (typeof value === "number") return value + 1;
  return typeof value === "string" ? "other" : ["192.0.2.1"];
}

/** The configuration's value of a key. */
function at(config: ServerConfig, { at }: ConfigKey): unknown {
  return at.split(".").reduce<unknown>((part, name) => (part as Record<string, unknown> | undefined)?.[name], config);
}

describe("the running configuration", () => {
  // A certificate goes with its key, and a node with its log: the one is not set without the other.
  for (const row of KEYS.filter(({ table, fixed }) => !["tls", "cluster"].includes(table) || !fixed)) {
    test(`${row.fixed ? "keeps" : "takes up"} ${nameOf(row)}`, () => {
      const [before, after] = [configured({}), configured({ [nameOf(row)]: another(row) })];
      expect(at(after, row)).not.toEqual(at(before, row));
      const live = new LiveConfig(before);
      live.take(after);
      expect(at(live.config, row)).toEqual(at(row.fixed ? before : after, row));
    });
  }

  test("keeps its place in a cluster", () => {
    const node = (name: string) =>
      configured({ "server.name": "a.b", "cluster.node": name, "cluster.log": ["http://127.0.0.1:1"] });
    const live = new LiveConfig(node("a"));
    live.take(node("b"));
    expect(live.config.cluster?.node).toBe("a");
  });
});

/**
 * A key, its new value, a script, and lines that people see then or no longer see; `base` is the configuration at the
 * start.
 */
type Row = readonly [key: string, to: Value, script: string, seen: RegExp, base?: Settings];

const OPEN = { "limits.exempt": [], "limits.flood_protection": false };
const TALK = "ann> JOIN #x\nann> PRIVMSG #x :hello\nbob> JOIN #x";
const FLOOD = "ann> PING 1\nann> PING 2\nann> PING 3";
const MARKS = [
  "ann> MARKREAD #x timestamp=2026-01-01T00:00:00.000Z",
  "ann> MARKREAD #y timestamp=2026-01-01T00:00:00.000Z",
  "ann> MARKREAD #x",
].join("\n");
const SLOWED = /refus\w*\{[^}]*flood[^}]*\} [1-9]/;

/** An HTTP request for the page. */
function request(...fields: readonly string[]): string {
  return ["GET / HTTP/1.1", ...fields, "Connection: close", ""].map((line) => `raw> ${line}`).join("\n");
}

const ROWS: readonly Row[] = [
  ["server.network", "other", "ann> VERSION", / NETWORK=other /],
  ["server.description", "other words", "ann> LINKS", /other words/],
  ["server.user_modes", ["invisible"], "raw> NICK new$\nraw> USER new 0 * :New\nraw> MODE new$", / MODE new\d \+i/],
  ["server.motd", "other words", "ann> MOTD", /other words/],
  ["server.password", "sesame", "ann> PING 1", / 464 /],
  [
    "server.proxies",
    ["127.0.0.1"],
    "raw> PROXY TCP4 192.0.2.1 127.0.0.1 1 1\nraw> NICK p\nraw> USER p 0 * :p",
    / 001 /,
  ],
  ["server.admin", ["here", "us", "me@x.org"], "ann> ADMIN", /me@x\.org/],
  ["history.enabled", false, TALK, /bob.* PRIVMSG #x :.*hello/],
  ["history.replay", 0, TALK, /bob.* PRIVMSG #x :.*hello/],
  ["accounts.registration", true, "ann> REGISTER * * sesame", /REGISTER SUCCESS/, { "accounts.registration": false }],
  ["accounts.require_email", true, "ann> REGISTER * * sesame", /INVALID_EMAIL/],
  ["accounts.register_before_connect", true, "raw> CAP LS 302", /account-registration=before-connect/],
  ["accounts.password_length", 20, "ann> REGISTER * * sesame", /UNACCEPTABLE_PASSWORD/],
  ["web.page", false, request("Host: localhost"), /HTTP\/1\.1 200 /],
  ["web.websocket", false, request("Host: localhost", "Upgrade: websocket", "Connection: Upgrade"), /HTTP\/1\.1 426 /],
  ["web.names", ["other.example"], request("Host: other.example"), /HTTP\/1\.1 200 /],
  ["web.origins", ["https://a.example"], request("Host: localhost", "Origin: https://a.example"), /HTTP\/1\.1 200 /],
  [
    "web.url",
    "https://a.example",
    "ann> REGISTER * * sesame\nann> JOIN #x$\nann> CAP REQ tcpchat/commands\nann> SLASH #x$ :hook add ci",
    /POST https:\/\/a\.example\/hook\//,
  ],
  ["limits.nick_length", 5, "ann> NICK annabel", / 432 /],
  ["limits.room_length", 5, "ann> JOIN #longer", / 403 /],
  ["limits.topic_length", 9, "ann> VERSION", / TOPICLEN=9 /],
  ["limits.realname_length", 9, "ann> VERSION", / NAMELEN=9 /],
  ["limits.rooms_per_member", 1, "ann> JOIN #x,#y", / 405 /],
  ["limits.message_bytes", 9, "raw> CAP LS 302", /max-bytes=9\b/],
  ["limits.message_lines", 9, "raw> CAP LS 302", /max-lines=9\b/],
  ["limits.list_entries", 1, "ann> JOIN #x\nann> MODE #x +b a!*@*\nann> MODE #x +b b!*@*", / 478 /],
  [
    "limits.invitations",
    1,
    "bob> PING 1\neve> PING 1\nann> JOIN #x\nann> INVITE bob$ #x\nann> INVITE eve$ #x",
    /invitations a minute|invit.* minute/i,
  ],
  ["limits.new_rooms_per_address", 1, "ann> JOIN #x,#y", /new room.* opened from your address/, OPEN],
  ["limits.rename_wait", 0, "ann> JOIN #sun$\nann> RENAME #sun$ #moon$\nann> RENAME #moon$ #star$", / JOIN #star\d/],
  [
    "limits.rooms_per_account",
    1,
    "ann> REGISTER * * sesame\nann> JOIN #p$,#q$\nann> PART #p$,#q$\nbob> JOIN #q$",
    /#q\d :@bob/,
  ],
  ["limits.read_markers", 1, `ann> JOIN #x,#y\nann> CAP REQ draft/read-marker\n${MARKS}`, / MARKREAD #x \*/],
  [
    "limits.pending_invitations",
    1,
    `bob> PING 1\nann> JOIN #i$,#j$\nann> MODE #i$ +i\nann> INVITE bob$ #i$\nann> INVITE bob$ #j$\nbob> JOIN #i$`,
    / 473 /,
  ],
  ["limits.ignored_nicks", 1, "ann> PING 1\nbob> PING 1\nraw> /ignore ann$\nraw> /ignore bob$", /cannot ignore more/],
  ["limits.metadata_keys", 9, "raw> CAP LS 302", /max-keys=9\b/],
  ["limits.metadata_subscriptions", 9, "raw> CAP LS 302", /max-subs=9\b/],
  [
    "limits.metadata_changes",
    1,
    "ann> CAP REQ :batch draft/metadata-3\nann> METADATA * SET a 1\nann> METADATA * SET a 2",
    / 775 /,
  ],
  ["limits.mask_bans", 1, "ann> OPER root sesame\nann> UBAN ADD a:x$\nann> UBAN ADD a:y$", /FAIL UBAN LIST_FULL/],
  [
    "limits.address_bans",
    1,
    "ann> OPER root sesame\nann> UBAN ADD 203.0.113.1$\nann> UBAN ADD 203.0.113.2$",
    /FAIL UBAN LIST_FULL/,
  ],
  ["limits.monitored_nicks", 1, "ann> MONITOR + x,y", / 734 /],
  ["limits.connections_per_address", 1, "ann> PING 1\nbob> PING 1", /Too many connections from your address/, OPEN],
  ["limits.new_connections_per_address", 1, "ann> PING 1\nbob> PING 1", /Too many new connections/, OPEN],
  ["limits.unregistered_per_address", 1, "rawa> CAP LS\nrawb> CAP LS", /that have not registered/, OPEN],
  [
    "limits.logged_in_per_address",
    1,
    "ann> REGISTER * * sesame\nbob> REGISTER * * sesame",
    /from your address are logged in/,
    OPEN,
  ],
  [
    "limits.sessions_per_account",
    1,
    "ann> REGISTER * * sesame\nbob> PRIVMSG NickServ :IDENTIFY ann$ sesame",
    /Your account has too many sessions/,
    OPEN,
  ],
  ["limits.flood_protection", true, FLOOD, SLOWED, { ...OPEN, "limits.flood_burst": 1, "limits.flood_rate": 50 }],
  ["limits.flood_burst", 1, FLOOD, SLOWED, { "limits.exempt": [], "limits.flood_burst": 99, "limits.flood_rate": 50 }],
  [
    "limits.logins",
    1,
    "ann> PRIVMSG NickServ :IDENTIFY nobody x\nann> PRIVMSG NickServ :IDENTIFY nobody x",
    /too often/,
    OPEN,
  ],
  [
    "limits.logins_per_address",
    1,
    "ann> PRIVMSG NickServ :IDENTIFY this$ x\nann> PRIVMSG NickServ :IDENTIFY that$ x",
    /too often/,
    OPEN,
  ],
  [
    "limits.registrations_per_address",
    1,
    "ann> REGISTER * * sesame\nbob> REGISTER * * sesame",
    /FAIL REGISTER.*account/,
    OPEN,
  ],
  [
    "limits.exempt",
    ["127.0.0.0/8"],
    "ann> PING 1\nbob> PING 1",
    /Too many/,
    { ...OPEN, "limits.new_connections_per_address": 1 },
  ],
];

describe("SIGHUP changes what people see:", () => {
  for (const [key, to, script, seen, base = {}] of ROWS) {
    test(key, async () => {
      const began = configured(base);
      await using chat = startChat({ ...began, name: "chat.test", listen: ["127.0.0.1:0"], monitor: "127.0.0.1:0" });
      const before = await played(chat, script, 1);
      chat.reload({ ...configured({ ...base, [key]: to }), name: "chat.test" });
      const after = await played(chat, script, 2);
      expect({ before, after, changed: seen.test(before) !== seen.test(after) }).toMatchObject({ changed: true });
    });
  }
});

test("SIGHUP changes what people see: limits.flood_rate", async () => {
  let now = Date.now();
  const clock = () => (now += 10); // ms that pass from one look to the next
  const base = { "limits.exempt": [], "limits.flood_burst": 2, "limits.flood_rate": 1000 };
  await using chat = startChat(
    { ...configured(base), name: "chat.test", listen: ["127.0.0.1:0"], monitor: "127.0.0.1:0" },
    clock,
  );
  expect(await played(chat, FLOOD, 1)).not.toMatch(SLOWED);
  chat.reload({ ...configured({ ...base, "limits.flood_rate": 20 }), name: "chat.test" });
  expect(await played(chat, FLOOD, 2)).toMatch(SLOWED);
});

/** Keys whose effect takes more than a few lines to show, and the tests that show it. */
const SEEN_ELSEWHERE: Readonly<Record<string, string>> = {
  "history.retention": "test/store/maintenance.test.ts",
  "limits.push_subscriptions": "test/server/outbound/web-push.test.ts",
  "hooks.allow": "test/server/hooks/outgoing.test.ts",
  "hooks.outgoing": "test/server/hooks/outgoing.test.ts",
  "hooks.incoming": "test/server/hooks/incoming.test.ts",
  "limits.hook_bytes": "test/server/hooks/incoming.test.ts",
  "limits.hook_rate": "test/server/hooks/incoming.test.ts",
  "limits.tokens": "test/chat/rules/tokens.test.ts",
  "limits.send_queue": "test/server/peer/connection.test.ts",
  "limits.send_queues": "test/server/peer/connection.test.ts",
  "limits.ssh_logins": "test/ssh/server.test.ts",
  "limits.ssh_sessions": "test/ssh/server.test.ts",
  "log.level": "test/cli/server.test.ts",
  "push.allow": "test/server/outbound/web-push.test.ts",
  "push.contact": "test/server/outbound/web-push.test.ts",
  "ssh.enabled": "test/ssh/server.test.ts",
  "tls.sts": "test/irc/commands/certificates.test.ts",
};

test("every key that SIGHUP may change is seen to change", () => {
  const names = KEYS.filter(({ fixed }) => !fixed).map(nameOf);
  const seen = [...ROWS.map(([key]) => key), "limits.flood_rate", ...Object.keys(SEEN_ELSEWHERE)];
  expect(seen.toSorted()).toEqual(names.toSorted());
});

/**
 * Plays a script. Returns all lines that its players received, each with the player's name, and the metrics. `$` is the
 * round.
 */
async function played(
  { port, monitor }: { readonly port: number; readonly monitor: number },
  script: string,
  round: number,
): Promise<string> {
  const wires = new Map<string, WireClient>();
  for (const step of script.split("\n")) {
    const [, name = "", line = ""] = /^(\w+)> (.*)$/.exec(step) ?? [];
    const wire = wires.get(name) ?? (await WireClient.open(port));
    const isRaw = name.startsWith("raw");
    if (!wires.has(name) && !isRaw) wire.send(`NICK ${name}${round}\r\nUSER ${name} 0 * :${name}\r\n`);
    wires.set(name, wire);
    wire.send(`${line.replaceAll("$", String(round))}\r\n`);
    if (line.startsWith("/")) await answered(wire, "/", `barrier-${line.length}`);
    else if (!isRaw) await answered(wire, "PING ", `barrier-${line.length}`);
  }
  for (const wire of wires.values()) wire.send("QUIT\r\n/quit\r\n");
  const metrics = await (await fetch(`http://127.0.0.1:${monitor}/metrics`)).text();
  await Promise.all(wires.values().map((wire) => wire.closed()));
  const told = [...wires].flatMap(([name, { received }]) => received.split("\r\n").map((line) => `${name}: ${line}`));
  return [...told, metrics].join("\n");
}

/** Waits until everything is answered, or the server has closed. */
async function answered(wire: WireClient, command: string, token: string): Promise<void> {
  wire.send(`${command}${token}\r\n`);
  for (let line = await wire.next(); line !== undefined && !line.includes(token); line = await wire.next());
}
