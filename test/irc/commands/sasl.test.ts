import { describe, expect, test } from "bun:test";
import { createHash, createHmac, pbkdf2Sync } from "node:crypto";
import { saslPlain } from "../../support/accounts.ts";
import { startChat } from "../../support/chat-server.ts";
import { WireClient } from "../../support/socket.ts";

const encoded = (text: string) => Buffer.from(text).toString("base64");
const decoded = (line: string) => Buffer.from(line.split(" ").at(-1) ?? "", "base64").toString("utf8");

/** The client's side of SCRAM-SHA-256, written from RFC 5802; returns the server's last line. */
async function scram(wire: WireClient, name: string, password: string): Promise<string> {
  wire.send("AUTHENTICATE SCRAM-SHA-256\r\n");
  await wire.until(/^AUTHENTICATE \+$/);
  const bare = `n=${name},r=fyko+d2lbbFgONRv9qkxdawL`;
  wire.send(`AUTHENTICATE ${encoded(`n,,${bare}`)}\r\n`);
  const first = decoded((await wire.until(/^AUTHENTICATE/)).at(-1) ?? "");
  const [, nonce = "", salt = "", iterations = ""] = /^r=(.+),s=(.+),i=(\d+)$/.exec(first) ?? [];
  const salted = pbkdf2Sync(password, Buffer.from(salt, "base64"), Number(iterations), 32, "sha256");
  const clientKey = createHmac("sha256", salted).update("Client Key").digest();
  const without = `c=${encoded("n,,")},r=${nonce}`;
  const signed = `${bare},${first},${without}`;
  const signature = createHmac("sha256", createHash("sha256").update(clientKey).digest()).update(signed).digest();
  const proof = Buffer.from(clientKey.map((byte, at) => byte ^ (signature[at] ?? 0))).toString("base64");
  wire.send(`AUTHENTICATE ${encoded(`${without},p=${proof}`)}\r\n`);
  const answer = (await wire.until(/AUTHENTICATE| 904 /)).at(-1) ?? "";
  if (!answer.startsWith("AUTHENTICATE")) return answer;
  const serverKey = createHmac("sha256", salted).update("Server Key").digest();
  expect(decoded(answer)).toBe(`v=${createHmac("sha256", serverKey).update(signed).digest("base64")}`);
  wire.send("AUTHENTICATE +\r\n");
  return (await wire.until(/90[34]/)).join("\n");
}

async function registered(port: number): Promise<WireClient> {
  const wire = await WireClient.open(port);
  wire.send("NICK ann\r\nUSER a 0 * :A\r\nREGISTER * * pencil\r\n");
  await wire.until(/ 900 /);
  return wire;
}

describe("SCRAM-SHA-256", () => {
  test("proves the password without sending it, and the server proves that it has its verifier", async () => {
    await using chat = startChat();
    const ann = await registered(chat.port);
    const wire = await WireClient.open(chat.port);
    wire.send("CAP REQ sasl\r\nNICK two\r\nUSER two 0 * :Two\r\n");
    const said = await scram(wire, "ann", "pencil");
    expect(said).toContain(" 900 two two!~two@");
    expect(said).toContain(" 903 ");
    ann.close();
    wire.close();
  });

  test("a name without an account has one salt on every server with the same key, however it is written", async () => {
    const more = { cloakKey: new Uint8Array(32) };
    const salts: string[] = [];
    for (const name of ["ghost", "GHOST"]) {
      await using chat = startChat({}, Date.now, undefined, more);
      const wire = await WireClient.open(chat.port);
      wire.send(`AUTHENTICATE SCRAM-SHA-256\r\nAUTHENTICATE ${encoded(`n,,n=${name},r=abc`)}\r\n`);
      const first = decoded((await wire.until(/^AUTHENTICATE [^+]/)).at(-1) ?? "");
      salts.push(/,s=(.+),i=/.exec(first)?.[1] ?? "");
      wire.close();
    }
    expect(salts[0]).toMatch(/.{20}/);
    expect(salts[1]).toBe(salts[0] ?? "");
  });

  test("a wrong password and an unknown name fail in the same way", async () => {
    await using chat = startChat();
    const ann = await registered(chat.port);
    for (const name of ["ann", "nobody"]) {
      const wire = await WireClient.open(chat.port);
      wire.send("CAP REQ sasl\r\nNICK two\r\nUSER two 0 * :Two\r\n");
      expect(await scram(wire, name, "wrong")).toBe(":chat.test 904 two :SASL authentication failed");
      wire.close();
    }
    ann.close();
  });

  test("a malformed message fails", async () => {
    await using chat = startChat();
    const wire = await WireClient.open(chat.port);
    for (const message of ["", "n,,", "n,,n=ann", "p=tls-unique,,n=ann,r=x", "x".repeat(200)]) {
      wire.send(`AUTHENTICATE SCRAM-SHA-256\r\nAUTHENTICATE ${message === "" ? "+" : encoded(message)}\r\n`);
      expect((await wire.until(/ 904 /)).at(-1)).toContain("SASL authentication failed");
    }
    wire.close();
  });
});

