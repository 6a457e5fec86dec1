import { afterAll, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NotTrusted, type ServerAddress } from "../../../src/client/net/address.ts";
import { KnownServers } from "../../../src/client/net/known-servers.ts";
import { type HandshakeFailure, TlsPolicy, type TlsPolicySetup } from "../../../src/client/net/tls-policy.ts";
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

/** The lines of a refusal, with the folder removed from paths. */
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

/** The refusal of a server that should speak TLS, after a failed handshake. */
function refused(ours: TlsPolicy, why: HandshakeFailure): readonly string[] {
  ours.plainFor(why);
  return ours.refusal().lines;
}

test("TLS is tried with other machines, and on this machine only if it is required", () => {
  const decisions = (changes: Partial<TlsPolicySetup>) => {
    const { triesTls, requiresTls } = tlsPolicy(changes).tlsPolicy;
    return [triesTls, requiresTls];
  };
  expect(decisions({})).toEqual([true, false]);
  expect(decisions({ isNear: true })).toEqual([false, false]);
  expect(decisions({ isNear: true, authority })).toEqual([true, true]);
  const { knownServers } = tlsPolicy();
  knownServers.add(address, own.fingerprint256);
  expect(decisions({ isNear: true, knownServers })).toEqual([true, true]);
});

test("a certificate signed by an authority is accepted, and recorded once", () => {
  const { tlsPolicy: ours, knownServers } = tlsPolicy();
  expect(ours.judge(real, null)).toBeUndefined();
  expect(ours.judge(real, null)).toBeUndefined();
  expect(knownServers.find(address)).toMatchObject({ fingerprint: undefined, line: 1 });
  expect(ours.requiresTls).toBe(true);
  const next = tlsPolicy({ knownServers }).tlsPolicy;
  expect([next.requiresTls, next.plainFor("it closes the connection")]).toEqual([true, "nothing"]);
  expect(refusal(() => next.judge(own, selfSigned))[0]).toBe(
    "the certificate of chat.example:9000 cannot be trusted: self signed certificate; before, an authority had signed it",
  );
});

test("plain text is for a guest, with an unknown server that refuses TLS", () => {
  const silent = "no answer to a handshake";
  const closes = "it closes the connection";
  expect([tlsPolicy().tlsPolicy.plainFor(closes), tlsPolicy().tlsPolicy.plainFor(silent)]).toEqual(["all", "nothing"]);
  for (const secret of ["login", "server password"] as const) {
    expect(tlsPolicy({ secret }).tlsPolicy.plainFor(closes)).toBe("asking");
    expect(tlsPolicy({ secret }).tlsPolicy.plainFor(silent)).toBe("nothing");
  }
  expect(refused(tlsPolicy({ secret: "login" }).tlsPolicy, closes)).toEqual([
    "chat.example:9000 does not speak TLS (it closes the connection): a password is not sent in plain text",
    "If you trust the network in between: --no-tls. To connect without a login: --guest.",
  ]);
});

test("a TLS port of sts is used at once and the next time, until the policy expires", () => {
  const { tlsPolicy: first, knownServers } = tlsPolicy();
  first.goTo(6697);
  expect([first.address.port, first.requiresTls]).toEqual([6697, true]);
  first.judge(own, selfSigned);
  first.keepTo(60);
  expect(knownServers.policy(address, now)).toBeUndefined(); // not verified, so it cannot set a policy

  const { tlsPolicy: verified, knownServers: known } = tlsPolicy();
  verified.goTo(6697);
  verified.judge(real, null);
  verified.keepTo(60);
  expect(known.policy(address, now)).toEqual({ port: 6697, until: now + 60_000 });
  const later = (clock: number, at = address, isNear = false) =>
    prepared(new TlsPolicy(at, { knownServers: known, authority: undefined, isNear, clock: () => clock }));
  expect([later(now).address.port, later(now).requiresTls]).toEqual([6697, true]);
  expect([later(now + 60_000).address.port, later(now + 60_000).requiresTls]).toEqual([9000, false]);
  const other = later(now, { host: "chat.example", port: 7000 });
  expect([other.address.port, other.requiresTls]).toEqual([7000, true]);
  expect(later(now, { host: "chat.example", port: 7000 }, true).requiresTls).toBe(false);
  expect(refused(other, "it closes the connection")[0]).toContain(
    "though its host requires TLS until 2026-03-01 12:01 UTC, on port 6697",
  );
  verified.keepTo(0);
  expect(known.policy(address, now)).toBeUndefined();
});

