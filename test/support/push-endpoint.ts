/** A push service of the test: it takes notifications over https and decrypts them. */

import { createDecipheriv, createECDH, hkdfSync, randomBytes } from "node:crypto";
import { vouchedFor } from "./certificates.ts";
import { Condition } from "./patience.ts";

/** The name that the endpoint's certificate is for; the test's resolver finds it at 127.0.0.1. */
export const PUSH_HOST = "push.test";

/** A notification as it came. */
interface Arrived {
  readonly path: string;
  readonly headers: Headers;
  readonly text: string;
}

/** The push service and one client's keys; use it with `await using`. */
export interface PushEndpoint extends AsyncDisposable {
  readonly port: number;
  readonly authority: string;
  /** The client's keys as in WEBPUSH REGISTER. */
  readonly keys: string;
  url(path?: string): string;
  /** Waits for the next notification. Fails if none comes. */
  next(): Promise<Arrived>;
  /** The notifications that nobody has waited for. */
  readonly left: readonly Arrived[];
  /** Answers this from now on, with these headers. */
  answers(status: number, headers?: Record<string, string>): void;
}

/** Starts a push service on a free port of 127.0.0.1. */
export async function startPushEndpoint(): Promise<PushEndpoint> {
  const vouched = await vouchedFor(PUSH_HOST);
  const client = createECDH("prime256v1");
  const [point, auth] = [client.generateKeys(), randomBytes(16)];
  const arrived: Arrived[] = [];
  const came = new Condition();
  let answer: { status: number; headers: Record<string, string> } = { status: 201, headers: {} };
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    tls: { key: vouched.key, cert: vouched.cert },
    async fetch(request) {
      const body = Buffer.from(await request.arrayBuffer());
      const { pathname: path } = new URL(request.url);
      arrived.push({ path, headers: request.headers, text: decryptPush(body, client.getPrivateKey(), auth) });
      came.notify();
      return new Response(null, answer);
    },
  });
  return {
    port: server.port ?? 0,
    authority: vouched.authority,
    keys: `p256dh=${point.toString("base64url")};auth=${auth.toString("base64url")}`,
    url: (path = "/device") => `https://${PUSH_HOST}:${server.port}${path}`,
    async next() {
      await came.until(() => arrived.length > 0);
      const first = arrived.shift();
      if (!first) throw new Error("No notification came");
      return first;
    },
    left: arrived,
    answers: (status, headers = {}) => {
      answer = { status, headers };
    },
    async [Symbol.asyncDispose]() {
      await server.stop(true);
    },
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
