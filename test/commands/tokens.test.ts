import { describe, expect, test } from "bun:test";
import { Log } from "../../src/server/ops/log.ts";
import { memoryStore } from "../../src/store/sqlite.ts";
import { saslPlain } from "../support/accounts.ts";
import { startChat } from "../support/chat-server.ts";
import { WireClient } from "../support/socket.ts";

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
