import { expect, test } from "bun:test";
import { startChat } from "./support/chat-server.ts";
import { WireClient } from "./support/socket.ts";

/** A password of the maximum length, with leading, inner and trailing spaces. */
const PASSWORD = ` two  blanks ${"ä".repeat(505)} `;

async function irc(port: number, nick: string): Promise<WireClient> {
  const wire = await WireClient.open(port);
  wire.send(`CAP REQ :sasl\r\nNICK ${nick}\r\nUSER ${nick} 0 * :${nick}\r\nCAP END\r\n`);
  await wire.until(/ (?:376|422) /);
  return wire;
}

async function nc(port: number, nick: string): Promise<WireClient> {
  const wire = await WireClient.open(port);
  wire.send(`/nick ${nick}\n`);
  await wire.until(new RegExp(`^-- You are ${nick} now`));
  return wire;
}

/** Every way to register the nick. */
const REGISTERED = [
  ["/register of nc", nc, (password: string) => `/register ${password}\n`],
  ["REGISTER of IRC", irc, (password: string) => `REGISTER * * :${password}\r\n`],
  ["NickServ", irc, (password: string) => `PRIVMSG NickServ :REGISTER ${password}\r\n`],
  ["NS", irc, (password: string) => `NS REGISTER :${password}\r\n`],
] as const;

/** Logs in to an account from another nick, in every way. */
async function logIn(port: number, account: string, password: string): Promise<readonly string[]> {
  const nick = `me-${crypto.randomUUID().slice(0, 8)}`;
  const person = await nc(port, `${nick}-nc`);
  person.send(`/login ${account} ${password}\n`);
  const sasl = await irc(port, `${nick}-sasl`);
  const plain = Buffer.from(`\0${account}\0${password}`).toString("base64");
  sasl.send("AUTHENTICATE PLAIN\r\n");
  for (const piece of plain.match(/.{1,400}/g) ?? []) sasl.send(`AUTHENTICATE ${piece}\r\n`);
  if (plain.length % 400 === 0) sasl.send("AUTHENTICATE +\r\n");
  const service = await irc(port, `${nick}-ns`);
  service.send(`PRIVMSG NickServ :IDENTIFY ${account} ${password}\r\n`);
  const answers = [
    await person.until(/logged in as|not the account/),
    await sasl.until(/ 90[034] /),
    await service.until(/ 900 |not the account/),
  ].map((lines) => lines.at(-1) ?? "");
  for (const wire of [person, sasl, service]) wire.close();
  return answers;
}

test.each(REGISTERED)(
  "a password set with %s works for every way to log in, with all its spaces",
  async (_, open, say) => {
    await using chat = startChat({
      accounts: { logins: 0, loginsPerAddress: 0, registrationsPerAddress: 0, passwordLength: 1 },
    });
    const owner = await open(chat.port, "ann");
    owner.send(say(PASSWORD));
    await owner.until(/registered/);
    expect(await logIn(chat.port, "ann", PASSWORD)).toEqual([
      "-- You are logged in as ann.",
      expect.stringContaining("logged in as ann"),
      expect.stringContaining("logged in as ann"),
    ]);
    owner.close();
  },
);

test("a password without its spaces is a different password", async () => {
  await using chat = startChat();
  const owner = await nc(chat.port, "ann");
  expect(Buffer.byteLength(PASSWORD)).toBe(1024);
  owner.send("/register  all  of it \n");
  await owner.until(/registered/);
  expect(await logIn(chat.port, "ann", "all of it")).toEqual([
    "-- That is not the account's password, or there is no such account.",
    expect.stringContaining("SASL authentication failed"),
    expect.stringContaining("That is not the account's password"),
  ]);
  owner.close();
});
