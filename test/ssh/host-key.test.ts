import { expect, test } from "bun:test";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { HostKeyError, keptHostKey, makeHostKey } from "../../src/ssh/host-key.ts";
import { writeAtomically } from "../../src/store/data-folder.ts";
import { nowhere } from "../support/binary.ts";
import { has, newKey } from "../support/ssh-chat.ts";

test("a host key is made once, is readable by its owner alone, and keeps its fingerprint", () => {
  const file = join(nowhere(), "ssh.key");
  const made = keptHostKey(file, writeAtomically);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(keptHostKey(file, writeAtomically)).toEqual(made);
  expect(readFileSync(file, "utf8")).toBe(made.pem);
  expect(makeHostKey().fingerprint).not.toBe(made.fingerprint);
});

test.skipIf(!has("ssh-keygen"))("the fingerprint is that of ssh-keygen, whoever made the key", () => {
  const ours = join(nowhere(), "ssh.key");
  keptHostKey(ours, writeAtomically);
  for (const file of [ours, newKey()]) {
    const listed = Bun.spawnSync(["ssh-keygen", "-lf", file]).stdout.toString();
    expect(listed.split(" ")[1]).toBe(keptHostKey(file, writeAtomically).fingerprint);
  }
});

test.each([
  ["", "nothing"],
  ["-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n", "no key"],
  [makeHostKey().pem.replace("b3BlbnNzaC1rZXktdjEAAAAABG5vbmU", "b3BlbnNzaC1rZXktdjEAAAAACmFlczI"), "a passphrase"],
])("a file with something else is refused, and stays: %#", (content) => {
  const file = join(nowhere(), "ssh.key");
  writeFileSync(file, content);
  expect(() => keptHostKey(file, writeAtomically)).toThrow(HostKeyError);
  expect(() => keptHostKey(file, writeAtomically)).toThrow(`The SSH host key ${file} cannot be used`);
  expect(readFileSync(file, "utf8")).toBe(content);
});
