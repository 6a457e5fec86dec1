/** A push service of the test: it takes notifications over https and decrypts them. */

import { createDecipheriv, createECDH, hkdfSync, randomBytes } from "node:crypto";
import { vouchedFor } from "./certificates.ts";
import { type Receiver, startReceiver } from "./receiver.ts";

/** The name that the endpoint's certificate is for; the test's resolver finds it at 127.0.0.1. */
export const PUSH_HOST = "push.test";

/** The push service and one client's keys; use it with `await using`. */
export interface PushEndpoint extends Receiver {
  readonly authority: string;
  /** The client's keys as in WEBPUSH REGISTER. */
  readonly keys: string;
  url(path?: string): string;
}

/** Starts a push service on a free port of 127.0.0.1. */
export async function startPushEndpoint(): Promise<PushEndpoint> {
  const vouched = await vouchedFor(PUSH_HOST);
  const client = createECDH("prime256v1");
  const [point, auth] = [client.generateKeys(), randomBytes(16)];
  const receiver = startReceiver(vouched, (body) => decryptPush(body, client.getPrivateKey(), auth));
  return {
    ...receiver,
    authority: vouched.authority,
    keys: `p256dh=${point.toString("base64url")};auth=${auth.toString("base64url")}`,
    url: (path = "/device") => `https://${PUSH_HOST}:${receiver.port}${path}`,
  };
}

/** Decrypts a notification in the coding `aes128gcm` (RFC 8188, RFC 8291) with the client's keys. */
export function decryptPush(body: Buffer, privateKey: Uint8Array, auth: Uint8Array): string {
  const client = createECDH("prime256v1");
  client.setPrivateKey(privateKey);
  const [salt, length] = [body.subarray(0, 16), body[20] ?? 0];
  const [sender, record] = [body.subarray(21, 21 + length), body.subarray(21 + length)];
  const derive = (secret: Uint8Array, from: Uint8Array, info: Uint8Array, size: number) =>
    Buffer.from(hkdfSync("sha256", secret, from, info, size));
  const info = Buffer.concat([Buffer.from("WebPush: info\0"), client.getPublicKey(), sender]);
  const secret = derive(client.computeSecret(sender), auth, info, 32);
  const key = derive(secret, salt, Buffer.from("Content-Encoding: aes128gcm\0"), 16);
  const nonce = derive(secret, salt, Buffer.from("Content-Encoding: nonce\0"), 12);
  const cipher = createDecipheriv("aes-128-gcm", key, nonce);
  cipher.setAuthTag(record.subarray(-16));
  const padded = Buffer.concat([cipher.update(record.subarray(0, -16)), cipher.final()]);
  return padded.subarray(0, padded.lastIndexOf(2)).toString();
}