test("the end of a connection restarts the duration of sts", () => {
  let clock = now;
  const { tlsPolicy: ours, knownServers } = tlsPolicy({ clock: () => clock });
  ours.judge(real, null);
  ours.keepTo(60);
  clock += 50_000;
  ours.renew();
  expect(knownServers.policy(address, clock)?.until).toBe(now + 110_000);
});

test("a self-signed certificate is pinned on first use, and then no other is accepted", () => {
  const { tlsPolicy: first, knownServers } = tlsPolicy();
  expect(first.judge(own, selfSigned)).toContain(own.fingerprint256);
  expect(knownServers.find(address)?.fingerprint).toBe(own.fingerprint256);
  expect(tlsPolicy({ knownServers }).tlsPolicy.judge(own, selfSigned)).toBeUndefined();
  expect(refusal(() => tlsPolicy({ knownServers }).tlsPolicy.judge(other, selfSigned))).toEqual([
    "chat.example:9000 shows another certificate than before: someone may be intercepting the connection",
    `It was ${own.fingerprint256} and is ${other.fingerprint256}.`,
    expect.stringMatching(/^If it was replaced on purpose: remove line 1 of \/\d+\/known_servers$/),
  ]);
});

test("a certificate for another host, or signed by an unknown authority, is refused", () => {
  expect(refusal(() => tlsPolicy().tlsPolicy.judge(elsewhere, null))[0]).toBe(
    "the certificate of chat.example:9000 cannot be trusted: it is for another host",
  );
  const unknown = new Error("unable to verify the first certificate");
  expect(refusal(() => tlsPolicy().tlsPolicy.judge(real, unknown))).toEqual([
    "the certificate of chat.example:9000 cannot be trusted: unable to verify the first certificate",
    "If you know the authority that signed it: --tls-ca FILE. To use plain text: --no-tls.",
  ]);
});

test("names of a certificate are shown filtered and cut", () => {
  const nasty = new Error(`not in the list: \x1b[2Jevil\n${"x".repeat(5000)}`);
  const [first = ""] = refusal(() => tlsPolicy().tlsPolicy.judge(real, nasty));
  expect(first).toContain("not in the list: ");
  expect(first).not.toMatch(/[\x00-\x1f]/);
  expect(first.length).toBeLessThan(300);
});

test("with --tls-ca only its authorities count, whatever is pinned", () => {
  const { knownServers } = tlsPolicy();
  knownServers.add(address, own.fingerprint256);
  expect(tlsPolicy({ authority, knownServers }).tlsPolicy.judge(real, null)).toBeUndefined();
  expect(refusal(() => tlsPolicy({ authority, knownServers }).tlsPolicy.judge(own, selfSigned))).toEqual([
    "no authority in /ca.pem signed the certificate of chat.example:9000: self signed certificate",
  ]);
});

test("the refusal of a server without TLS says why TLS is required and what would work", () => {
  expect(refused(tlsPolicy({ authority }).tlsPolicy, "its answer is not TLS")).toEqual([
    "chat.example:9000 does not speak TLS (its answer is not TLS), though --tls-ca requires it: someone may be intercepting the connection, so plain text is not tried",
    "If that is intended: use --no-tls.",
  ]);
  const { knownServers } = tlsPolicy();
  knownServers.add(address, own.fingerprint256);
  expect(refused(tlsPolicy({ knownServers }).tlsPolicy, "it closes the connection")[1]).toMatch(
    /: remove line 1 of .*known_servers, or use --no-tls\.$/,
  );
});
