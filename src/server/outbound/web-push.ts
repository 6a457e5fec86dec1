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
import type { Chat } from "../../chat/chat.ts";
import {
  type Account,
  type AccountId,
  isSameAccount,
  type PushKeys,
  type PushSubscription,
} from "../../chat/model/account.ts";
import { type ChatEvent, type EventOf, mustBeStored } from "../../chat/model/event.ts";
import type { AccountStore, MembershipStore } from "../../chat/store.ts";
import { isIgnored } from "../../chat/visibility.ts";
import { formOfNames } from "../../irc/capabilities.ts";
import { render } from "../../irc/render/render.ts";
import { type Folded, fold } from "../../text/fold.ts";
import { type PostSetup, post, RequestQueue } from "./post.ts";

const KEPT = 7 * 24 * 3600; // seconds for which a push service keeps a message for a device that is off

/** The dependencies of the service. */
interface PushSetup {
  readonly chat: Chat;
  readonly store: AccountStore & MembershipStore;
  readonly vapid: VapidKey;
  readonly post: () => Omit<PostSetup, "signal">;
  /** The server's name, the source of its own lines. */
  readonly name: string;
  /** An address for the operators of push services. */
  readonly contact: () => string;
  readonly clock: () => number;
  /** The push service no longer knows a subscription: it is to be removed. */
  readonly ended: (account: AccountId, endpoint: string) => void;
  /** Counts a notification, for metrics. */
  readonly count: (result: PushResult) => void;
}

/** How a notification ended: taken by the push service, refused by it, its subscription gone, not reached, or no room. */
type PushResult = "sent" | "refused" | "gone" | "failed" | "dropped";

/**
 * Sends Web Push notifications: direct messages, and messages that mention an account in a room of its, to the subscriptions
 * of the account while no session of it is attended. A session is attended unless its member is away.
 *
 * Messages are taken when they are said and sent once they are stored. Requests never hold up the chat, and what does not
 * fit into the queue is dropped: the client reads the history when it opens.
 */
export class PushService {
  readonly #setup: PushSetup;
  /** The accounts with subscriptions, by id and by name. */
  readonly #subscribed = new Map<AccountId, Account>();
  readonly #byName = new Map<Folded, Account>();
  /** Messages of this tick. */
  #said: EventOf<"said">[] = [];
  readonly #queue = new RequestQueue();

  constructor(setup: PushSetup) {
    this.#setup = setup;
    for (const account of setup.store.accountsWithPush()) this.#count(account, true);
  }

  /** Takes every event of the chat. */
  observe(event: ChatEvent): void {
    if (event.type === "account-changed") this.#count(event.account, event.account.push !== undefined);
    else if (event.type === "account-removed") this.#count(event.account, false);
    else if (event.type === "said" && this.#subscribed.size > 0 && notifies(event)) this.#said.push(event);
  }

  /** The tick is over: sends its messages, if they are stored. */
  committed(isStored: boolean): void {
    if (this.#said.length === 0) return;
    const said = this.#said;
    this.#said = [];
    for (const event of said) if (isStored || !mustBeStored(event)) this.#notify(event);
  }

  stop(): void {
    this.#queue.stop();
  }

  #count({ id, name }: Account, isSubscribed: boolean): void {
    if (isSubscribed) {
      this.#subscribed.set(id, { id, name });
      this.#byName.set(fold(name), { id, name });
    } else if (this.#subscribed.delete(id)) this.#byName.delete(fold(name));
  }

  #notify(event: EventOf<"said">): void {
    for (const account of event.inRoom ? this.#mentioned(event) : this.#recipient(event)) {
      const record = this.#subscribed.has(account.id) ? this.#setup.store.account(account.id) : undefined;
      if (!record || isSameAccount(event.from.account, record) || this.#isAttended(account)) continue;
      if (isIgnored(event, new Set(record.ignored))) continue;
      for (const subscription of record.push ?? []) {
        const line = this.#lineOf(event, subscription);
        const send = (signal: AbortSignal) => this.#send(account.id, subscription, line, signal);
        if (!this.#queue.add(account.id, send)) this.#setup.count("dropped");
      }
    }
  }

  /** The account that a direct message goes to. */
  #recipient({ to }: EventOf<"said">): readonly Account[] {
    const { chat, store } = this.#setup;
    const member = chat.member(to);
    const account = member ? member.who.account : store.loadAccount(fold(to));
    return account ? [account] : [];
  }

  /** The accounts whose nick is a word of a message in a room of theirs, and that may read it. */
  #mentioned({ to, text, rank }: EventOf<"said">): Iterable<Account> {
    const { chat, store } = this.#setup;
    const room = chat.room(to);
    const accounts = new Map<AccountId, Account>();
    for (const [word] of text.matchAll(/[A-Za-z0-9[\]\\`_^{|}-]+/g)) {
      const member = chat.member(word);
      const isInside = member !== undefined && room?.members.has(member) === true;
      const account = isInside ? member.who.account : this.#byName.get(fold(word));
      if (!room || !account || accounts.has(account.id)) continue;
      const isReader = isInside
        ? rank === undefined || room.rankOf(member) !== undefined
        : rank === undefined && store.memberships(account.id).some((each) => each.room === room.key);
      if (isReader) accounts.set(account.id, account);
    }
    return accounts.values();
  }

  #isAttended(account: Account): boolean {
    return this.#setup.chat.membersOfAccount(account).some(({ sessions, away }) => sessions.size > 0 && away === "");
  }

  /** The message as one IRC line, with the tags that the client had negotiated; its own tags only if they fit. */
  #lineOf(event: EventOf<"said">, { caps }: PushSubscription): string {
    const form = formOfNames(caps);
    const lineIn = (text: string) => text.split("\r\n", 1)[0] ?? "";
    const line = lineIn(render(event, form, this.#setup.name));
    if (Buffer.byteLength(line) <= PUSH_BYTES) return line;
    return lineIn(render({ ...event, tags: undefined }, form, this.#setup.name));
  }

  async #send(account: AccountId, subscription: PushSubscription, line: string, signal: AbortSignal): Promise<void> {
    const { vapid, contact, clock, ended, count } = this.#setup;
    const endpoint = new URL(subscription.endpoint);
    const headers = {
      authorization: vapid.authorization(endpoint, contact(), clock()),
      "content-encoding": "aes128gcm",
      "content-type": "application/octet-stream",
      ttl: String(KEPT),
      urgency: "high",
    };
    const posted = post(endpoint, headers, encrypt(line, subscription), { ...this.#setup.post(), signal });
    // If the push service cannot be reached, the client reads the history when it opens.
    const result = resultOf(await posted.catch(() => 0));
    count(result);
    if (result === "gone") ended(account, subscription.endpoint);
  }
}

/** The result of a status of the push service; 0 if it was not reached. */
function resultOf(status: number): PushResult {
  if (status === 0) return "failed";
  if (status === 404 || status === 410) return "gone";
  return status >= 200 && status < 300 ? "sent" : "refused";
}

/** Whether a message may notify anybody: a notice, which programs send, does not. */
function notifies({ kind }: EventOf<"said">): boolean {
  return kind === "words" || kind === "action";
}

// Web Push on the wire: the encryption of a message (RFC 8291), and the signature that identifies the server (RFC 8292).

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