describe("a login with the tag +tcpchat/nick", () => {
  /** ann in #dev with her account, bob there, and a guest who logs in to it for this nick. */
  async function scene(port: number, nick: string) {
    const ann = await registered(port);
    ann.send("JOIN #dev\r\n");
    await ann.until(/ 366 /);
    const [bob, guest] = [await WireClient.open(port), await WireClient.open(port)];
    bob.send("NICK bob\r\nUSER bob 0 * :b\r\nJOIN #dev\r\n");
    await bob.until(/ 366 /);
    guest.send("CAP REQ :sasl message-tags tcpchat/rooms\r\nCAP END\r\nNICK ann-2\r\nUSER a 0 * :a\r\nJOIN #dev\r\n");
    await guest.until(/ 366 /);
    await bob.until(/ann-2!\S+ JOIN/);
    const logsIn = async () => {
      guest.send(`@+tcpchat/nick=${nick} AUTHENTICATE PLAIN\r\nAUTHENTICATE ${saslPlain("ann", "pencil")}\r\n`);
      const told = (await guest.until(/ 903 /)).filter((line) => / 900 | 903 | 433 |NICK/.test(line));
      bob.send("PING 1\r\n");
      const seen = (await bob.until(/ PONG /)).slice(0, -1);
      return { told, seen };
    };
    return { ann, logsIn, close: () => [ann, bob, guest].map((wire) => wire.close()) };
  }

  test("is one change to others: the guest goes on in the member of its account", async () => {
    await using chat = startChat();
    const { logsIn, close } = await scene(chat.port, "ann");
    const { told, seen } = await logsIn();
    expect(told.map((line) => line.replace(/!\S+/g, ""))).toEqual([
      ":chat.test 900 ann-2 ann-2 ann :You are now logged in as ann",
      ":ann-2 NICK ann",
      expect.stringMatching(/^:chat\.test 903 ann /),
    ]);
    expect(seen).toEqual([expect.stringMatching(/^:ann-2!\S+ QUIT :Is ann now$/)]);
    close();
  });

  test("takes the nick before the ranks, where the account is not here", async () => {
    await using chat = startChat();
    const { ann, logsIn, close } = await scene(chat.port, "ann");
    ann.send("QUIT\r\n");
    await ann.closed();
    const { seen } = await logsIn();
    expect(seen.map((line) => line.replace(/!\S+/g, ""))).toEqual([
      expect.stringMatching(/^:ann QUIT/),
      ":ann-2 NICK ann",
      ":chat.test MODE #dev +o ann",
    ]);
    close();
  });

  test("is a login even if the nick is refused", async () => {
    await using chat = startChat();
    const { logsIn, close } = await scene(chat.port, "bob");
    const { told } = await logsIn();
    expect(told.map((line) => line.split(" ")[1])).toEqual(["900", "433", "903"]);
    close();
  });
});
