import { describe, expect, test } from "bun:test";
import { defaultConfig } from "../../src/server/config/read.ts";
import { Log } from "../../src/server/ops/log.ts";
import { memoryStore } from "../../src/store/sqlite.ts";
import { saslPlain } from "../support/accounts.ts";
import { startChat } from "../support/chat-server.ts";
import { PlainFixture } from "../support/plain-fixture.ts";
import { WireClient } from "../support/socket.ts";
import { rule } from "../support/transcript.ts";

/** Registers ann over IRC, with the slash commands. */
async function registered(port: number): Promise<WireClient> {
  const ann = await WireClient.open(port);
  ann.send("CAP REQ tcpchat/commands\r\nCAP END\r\nNICK ann\r\nUSER a 0 * :A\r\nREGISTER * * secret\r\n");
  await ann.until(/ 900 /);
  return ann;
}

/** Makes a token; returns it. */
async function makes(ann: WireClient, name: string): Promise<string> {
  ann.send(`SLASH * :/token add ${name}\r\n`);
  const token = (await ann.until(/NOTE SLASH .* :The token/)).at(-1)?.split(" ").at(-1) ?? "";
  await ann.until(/It logs in to ann in place of the password/);
  return token;
}

/** The numerics of a login by SASL PLAIN that tell how it ended. */
async function logsIn(port: number, account: string, password: string): Promise<string> {
  const wire = await WireClient.open(port);
  wire.send(`CAP REQ sasl\r\nAUTHENTICATE PLAIN\r\nAUTHENTICATE ${saslPlain(account, password)}\r\n`);
  const [, numeric = ""] = / (90[34]) /.exec((await wire.until(/ 90[34] /)).at(-1) ?? "") ?? [];
  wire.close();
  return numeric;
}

