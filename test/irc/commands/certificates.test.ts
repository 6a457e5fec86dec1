import { expect, test } from "bun:test";
import type { ServerConfig } from "../../../src/server/config/read.ts";
import { makeCertificate, TlsContext } from "../../../src/server/net/certificate.ts";
import { memoryStore } from "../../../src/store/sqlite.ts";
import { vouchedFor } from "../../support/certificates.ts";
import { startChat, type TestChat } from "../../support/chat-server.ts";
import { WireClient } from "../../support/socket.ts";

const server = await makeCertificate("chat.test");
const anns = await makeCertificate("ann");
const bobs = await makeCertificate("bob");
const fingerprint = anns.fingerprint.replaceAll(":", "").toLowerCase();

function open(changes: Partial<ServerConfig> = {}, certificate = server): TestChat {
  const tlsContext = new TlsContext(() => certificate);
  return startChat(changes, Date.now, memoryStore, { tlsContext });
}

async function enter(wire: WireClient, nick: string): Promise<WireClient> {
  wire.send(`NICK ${nick}\r\nUSER ${nick} 0 * :${nick}\r\n`);
  await wire.until(/ (?:376|422) /);
  return wire;
}

/** The answers of NickServ to a line. */
async function asks(wire: WireClient, words: string): Promise<string> {
  wire.send(`NS CERT ${words}\r\n`);
  return /:NickServ!\S+ NOTICE \S+ :(.*)$/.exec((await wire.next()) ?? "")?.[1] ?? "";
}

/** The numerics that end a SASL EXTERNAL exchange. */
async function external(wire: WireClient, name = ""): Promise<readonly string[]> {
  wire.send(`CAP REQ :sasl\r\nAUTHENTICATE EXTERNAL\r\n`);
  await wire.until(/^AUTHENTICATE \+$/);
  wire.send(`AUTHENTICATE ${name === "" ? "+" : Buffer.from(name).toString("base64")}\r\n`);
  return (await wire.until(/ 90[34] /)).map((line) => line.split(" ")[1] ?? "");
}

test("an added certificate logs in by EXTERNAL until it is removed", async () => {
  await using chat = open();
  const ann = await enter(await WireClient.secure(chat.port, anns), "ann");
  ann.send("REGISTER ann * secret\r\n");
  await ann.until(/ 900 /);
  expect(await asks(ann, "ADD")).toBe(`${fingerprint} logs in to ann by SASL EXTERNAL.`);
  expect(await asks(ann, "ADD")).toMatch(/already/);
  expect(await asks(ann, "LIST")).toBe(`${fingerprint} (you have shown it)`);
  expect(await ann.next()).toMatch(/1 certificate logs/);

  const [again, named, wrong, stranger, bare] = await Promise.all([
    WireClient.secure(chat.port, anns),
    WireClient.secure(chat.port, anns),
    WireClient.secure(chat.port, anns),
    WireClient.secure(chat.port, bobs),
    WireClient.secure(chat.port),
  ]);
  expect(await external(again)).toEqual(["900", "903"]);
  expect(await external(named, "ann")).toEqual(["900", "903"]);
  expect(await external(wrong, "bob")).toEqual(["904"]);
  expect(await external(stranger)).toEqual(["904"]);
  expect(await external(bare)).toEqual(["904"]);
  expect(await external(await WireClient.open(chat.port))).toEqual(["904"]);

  expect(await asks(ann, `DEL ${anns.fingerprint}`)).toBe(`${fingerprint} no longer logs in to ann by SASL EXTERNAL.`);
  expect(await asks(ann, "DEL")).toMatch(/does not log in/);
  expect(await external(await WireClient.secure(chat.port, anns))).toEqual(["904"]);
});

test("a certificate is added by its fingerprint, and only to an account", async () => {
  await using chat = open();
  const ann = await enter(await WireClient.secure(chat.port), "ann");
  expect(await asks(ann, "ADD")).toMatch(/^Log in first/);
  ann.send("REGISTER ann * secret\r\n");
  await ann.until(/ 900 /);
  expect(await asks(ann, "ADD")).toMatch(/shown no certificate/);
  expect(await asks(ann, "ADD nonsense")).toMatch(/64 hexadecimal digits/);
  expect(await asks(ann, `ADD ${anns.fingerprint}`)).toMatch(
    /logs in to ann by SASL EXTERNAL, if the client gives the account's name/,
  );
  expect(await asks(ann, `ADD ${anns.fingerprint}`)).toMatch(/logs in to an account already/);
  expect(await asks(ann, "GUESS")).toMatch(/^That is LIST, ADD/);
});

test("a fingerprint without proof of its key logs in only by account name, and its true owner can still add it", async () => {
  await using chat = open();
  const eve = await enter(await WireClient.secure(chat.port), "eve");
  eve.send("REGISTER eve * sesame88\r\n");
  await eve.until(/ 900 /);
  expect(await asks(eve, `ADD ${fingerprint}`)).toMatch(/logs in to eve/);
  expect(await asks(eve, "LIST")).toBe(`${fingerprint} (with the name eve)`);
  await eve.next();
  expect(await external(await WireClient.secure(chat.port, anns))).toEqual(["904"]);
  expect(await external(await WireClient.secure(chat.port, anns), "eve")).toEqual(["900", "903"]);

  const ann = await enter(await WireClient.secure(chat.port, anns), "ann");
  ann.send("REGISTER ann * sesame88\r\n");
  await ann.until(/ 900 /);
  expect(await asks(ann, "ADD")).toBe(`${fingerprint} logs in to ann by SASL EXTERNAL.`);
  const again = await WireClient.secure(chat.port, anns);
  again.send("CAP REQ :sasl\r\nAUTHENTICATE EXTERNAL\r\nAUTHENTICATE +\r\n");
  expect((await again.until(/ 903 /)).at(-2)).toMatch(/ 900 .* ann :You are now logged in as ann$/);
  expect(await asks(ann, "DEL")).toMatch(/no longer logs in to ann/);
  expect(await external(await WireClient.secure(chat.port, anns))).toEqual(["904"]);
});

