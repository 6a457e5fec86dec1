import { createHash, generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { encode } from "../text/bytes.ts";
import { messageOf } from "../text/filter.ts";

/** The server's own key, by which SSH clients know it. */
export interface HostKey {
  /** The private key in OpenSSH's format. */
  readonly pem: string;
  /** As `ssh-keygen -l` and clients show it: `SHA256:…`. */
  readonly fingerprint: string;
}

/** The host key cannot be used. */
export class HostKeyError extends Error {}

const TYPE = "ssh-ed25519";
const MAGIC = Buffer.from("openssh-key-v1\0");
const BEGIN = "-----BEGIN OPENSSH PRIVATE KEY-----";
const END = "-----END OPENSSH PRIVATE KEY-----";
const LINE = 70; // characters of base64 a line, as OpenSSH writes it
const BLOCK = 8; // the private part is padded to a multiple of so many bytes

/**
 * The host key in a file; made and written there if the file does not exist. `write` writes a file for its owner only,
 * completely or not at all: half a key would prevent the next start.
 */
export function keptHostKey(file: string, write: (file: string, content: Uint8Array) => void): HostKey {
  if (existsSync(file)) return readHostKey(file);
  const made = makeHostKey();
  write(file, encode(made.pem));
  return made;
}

/** Makes an ed25519 key. */
export function makeHostKey(): HostKey {
  const { x = "", d = "" } = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  const [publicKey, seed] = [Buffer.from(x, "base64url"), Buffer.from(d, "base64url")];
  const blob = Buffer.concat([text(TYPE), text(publicKey)]);
  const check = randomBytes(4);
  const secret = [check, check, text(TYPE), text(publicKey), text(Buffer.concat([seed, publicKey])), text("tcpchat")];
  const length = secret.reduce((sum, part) => sum + part.length, 0);
  const padding = Buffer.from(Array.from({ length: (BLOCK - (length % BLOCK)) % BLOCK }, (_, i) => i + 1));
  const head = [MAGIC, text("none"), text("none"), text(""), number(1), text(blob)];
  const whole = Buffer.concat([...head, text(Buffer.concat([...secret, padding]))]);
  const lines = whole.toString("base64").match(new RegExp(`.{1,${LINE}}`, "g")) ?? [];
  return { pem: [BEGIN, ...lines, END, ""].join("\n"), fingerprint: sshFingerprint(blob) };
}

/** The fingerprint of a public key in SSH's binary form: `SHA256:…`, so it is never that of a TLS certificate. */
export function sshFingerprint(key: Uint8Array): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}

function readHostKey(file: string): HostKey {
  try {
    const pem = readFileSync(file, "utf8");
    return { pem, fingerprint: sshFingerprint(publicPartOf(pem)) };
  } catch (error) {
    throw new HostKeyError(
      `The SSH host key ${file} cannot be used: ${messageOf(error)}; without the file, the next start makes a new key`,
    );
  }
}

/** The public key in an ed25519 key without a passphrase. Throws for anything else. */
function publicPartOf(pem: string): Uint8Array {
  const [, base64] = new RegExp(`^${BEGIN}\\s([\\w+/=\\s]+)${END}\\s*$`).exec(pem) ?? [];
  const bytes = Buffer.from(base64 ?? "", "base64");
  const start = Buffer.concat([MAGIC, text("none"), text("none"), text(""), number(1)]);
  const at = start.length;
  const blob = bytes.length > at + 4 ? bytes.subarray(at + 4, at + 4 + bytes.readUInt32BE(at)) : Buffer.alloc(0);
  const isOurs = bytes.subarray(0, at).equals(start) && blob.subarray(0, 4 + TYPE.length).equals(text(TYPE));
  if (!isOurs) throw new Error("it is no ed25519 key in OpenSSH's format without a passphrase");
  return blob;
}

/** A string of SSH: its length, then its bytes (RFC 4251 5). */
function text(bytes: string | Uint8Array): Buffer {
  const content = Buffer.from(bytes as Uint8Array);
  return Buffer.concat([number(content.length), content]);
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
