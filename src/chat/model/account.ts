import type { Folded } from "../../text/fold.ts";
import type { Store } from "../store.ts";
import type { MetadataRecord } from "./metadata.ts";

/** The id of an account: random, shown to nobody, never given twice. Sessions, ranks, bans and authorship go by it. */
export type AccountId = string & { readonly [id]: true };

declare const id: unique symbol;

/** An account: whose something is, and how its owner writes its name. A name made anew has another id. */
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

/** Whether both are the same account; no account is nobody's. */
export function isSameAccount(one: Account | undefined, other: Account | undefined): boolean {
  return one !== undefined && one.id === other?.id;
}

/** The account that was proved, unless it was removed since, or has another password. */
export function stillProved(store: Pick<Store, "account">, login: Login | undefined): Account | undefined {
  const account = login && store.account(login.id);
  return account && account.hash === login.hash ? { id: account.id, name: account.name } : undefined;
}

/** All certificates that log in to an account, by themselves or with its name. */
export function certificatesOf({ fingerprints, named = [] }: AccountRecord): readonly string[] {
  return [...fingerprints, ...named];
}

/** A SCRAM verifier (RFC 5802): what proves a password without being one. Bytes in base64. */
export interface ScramKeys {
  readonly salt: string;
  readonly iterations: number;
  readonly storedKey: string;
  readonly serverKey: string;
}

/** What is kept of an account. Times in milliseconds since 1970. */
export interface AccountRecord extends Account {
  /** As its owner writes it; folded, it is a nick that is nobody else's. */
  readonly name: string;
  readonly created: number;
  /** From which number of the order on its conversations are its own; all of them are, if this is not there. */
  readonly since?: number | undefined;
  /** Of the password, by `Bun.password`; `undefined` where only certificates log in. */
  readonly hash: string | undefined;
  /** Made with the hash; an imported hash has none, and PLAIN only. */
  readonly scram: ScramKeys | undefined;
  /** SHA-256 of client certificates, in hex. */
  readonly fingerprints: readonly string[];
  /** Others, whose key nobody has shown to have: they log in with the account's name alone. */
  readonly named?: readonly string[] | undefined;
  /** Nicks whose words its sessions are not shown. */
  readonly ignored?: readonly Folded[] | undefined;
  /** The metadata of its members. */
  readonly metadata?: MetadataRecord | undefined;
}

/** An account as someone has proved to own it: with the password, or the key, that it had then. */
export type Login = Pick<AccountRecord, "id" | "name" | "hash">;
