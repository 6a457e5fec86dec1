import {
  createCipheriv,
  createECDH,
  createHash,
  createPrivateKey,
  type ECDH,
  hkdfSync,
  type KeyObject,
  randomBytes,
  sign,
} from "node:crypto";
import type { PushKeys } from "../../chat/model/account.ts";

/** Web Push on the wire: the encryption of a message (RFC 8291), and the signature that identifies the server (RFC 8292). */

const CURVE = "prime256v1";
const RECORD = 4096; // bytes of an encrypted record (RFC 8291, 4)
const TAG = 16; // bytes that authenticate a record
const HEAD = 86; // bytes before the record: salt, record size, and the sender's public key
const LAST = 2; // the delimiter of the last record (RFC 8188, 2)
const EXPIRES = 12 * 3600; // seconds for which a signature holds: at most a day (RFC 8292, 2)

/** The most bytes of a message in one push. */
export const PUSH_BYTES = RECORD - HEAD - TAG - 1;

/** The random part of an encryption. */
interface Randomness {
  readonly sender: ECDH;
  readonly salt: Uint8Array;
}

function freshRandomness(): Randomness {
  const sender = createECDH(CURVE);
  sender.generateKeys();
  return { sender, salt: randomBytes(16) };
}

/** Encrypts a message for a subscription, in the content coding `aes128gcm` with one record. */
export function encrypt(text: string, keys: PushKeys, { sender, salt } = freshRandomness()): Buffer {
  const receiver = Buffer.from(keys.p256dh, "base64url");
  const info = Buffer.concat([Buffer.from("WebPush: info\0"), receiver, sender.getPublicKey()]);
  const secret = hkdf(sender.computeSecret(receiver), Buffer.from(keys.auth, "base64url"), info, 32);
  const key = hkdf(secret, salt, Buffer.from("Content-Encoding: aes128gcm\0"), 16);
  const nonce = hkdf(secret, salt, Buffer.from("Content-Encoding: nonce\0"), 12);
  const cipher = createCipheriv("aes-128-gcm", key, nonce);
  const record = [
    cipher.update(Buffer.from(text)),
    cipher.update(Buffer.of(LAST)),
    cipher.final(),
    cipher.getAuthTag(),
  ];
  const size = Buffer.alloc(5);
  size.writeUInt32BE(RECORD, 0);
  size.writeUInt8(sender.getPublicKey().length, 4);
  return Buffer.concat([salt, size, sender.getPublicKey(), ...record]);
}

function hkdf(secret: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, salt, info, length));
}

/** Whether these are the keys of a subscription: a point of the curve P-256, and 16 bytes. */
export function arePushKeys({ p256dh, auth }: PushKeys): boolean {
  if (!/^[\w-]+={0,2}$/.test(p256dh) || !/^[\w-]+={0,2}$/.test(auth)) return false;
  if (Buffer.from(auth, "base64url").length !== 16) return false;
  try {
    freshRandomness().sender.computeSecret(Buffer.from(p256dh, "base64url"));
    return Buffer.from(p256dh, "base64url").length === 65;
  } catch {
    return false;
  }
}

/** The key pair of these bytes; of 4 billion random values one is no private key, and its hash is taken. */
function pairFrom(bytes: Uint8Array): ECDH {
  const pair = createECDH(CURVE);
  try {
    pair.setPrivateKey(bytes);
    return pair;
  } catch {
    return pairFrom(createHash("sha256").update(bytes).digest());
  }
}

/** The key by which push services recognize this server (VAPID, RFC 8292). */
export class VapidKey {
  /** The public key in base64url, for clients. */
  readonly publicKey: string;
  readonly #private: KeyObject;

  /** Takes 32 random bytes. */
  constructor(bytes: Uint8Array) {
    const pair = pairFrom(bytes);
    const point = pair.getPublicKey();
    this.publicKey = point.toString("base64url");
    const base64 = (part: Uint8Array) => Buffer.from(part).toString("base64url");
    const coordinates = { x: base64(point.subarray(1, 33)), y: base64(point.subarray(33)) };
    this.#private = createPrivateKey({
      format: "jwk",
      key: { kty: "EC", crv: "P-256", d: base64(pair.getPrivateKey()), ...coordinates },
    });
  }

  /** The value of the header `authorization` for requests to a push service; `now` in milliseconds since 1970. */
  authorization(endpoint: URL, contact: string, now: number): string {
    const claims = { aud: endpoint.origin, exp: Math.floor(now / 1000) + EXPIRES, sub: contact };
    const parts = [{ typ: "JWT", alg: "ES256" }, claims].map((part) => Buffer.from(JSON.stringify(part)));
    const text = parts.map((part) => part.toString("base64url")).join(".");
    const signature = sign("sha256", Buffer.from(text), { key: this.#private, dsaEncoding: "ieee-p1363" });
    return `vapid t=${text}.${signature.toString("base64url")}, k=${this.publicKey}`;
  }
}
