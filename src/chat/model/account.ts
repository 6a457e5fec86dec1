import type { Folded } from "../../text/fold.ts";
import type { AccountStore } from "../store.ts";
import type { MetadataRecord } from "./metadata.ts";

/** The id of an account: random, secret, never reused. Sessions, ranks, bans and authorship refer to it. */
export type AccountId = string & { readonly [id]: true };

declare const id: unique symbol;

/** A reference to an account: its id, and its name as its owner writes it. A name registered again has another id. */
export interface Account {
  readonly id: AccountId;
  readonly name: string;
}

/** Why all sessions of an account are logged out. */
export type LogoutReason = "account-removed" | "password-changed";

/** The account whose sessions are logged out, and why. */
export interface Logout {
  readonly account: Account;
  readonly why: LogoutReason;
}

/** Whether both are the same account; false if either is `undefined`. */
export function isSameAccount(a: Account | undefined, b: Account | undefined): boolean {
  return a !== undefined && a.id === b?.id;
}

/** The account of a login; `undefined` if it was removed since, its password was changed, or its key was removed. */
export function verifiedAccount(store: Pick<AccountStore, "account">, login: Login | undefined): Account | undefined {
  const account = login && store.account(login.id);
  if (!account || account.hash !== login.hash) return undefined;
  if (login.key !== undefined && !certificatesOf(account).includes(login.key)) return undefined;
  return { id: account.id, name: account.name };
}

/** The kinds of keys that log in: of SSH, and of TLS client certificates. */
export type KeyKind = "SSH" | "TLS";

/** The kind of a key. The two have fingerprints of different forms, so one never passes for the other. */
export function keyKind(fingerprint: string): KeyKind {
  return fingerprint.startsWith("SHA256:") ? "SSH" : "TLS";
}

/** A key of an account. Times are in milliseconds since 1970. */
export interface KeyNote {
  readonly fingerprint: string;
  /** As its owner calls the device; `undefined` for no name. */
  readonly name?: string | undefined;
  readonly added: number;
  /** Its last login, to the hour. */
  readonly used: number;
}

/** The fingerprints of all keys of an account. */
export function certificatesOf({ fingerprints, named = [] }: AccountRecord): readonly string[] {
  return [...fingerprints, ...named];
}

/** The SCRAM verifier of a password (RFC 5802). Bytes in base64. */
export interface ScramKeys {
  readonly salt: string;
  readonly iterations: number;
  readonly storedKey: string;
  readonly serverKey: string;
}

/** The keys of a Web Push subscription, in base64url (RFC 8291). */
export interface PushKeys {
  /** The client's public key, a point of P-256. */
  readonly p256dh: string;
  /** The client's secret of 16 bytes. */
  readonly auth: string;
}

/** A Web Push subscription: where notifications go, and the capabilities with which messages are rendered for it. */
export interface PushSubscription extends PushKeys {
  readonly endpoint: string;
  readonly caps: readonly string[];
}

/** A stored account. Times in milliseconds since 1970. */
export interface AccountRecord extends Account {
  /** As its owner writes it; the nick of this name is reserved to the account. */
  readonly name: string;
  readonly created: number;
  /** Its conversations belong to it from this sequence number on; absent: all of them do. */
  readonly since?: number | undefined;
  /** The argon2id hash of the password, by `Bun.password`; `undefined` if only keys log in. */
  readonly hash: string | undefined;
  /** Made together with the hash; an imported hash has none, so only PLAIN works. */
  readonly scram: ScramKeys | undefined;
  /** SHA-256 of client certificates, in hex, and of SSH keys, `SHA256:…`. They log in by themselves. */
  readonly fingerprints: readonly string[];
  /** Certificates added without proof of their key: they log in only together with the account's name. */
  readonly named?: readonly string[] | undefined;
  /** Notes on its keys. Those added by an earlier version have none. */
  readonly keys?: readonly KeyNote[] | undefined;
  /** Nicks whose messages its sessions are not shown. */
  readonly ignored?: readonly Folded[] | undefined;
  /** Every client that logs in is put back in its rooms, also one that does not ask for it. */
  readonly autojoin?: boolean | undefined;
  /** The metadata of its members. */
  readonly metadata?: MetadataRecord | undefined;
  /** Its Web Push subscriptions, oldest first. */
  readonly push?: readonly PushSubscription[] | undefined;
}

/** A successful authentication: the account, with the password hash that it had then. */
export interface Login extends Pick<AccountRecord, "id" | "name" | "hash"> {
  /** The fingerprint of the key that logged in; `undefined` for a password. */
  readonly key?: string | undefined;
}
