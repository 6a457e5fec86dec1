import { afterAll, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NotTrusted, type ServerAddress } from "../../../src/client/net/address.ts";
import { KnownServers } from "../../../src/client/net/known-servers.ts";
import { isLoopback, TlsPolicy, type TlsPolicySetup, type Unanswered } from "../../../src/client/net/tls-policy.ts";
import { DiskFolder } from "../../../src/client/run/system.ts";
import { makeCertificate } from "../../../src/server/net/certificate.ts";
import { vouchedFor } from "../../support/certificates.ts";

const folder = mkdtempSync(join(tmpdir(), "tcpchat-safety-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const address: ServerAddress = { host: "chat.example", port: 9000 };
const own = new X509Certificate((await makeCertificate("chat.example")).cert);
const other = new X509Certificate((await makeCertificate("chat.example")).cert);
const real = new X509Certificate((await vouchedFor("chat.example")).cert);
const elsewhere = new X509Certificate((await vouchedFor("elsewhere.example")).cert);
const authority = { file: "/ca.pem", pem: "" };
const selfSigned = new Error("self signed certificate");
let homes = 0;
const now = Date.parse("2026-03-01T12:00:00Z");

function tlsPolicy(changes: Partial<TlsPolicySetup> = {}): { tlsPolicy: TlsPolicy; knownServers: KnownServers } {
  const knownServers = changes.knownServers ?? new KnownServers(new DiskFolder(join(folder, `${homes++}`)));
  return {
    tlsPolicy: new TlsPolicy(address, {
      knownServers,
      authority: undefined,
      isNear: false,
      clock: () => now,
      ...changes,
    }),
    knownServers,
  };
}

/** The lines of a refusal, without where the files are. */
function refusal(act: () => unknown): readonly string[] {
  try {
    act();
  } catch (error) {
    if (error instanceof NotTrusted) return error.lines.map((line) => line.replaceAll(folder, ""));
  }
  return [];
}

function prepared(ours: TlsPolicy): TlsPolicy {
  ours.prepare();
  return ours;
}

/** What is said of a server that does not speak TLS, and should. */
function refused(ours: TlsPolicy, why: Unanswered): readonly string[] {
  ours.plainFor(why);
  return ours.refusal().lines;
}

test.each(["localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1", "[::1]"])("%s is this machine", (host) => {
  expect(isLoopback(host)).toBe(true);
});

test.each(["chat.example", "10.0.0.1", "127.0.0.1.example", "localhost.example", "::2", ""])("%s is not", (host) => {
  expect(isLoopback(host)).toBe(false);
});

test("TLS is tried elsewhere, and on this machine only where it is insisted on", () => {
  const wishes = (changes: Partial<TlsPolicySetup>) => {
    const { triesTls, insists } = tlsPolicy(changes).tlsPolicy;
    return [triesTls, insists];
  };
  expect(wishes({})).toEqual([true, false]);
  expect(wishes({ isNear: true })).toEqual([false, false]);
  expect(wishes({ isNear: true, authority })).toEqual([true, true]);
  const { knownServers } = tlsPolicy();
  knownServers.add(address, own.fingerprint256);
  expect(wishes({ isNear: true, knownServers })).toEqual([true, true]);
});

test("a certificate that the authorities vouch for is believed, and that it was is written down once", () => {
  const { tlsPolicy: ours, knownServers } = tlsPolicy();
  expect(ours.judge(real, null)).toBeUndefined();
  expect(ours.judge(real, null)).toBeUndefined();
  expect(knownServers.find(address)).toMatchObject({ fingerprint: undefined, line: 1 });
  expect(ours.insists).toBe(true);
  const next = tlsPolicy({ knownServers }).tlsPolicy;
  expect([next.insists, next.plainFor("it closes the connection")]).toEqual([true, "nothing"]);
  expect(refusal(() => next.judge(own, selfSigned))[0]).toBe(
    "the certificate of chat.example:9000 cannot be believed: self signed certificate; before, someone vouched for it",
  );
});

test("plain text is for a guest, at a server that is not known and says that it speaks no TLS", () => {
  const silent = "no answer to a handshake";
  const closes = "it closes the connection";
  expect([tlsPolicy().tlsPolicy.plainFor(closes), tlsPolicy().tlsPolicy.plainFor(silent)]).toEqual(["all", "nothing"]);
  for (const secret of ["login", "server password"] as const) {
    expect(tlsPolicy({ secret }).tlsPolicy.plainFor(closes)).toBe("asking");
    expect(tlsPolicy({ secret }).tlsPolicy.plainFor(silent)).toBe("nothing");
  }
  expect(refused(tlsPolicy({ secret: "login" }).tlsPolicy, closes)).toEqual([
    "chat.example:9000 does not speak TLS (it closes the connection): a password is not sent in plain text",
    "If you trust everyone on the way there: --no-tls. To go without a login: --guest.",
  ]);
});

test("a server that asks for TLS elsewhere is gone to there, and the next time at once, until that expires", () => {
  const { tlsPolicy: first, knownServers } = tlsPolicy();
  first.goTo(6697);
  expect([first.address.port, first.insists]).toEqual([6697, true]);
  first.judge(own, selfSigned);
  first.keepTo(60);
  expect(knownServers.policy(address, now)).toBeUndefined(); // nobody vouches for it, so it cannot bind us

  const { tlsPolicy: vouched, knownServers: known } = tlsPolicy();
  vouched.goTo(6697);
  vouched.judge(real, null);
  vouched.keepTo(60);
  expect(known.policy(address, now)).toEqual({ port: 6697, until: now + 60_000 });
  const later = (clock: number, at = address, isNear = false) =>
    prepared(new TlsPolicy(at, { knownServers: known, authority: undefined, isNear, clock: () => clock }));
  expect([later(now).address.port, later(now).insists]).toEqual([6697, true]);
  expect([later(now + 60_000).address.port, later(now + 60_000).insists]).toEqual([9000, false]);
  const other = later(now, { host: "chat.example", port: 7000 });
  expect([other.address.port, other.insists]).toEqual([7000, true]);
  expect(later(now, { host: "chat.example", port: 7000 }, true).insists).toBe(false);
  expect(refused(other, "it closes the connection")[0]).toContain(
    "though its host asks for TLS until 2026-03-01 12:01 UTC, and speaks it on port 6697",
  );
  vouched.keepTo(0);
  expect(known.policy(address, now)).toBeUndefined();
});

test("when a connection ends, the time for which TLS is asked begins anew", () => {
  let clock = now;
  const { tlsPolicy: ours, knownServers } = tlsPolicy({ clock: () => clock });
  ours.judge(real, null);
  ours.keepTo(60);
  clock += 50_000;
  ours.renew();
  expect(knownServers.policy(address, clock)?.until).toBe(now + 110_000);
});

test("one that vouches for itself is kept the first time, believed the next, and no other", () => {
  const { tlsPolicy: first, knownServers } = tlsPolicy();
  expect(first.judge(own, selfSigned)).toContain(own.fingerprint256);
  expect(knownServers.find(address)?.fingerprint).toBe(own.fingerprint256);
  expect(tlsPolicy({ knownServers }).tlsPolicy.judge(own, selfSigned)).toBeUndefined();
  expect(refusal(() => tlsPolicy({ knownServers }).tlsPolicy.judge(other, selfSigned))).toEqual([
    "chat.example:9000 shows another certificate than before: someone may be in between",
    `It was ${own.fingerprint256} and is ${other.fingerprint256}.`,
    expect.stringMatching(/^If it was replaced on purpose: remove line 1 of \/\d+\/known_servers$/),
  ]);
});

test("another's certificate, or one that an unknown authority vouches for, is not believed", () => {
  expect(refusal(() => tlsPolicy().tlsPolicy.judge(elsewhere, null))[0]).toBe(
    "the certificate of chat.example:9000 cannot be believed: it is another host's",
  );
  const unknown = new Error("unable to verify the first certificate");
  expect(refusal(() => tlsPolicy().tlsPolicy.judge(real, unknown))).toEqual([
    "the certificate of chat.example:9000 cannot be believed: unable to verify the first certificate",
    "If you know who vouches for it: --tls-ca FILE. To talk in plain text: --no-tls.",
  ]);
});

test("a certificate's names reach the terminal as text, and not without end", () => {
  const nasty = new Error(`not in the list: \x1b[2Jevil\n${"x".repeat(5000)}`);
  const [first = ""] = refusal(() => tlsPolicy().tlsPolicy.judge(real, nasty));
  expect(first).toContain("not in the list: ");
  expect(first).not.toMatch(/[\x00-\x1f]/);
  expect(first.length).toBeLessThan(300);
});

test("with authorities of one's own, only what they vouch for is believed, whatever is pinned", () => {
  const { knownServers } = tlsPolicy();
  knownServers.add(address, own.fingerprint256);
  expect(tlsPolicy({ authority, knownServers }).tlsPolicy.judge(real, null)).toBeUndefined();
  expect(refusal(() => tlsPolicy({ authority, knownServers }).tlsPolicy.judge(own, selfSigned))).toEqual([
    "/ca.pem does not vouch for the certificate of chat.example:9000: self signed certificate",
  ]);
});

test("what a server is refused with that should speak TLS and does not", () => {
  expect(refused(tlsPolicy({ authority }).tlsPolicy, "it answers something else")).toEqual([
    "chat.example:9000 does not speak TLS (it answers something else), though --tls-ca asks for it: someone may be in between, so plain text is not tried",
    "If you know that it is meant to be so: use --no-tls.",
  ]);
  const { knownServers } = tlsPolicy();
  knownServers.add(address, own.fingerprint256);
  expect(refused(tlsPolicy({ knownServers }).tlsPolicy, "it closes the connection")[1]).toMatch(
    /: remove line 1 of .*known_servers, or use --no-tls\.$/,
  );
});
