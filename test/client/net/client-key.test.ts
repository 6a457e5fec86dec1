import { afterAll, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keySource } from "../../../src/client/net/client-key.ts";
import { StateFolder } from "../../../src/client/run/state-store.ts";
import { DiskFolder } from "../../../src/client/run/system.ts";

const folder = mkdtempSync(join(tmpdir(), "tcpchat-key-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function keyFile(port: number, path = folder) {
  return new StateFolder(new DiskFolder(path), { host: "127.0.0.1", port }, "ann").keyFile;
}

const silent = () => {
  throw new Error("nothing is told");
};

test("a key is made once for each server, kept for the user alone, and says nothing of its owner", async () => {
  const made = await keySource(keyFile(1))(silent);
  expect(await keySource(keyFile(1))(silent)).toEqual(made);
  expect(await keySource(keyFile(2))(silent)).not.toEqual(made);
  expect(statSync(keyFile(1).path).mode & 0o777).toBe(0o600);
  const { subject, issuer, subjectAltName, validFromDate } = new X509Certificate(made?.cert ?? "");
  expect([subject, issuer, subjectAltName, validFromDate.toISOString()]).toEqual([
    "CN=tcpchat",
    "CN=tcpchat",
    undefined,
    "2026-01-01T00:00:00.000Z",
  ]);
});

test("two clients that make a key at once use the same", async () => {
  const [one, other] = await Promise.all([keySource(keyFile(3))(silent), keySource(keyFile(3))(silent)]);
  expect(one).toBeDefined();
  expect(other).toEqual(one);
});

test("where no file can be kept, there is no key, which is said once", async () => {
  const told: string[] = [];
  const source = keySource({
    path: "/nowhere/key.pem",
    read: () => undefined,
    append: () => {
      throw new Error("EROFS: read-only file system");
    },
  });
  for (let i = 0; i < 2; i++) expect(await source((words) => void told.push(words))).toBeUndefined();
  expect(told).toEqual([
    "No key of yours can be kept in /nowhere/key.pem, so none logs you in: EROFS: read-only file system",
  ]);
});

test("a file without a complete key gets one appended", async () => {
  const told: string[] = [];
  let text = "-----BEGIN CERTIFICATE-----\n";
  const file = {
    path: "key.pem",
    read: () => text,
    append: (more: string) => {
      text += more;
    },
  };
  const key = await keySource(file)((words) => void told.push(words));
  expect([key !== undefined, told.length, text.startsWith("-----BEGIN CERTIFICATE-----\n")]).toEqual([true, 0, true]);
});
