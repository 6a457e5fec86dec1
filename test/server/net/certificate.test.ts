import { afterAll, expect, test } from "bun:test";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigError } from "../../../src/server/config/kinds.ts";
import { keptCertificate, makeCertificate, readCertificate } from "../../../src/server/net/certificate.ts";
import { writeAtomically } from "../../../src/store/data-folder.ts";

const folder = mkdtempSync(join(tmpdir(), "tcpchat-certificate-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const [ours, theirs] = [await makeCertificate("chat.test"), await makeCertificate("other.test")];

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

test("a self-signed certificate is made for a name, on an elliptic curve, without expiry", () => {
  const certificate = new X509Certificate(ours.cert);
  expect(certificate.subject).toBe("CN=chat.test");
  expect(certificate.subjectAltName).toBe("DNS:chat.test");
  expect(certificate.validToDate.getUTCFullYear()).toBe(9999);
  expect(createPrivateKey(ours.key).asymmetricKeyType).toBe("ec");
  expect([ours.isSelfSigned, ours.fingerprint]).toEqual([true, certificate.fingerprint256]);
});

test("it is kept in a file of its owner's, and found there", async () => {
  const path = join(folder, "kept.pem");
  const made = await keptCertificate(path, "chat.test", writeAtomically);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const found = await keptCertificate(path, "chat.test", writeAtomically);
  expect(found.fingerprint).toBe(made.fingerprint);
  expect(readdirSync(folder).filter((name) => name.startsWith("kept"))).toEqual(["kept.pem"]);
});

test("a certificate and its key are read from two files or one", () => {
  const cert = file("cert.pem", ours.cert);
  const key = file("key.pem", ours.key);
  expect(readCertificate({ cert, key }).fingerprint).toBe(ours.fingerprint);
  const both = file("both.pem", `${ours.key}\n${ours.cert}\n`);
  expect(readCertificate({ cert: both, key: both }).fingerprint).toBe(ours.fingerprint);
});

test("an unusable certificate is refused with the file and the reason", () => {
  const cert = file("good.pem", ours.cert);
  const key = file("good-key.pem", ours.key);
  const rubbish = file("rubbish.pem", "no PEM at all");
  const none = join(folder, "none.pem");
  const words = (files: { cert: string; key: string }) => {
    try {
      readCertificate(files);
      return "";
    } catch (error) {
      return error instanceof ConfigError ? error.message.replaceAll(folder, "") : String(error);
    }
  };
  expect(words({ cert: none, key })).toMatch(/^cert in \[tls\]: \/none\.pem cannot be read: ENOENT/);
  expect(words({ cert, key: none })).toMatch(/^key in \[tls\]: \/none\.pem cannot be read: ENOENT/);
  expect(words({ cert: rubbish, key })).toMatch(
    /^cert in \[tls\]: \/rubbish\.pem is no certificate: .*BEGIN CERTIFICATE/,
  );
  expect(words({ cert: key, key })).toMatch(/^cert in \[tls\]: \/good-key\.pem is no certificate/);
  expect(words({ cert, key: rubbish })).toMatch(/^key in \[tls\]: \/rubbish\.pem is no usable private key/);
  expect(words({ cert, key: file("theirs.pem", theirs.key) })).toBe(
    "[tls]: /theirs.pem is not the key of the certificate in /good.pem",
  );
});