describe("a login token", () => {
  test("logs in as a password does, until it is removed", async () => {
    await using chat = startChat();
    const ann = await registered(chat.port);
    const [page, bot] = [await makes(ann, "page"), await makes(ann, "bot")];
    expect([page, bot].map((token) => /^[\w-]{43}$/.test(token))).toEqual([true, true]);
    expect(page).not.toBe(bot);
    for (const token of [page, bot, "secret"]) expect(await logsIn(chat.port, "ann", token)).toBe("903");
    expect(await logsIn(chat.port, "bob", page)).toBe("904");
    ann.send("SLASH * :/token remove page\r\n");
    await ann.until(/The token page has ended\./);
    expect([await logsIn(chat.port, "ann", page), await logsIn(chat.port, "ann", bot)]).toEqual(["904", "903"]);
    ann.close();
  });

  test("ends with a session that has logged in by it or has made it, and not with the owner's own", async () => {
    await using chat = startChat();
    const ann = await registered(chat.port);
    const [desk, phone] = [await makes(ann, "desk"), await makes(ann, "phone")];
    const comes = async (password: string) => {
      const wire = await WireClient.open(chat.port);
      wire.send("CAP REQ :sasl tcpchat/commands\r\nNICK ann\r\nUSER a 0 * :A\r\n");
      wire.send(`AUTHENTICATE PLAIN\r\nAUTHENTICATE ${saslPlain("ann", password)}\r\nCAP END\r\n`);
      await wire.until(/ 422 /);
      return wire;
    };
    const [page, other, own] = [await comes("secret"), await comes(phone), await comes(desk)];
    const web = await makes(page, "web");
    ann.send("QUIT\r\n");
    await ann.until(/ERROR/);
    own.send("SLASH * :/devices end others\r\n");
    for (const wire of [page, other]) await wire.until(/Ended by the owner of the account/);
    const told = (await own.until(/Session \d+ is ended[\s\S]*/)).concat(await own.until(/Session \d+ is ended/));
    expect(told.map((line) => line.replace(/.* :|\d+/g, ""))).toEqual([
      "The token phone has ended.",
      "The token web has ended.",
      "Session  is ended.",
      "Session  is ended.",
    ]);
    for (const [token, numeric] of [
      [phone, "904"],
      [web, "904"],
      [desk, "903"],
    ] as const)
      expect(await logsIn(chat.port, "ann", token)).toBe(numeric);
    const again = await comes(desk);
    again.send("NS SESSIONS END OTHERS\r\n");
    await own.closed();
    expect(await logsIn(chat.port, "ann", desk)).toBe("903");
    again.close();
  });

  test("is listed by its name and the beginning of its hash, and is in no table and no log", async () => {
    const logged: string[] = [];
    const log = new Log({ format: "json", level: "info", clock: Date.now, write: (line) => void logged.push(line) });
    await using chat = startChat({}, Date.now, memoryStore, { log });
    const ann = await registered(chat.port);
    const token = await makes(ann, "page");
    ann.send("SLASH * :/token\r\n");
    const [line = ""] = (await ann.until(/page, made/)).slice(-1);
    const id = new Bun.CryptoHasher("sha256").update(token).digest("hex").slice(0, 6);
    expect(line).toMatch(new RegExp(` :${id}: page, made \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d UTC\\.$`));
    await logsIn(chat.port, "ann", token);
    expect(logged.join()).not.toContain(token);
    ann.send(`SLASH * :/token remove ${id}\r\nSLASH * :/token list\r\n`);
    await ann.until(/Your account has no token\./);
    ann.close();
  });

  test("works with nc, and ends with a new password", async () => {
    await using chat = startChat();
    const ann = await registered(chat.port);
    const token = await makes(ann, "page");
    const two = await WireClient.open(chat.port);
    two.send(`/login ann ${token}\n`);
    await two.until(/You are logged in as ann/);
    two.send("/passwd other-word\n");
    await two.until(/has a new password/);
    expect([await logsIn(chat.port, "ann", token), await logsIn(chat.port, "ann", "other-word")]).toEqual([
      "904",
      "903",
    ]);
    for (const wire of [ann, two]) wire.close();
  });

  test("does not remove the account, and a guest has none", async () => {
    await using chat = startChat();
    const ann = await registered(chat.port);
    const token = await makes(ann, "page");
    ann.send(`NICKSERV DROP ${token}\r\n`);
    await ann.until(/not the account's password/);
    const bob = await WireClient.open(chat.port);
    bob.send("/nick bob\n/token add page\n/token\n");
    await bob.until(/Log in first/);
    await bob.until(/Log in first/);
    for (const wire of [ann, bob]) wire.close();
  });

  test("that is wrong counts as a failed login", async () => {
    await using chat = startChat({ exempt: [] });
    for (let n = 0; n < 3; n++) expect(await logsIn(chat.port, "ann", "x".repeat(43))).toBe("904");
    const wire = await WireClient.open(chat.port);
    wire.send(`CAP REQ sasl\r\nAUTHENTICATE PLAIN\r\nAUTHENTICATE ${saslPlain("ann", "x".repeat(43))}\r\n`);
    await wire.until(/904 .*tried too often/);
    wire.close();
  });
});

rule(
  "only an account that operates the room makes a webhook, with nc too",
  `
    bob: nc
    bob> /join den
    bob~ kept
    bob> /hook add ci
    bob< -- A webhook ends with its maker's rank: only an account that operates #den makes one; /register makes your nick one.
    bob> /register sesame88
    bob< -- bob is registered, and yours.
    bob< -- You are logged in as bob.
    bob> /hook add ci
    bob< -- POST http://chat.test:*/hook/*
    bob< -- What is posted there is said in #den by ci/bot, for example: curl -d 'the build is done' http://chat.test:*/hook/*
    bob< -- Whoever has the address can post. It is not shown again; /hook remove ci ends it.
    bob> /hook add ci
    bob< -- There is a webhook ci already; /hook remove ends it.
    bob> /hook remove cd
    bob< -- This room has no webhook cd.
    ann: nc
    ann> /join den
    ann~ one other is here
    bob< -- ann joined #den
    ann> /hook
    ann< -- Only an operator of #den may do that; /who #den tells who is one.
  `,
);

rule(
  "an outgoing webhook is made where the configuration allows it, and everybody there is told",
  `
    ann: nc
    ann> /register sesame88
    ann~ logged in
    ann> /join den
    ann~ kept
    bob: nc
    bob> /join den
    bob~ one other is here
    ann< -- bob joined #den
    ann> /hook out https://ci.test/a?key=1 !deploy
    ann< -- ann made an outgoing webhook: what is said in #den after !deploy goes to ci.test from now on.
    ann< -- The key of the webhook to ci.test is *
    ann< -- Each post has the header X-Tcpchat-Signature: sha256= and the HMAC-SHA256 of its body with this key, in hex. *
    bob< -- ann made an outgoing webhook: what is said in #den after !deploy goes to ci.test from now on.
    ann> /hook
    ann< -- *: posts !deploy to ci.test, made *.
    ann> /hook out https://localhost/
    ann< -- Outgoing webhooks post to public hosts, not to this server; *
    ann> /hook remove ci.test
    ann< -- ann ended the outgoing webhook to ci.test.
    bob< -- ann ended the outgoing webhook to ci.test.
  `,
  { hooks: { ...defaultConfig().hooks, outgoing: "accounts" } },
);

const LONG_HOST = `${"a".repeat(60)}.${"b".repeat(60)}.${"c".repeat(60)}.test`;

rule(
  "a newcomer is told of every outgoing webhook, in as many lines as that takes",
  `
    ann: irc tcpchat/commands
    ann> REGISTER * * sesame88
    ann~ 900
    ann> JOIN #den
    ann~ 366
    ann> SLASH #den :/hook out https://one.${LONG_HOST}/
    ann~ not shown again
    ann> SLASH #den :/hook out https://two.${LONG_HOST}/ !go
    ann~ not shown again
    ann> SLASH #den :/hook out https://six.${LONG_HOST}/
    ann~ not shown again
    bob: irc
    bob> JOIN #den
    bob~ 366
    bob< :chat.test NOTICE #den :What is said in #den goes out by webhooks: all to one.${LONG_HOST}, !go to two.${LONG_HOST}, all to
    bob< :chat.test NOTICE #den :six.${LONG_HOST}.
    ann< *
  `,
  { hooks: { ...defaultConfig().hooks, outgoing: "accounts" } },
);

rule(
  "without that, none is made",
  `
    ann: nc
    ann> /register sesame88
    ann~ logged in
    ann> /join den
    ann~ kept
    ann> /hook out https://ci.test/
    ann< -- This server posts nothing to outside: its operator has not allowed outgoing webhooks.
  `,
);

test("/hook says how it is used", () => {
  const ann = new PlainFixture().brings("ann");
  ann.types("/join dev");
  for (const line of ["/hook add", "/hook remove", "/hook out", "/hook out https://a.test !a b"])
    expect(ann.types(line)).toEqual([
      "-- That is /hook add NAME, /hook out URL [!WORD], /hook list or /hook remove NAME.",
    ]);
});