test("a certificate that was proved belongs to one account", async () => {
  await using chat = open();
  const ann = await enter(await WireClient.secure(chat.port, anns), "ann");
  ann.send("REGISTER ann * sesame88\r\n");
  await ann.until(/ 900 /);
  expect(await asks(ann, `ADD ${"a".repeat(64)}`)).toMatch(/logs in/);
  expect(await asks(ann, `ADD ${fingerprint}`)).toBe(`${fingerprint} logs in to ann by SASL EXTERNAL.`);
  const bob = await enter(await WireClient.secure(chat.port, anns), "bob");
  bob.send("REGISTER bob * sesame88\r\n");
  await bob.until(/ 900 /);
  expect(await asks(bob, "ADD")).toMatch(/logs in to an account already/);
});

test("an account has a limited number of certificates", async () => {
  await using chat = open();
  const ann = await enter(await WireClient.secure(chat.port), "ann");
  ann.send("REGISTER ann * secret\r\n");
  await ann.until(/ 900 /);
  for (let i = 0; i < 16; i++) expect(await asks(ann, `ADD ${i.toString(16).padStart(64, "0")}`)).toMatch(/logs in/);
  expect(await asks(ann, `ADD ${"f".repeat(64)}`)).toBe("At most 16 certificates log in to an account.");
});

test("guessing accounts by EXTERNAL is rate-limited", async () => {
  await using chat = open({ exempt: [] });
  const ann = await enter(await WireClient.secure(chat.port, anns), "ann");
  ann.send("REGISTER ann * secret\r\n");
  await ann.until(/ 900 /);
  expect(await asks(ann, "ADD")).toMatch(/logs in/);
  const eve = await WireClient.secure(chat.port, bobs);
  for (let i = 0; i < 3; i++) expect(await external(eve, "ann")).toEqual(["904"]);
  eve.send("AUTHENTICATE EXTERNAL\r\nAUTHENTICATE YW5u\r\n");
  expect((await eve.until(/ 904 /)).at(-1)).toMatch(/That was tried too often; try again in \d+ seconds/);
  expect(await external(await WireClient.secure(chat.port, anns), "bob")).toEqual(["904"]);
});

test("WHOIS tells everyone who uses TLS, and the client its own certificate", async () => {
  await using chat = open();
  const ann = await enter(await WireClient.secure(chat.port, anns), "ann");
  const bob = await enter(await WireClient.open(chat.port), "bob");
  bob.send("WHOIS ann\r\n");
  const seen = await bob.until(/ 318 /);
  expect(seen).toContain(":chat.test 671 bob ann :is using a secure connection");
  expect(seen.some((line) => line.includes(" 276 "))).toBe(false);
  ann.send("WHOIS ann\r\n");
  expect(await ann.until(/ 318 /)).toContain(
    `:chat.test 276 ann ann :has client certificate fingerprint ${fingerprint}`,
  );
  ann.send("WHOIS bob\r\n");
  expect((await ann.until(/ 318 /)).some((line) => line.includes(" 671 "))).toBe(false);
});

/** The value of sts in CAP LS, if it is listed. */
async function sts(wire: WireClient, version = "302"): Promise<string | undefined> {
  wire.send(`CAP LS ${version}\r\n`);
  const lines = await wire.until(/ LS :/);
  return lines.flatMap((line) => / sts(?:=(\S+))?/.exec(line)?.[1] ?? [])[0];
}

// "The sts capability MUST NOT be requested by clients [...] Servers MAY reply with a CAP NAK message if a client requests
// this capability." (IRCv3 sts)
test("sts is announced if the certificate can be verified, without TLS with a port, and cannot be requested", async () => {
  const real = await vouchedFor("chat.test");
  const tls = { cert: "cert.pem", key: "key.pem" };
  await using chat = open({ tls, sts: 86_400 }, real);
  const plain = await WireClient.open(chat.port);
  expect(await sts(plain)).toBe(`port=${chat.port},duration=86400`);
  plain.send("CAP REQ :sts\r\n");
  expect(await plain.next()).toMatch(/ NAK :sts$/);
  expect(await sts(await WireClient.secure(chat.port))).toBe("duration=86400");
  expect(await sts(await WireClient.open(chat.port), "")).toBeUndefined();
  chat.reload({ sts: 60 });
  expect(await sts(await WireClient.open(chat.port))).toBe(`port=${chat.port},duration=60`);

  await using taken = open({ tls, sts: 0 }, real);
  expect(await sts(await WireClient.open(taken.port))).toBeUndefined();
  expect(await sts(await WireClient.secure(taken.port))).toBe("duration=0");

  await using selfSigned = open({ tls, sts: 86_400 });
  expect(await sts(await WireClient.open(selfSigned.port))).toBeUndefined();
  await using made = open({ tls: undefined, sts: 86_400 }, real);
  expect(await sts(await WireClient.open(made.port))).toBeUndefined();
});
