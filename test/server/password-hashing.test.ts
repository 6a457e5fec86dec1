import { expect, test } from "bun:test";
import { createHash, createHmac, pbkdf2Sync } from "node:crypto";
import { PasswordHashing, scramKeys } from "../../src/server/password-hashing.ts";

test("a password is stored as argon2id, and no other password matches", async () => {
  const hashing = new PasswordHashing();
  const { hash } = await hashing.hash("sesame");
  expect(hash).toStartWith("$argon2id$");
  expect(await Promise.all([hashing.verify("sesame", hash), hashing.verify("Sesame", hash)])).toEqual([true, false]);
});

test("a password is the same however a device composes its letters, and a hash of its bytes alone is taken too", async () => {
  const hashing = new PasswordHashing();
  const { hash } = await hashing.hash("p\u00e4ssw\u00f6rd");
  expect(await hashing.verify("pa\u0308sswo\u0308rd", hash)).toBe(true);
  const older = await Bun.password.hash("pa\u0308ss", { algorithm: "argon2id", memoryCost: 8, timeCost: 1 });
  expect(await hashing.verify("pa\u0308ss", older)).toBe(true);
  expect(await hashing.verify("pass", older)).toBe(false);
});

test("text that is no hash matches no password and throws nothing", async () => {
  const hashing = new PasswordHashing();
  expect(await hashing.verify("", "")).toBe(false);
  expect(await hashing.verify("x", "x")).toBe(false);
  expect(await hashing.verify("x", "$argon2id$broken")).toBe(false);
});

test("the dummy hash is a real one, and always the same", async () => {
  const hashing = new PasswordHashing();
  expect(await hashing.dummy).toStartWith("$argon2id$");
  expect(await hashing.dummy).toBe(await hashing.dummy);
  expect(await hashing.verify("", await hashing.dummy)).toBe(false);
});

test("SCRAM's keys match RFC 5802, and no two passwords have the same salt", async () => {
  const { salt, iterations, storedKey, serverKey } = await scramKeys("sesame");
  const salted = pbkdf2Sync("sesame", Buffer.from(salt, "base64"), iterations, 32, "sha256");
  const hmac = (words: string) => createHmac("sha256", salted).update(words).digest();
  expect(storedKey).toBe(createHash("sha256").update(hmac("Client Key")).digest("base64"));
  expect(serverKey).toBe(hmac("Server Key").toString("base64"));
  expect(iterations).toBeGreaterThanOrEqual(4096);
  expect((await scramKeys("sesame")).salt).not.toBe(salt);
});

test("however many ask at once, all are answered", async () => {
  const hashing = new PasswordHashing();
  const hash = await Bun.password.hash("sesame", { algorithm: "argon2id", memoryCost: 8, timeCost: 1 });
  const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => hashing.verify(i % 2 ? "sesame" : "x", hash)));
  expect(answers).toEqual(Array.from({ length: 20 }, (_, i) => i % 2 === 1));
});
