import { fold } from "../text/fold.ts";
import { skeleton } from "../text/skeleton.ts";
import { isKept, isNick } from "./names.ts";
import type { Store } from "./store.ts";
import { Tries } from "./tries.ts";

/** A SCRAM verifier (RFC 5802): what proves a password without being one. Bytes in base64. */
export interface ScramKeys {
  readonly salt: string;
  readonly iterations: number;
  readonly storedKey: string;
  readonly serverKey: string;
}

/** What is kept of an account. Times in milliseconds since 1970. */
export interface AccountRecord {
  /** As its owner writes it; folded, it is the account's key, and a nick that is nobody else's. */
  readonly name: string;
  readonly created: number;
  /** Of the password, by `Bun.password`; `undefined` where only certificates log in. */
  readonly hash: string | undefined;
  /** Made with the hash; an imported hash has none, and PLAIN only. */
  readonly scram: ScramKeys | undefined;
  /** SHA-256 of client certificates, in hex. */
  readonly fingerprints: readonly string[];
}

/** Turns passwords into what is kept of them, off the event loop; at most a few at once, the others wait. */
export interface Hashing {
  hash(password: string): Promise<Pick<AccountRecord, "hash" | "scram">>;
  verify(password: string, hash: string): Promise<boolean>;
  /** A hash of no one's password: verifying against it takes as long as against any. */
  readonly dummy: Promise<string>;
}

/** Who asks, as far as tries are counted. */
export interface Asker {
  /** Of the connection, for logs. */
  readonly id?: number;
  readonly address: string;
  /** No limits apply to this address. */
  readonly isExempt: boolean;
}

/** Why someone does not get an account, or not into it. */
export type AccountRefusal =
  | { readonly why: "registration-off" }
  | { readonly why: "account-exists"; readonly name: string }
  | { readonly why: "account-name-bad"; readonly name: string }
  | { readonly why: "password-bad"; readonly least: number; readonly most: number }
  | { readonly why: "credentials-wrong" }
  | { readonly why: "too-many-tries"; readonly seconds: number }
  | { readonly why: "accounts-not-stored" };

/** Why a certificate is not to log in to an account, or goes on to. */
export type CertificateRefusal =
  | { readonly why: "certificate-taken" }
  | { readonly why: "certificate-unknown" }
  | { readonly why: "too-many-certificates"; readonly most: number }
  | { readonly why: "accounts-not-stored" };

/** How an attempt ended. */
export type Outcome = { readonly account: AccountRecord } | { readonly refusal: AccountRefusal };

export interface AccountsSetup {
  readonly store: Store;
  readonly hashing: Hashing;
  readonly clock: () => number;
  readonly registration: boolean;
  readonly nickLength: number;
  /** Which addresses count as one, where tries are counted; each for itself, if nothing is said. */
  readonly blockOf?: ((address: string) => string) | undefined;
  /** Told of every try, and of why it came to nothing. */
  readonly watch?: AccountWatch | undefined;
}

/** A bystander of tries: a log, a counter. */
export type AccountWatch = (
  what: "login" | "registration",
  name: string,
  asker: Asker,
  refusal: AccountRefusal | undefined,
) => void;

/** How long a password may be: a SASL PLAIN message holds the longest with room to spare. */
export const PASSWORD_BYTES = { least: 1, most: 300 } as const;

const CERTIFICATES = 16; // that log in to one account
const TRIES = 3; // logins a minute, per address and per account (Ergo)

/** Saved identities, and the one place where someone's right to one is decided, whatever face they come by. */
export class Accounts {
  readonly #store: Store;
  readonly #hashing: Hashing;
  readonly #clock: () => number;
  nickLength: number;
  readonly #tries: Tries;
  readonly #blockOf: (address: string) => string;
  readonly #watch: AccountWatch;
  /** Whether people may make accounts for themselves. */
  registration: boolean;

  constructor({ store, hashing, clock, registration, nickLength, blockOf, watch = () => {} }: AccountsSetup) {
    this.#blockOf = blockOf ?? ((address) => address);
    this.#store = store;
    this.#hashing = hashing;
    this.#clock = clock;
    this.nickLength = nickLength;
    this.#tries = new Tries(TRIES, 60_000, clock);
    this.registration = registration;
    this.#watch = watch;
  }

  find(name: string): AccountRecord | undefined {
    return this.#store.loadAccount(fold(name));
  }

  /** Makes an account. The name is looked at again once the password is hashed: another may have been quicker. */
  async register(name: string, password: string, asker: Asker): Promise<Outcome> {
    const outcome = await this.#register(name, password, asker);
    this.#watch("registration", name, asker, "refusal" in outcome ? outcome.refusal : undefined);
    return outcome;
  }

  async #register(name: string, password: string, asker: Asker): Promise<Outcome> {
    const unfit = this.#registration(name, password, asker);
    if (unfit) return { refusal: unfit };
    const kept = await this.#hashing.hash(password);
    if (this.find(name)) return { refusal: { why: "account-exists", name } };
    if (this.#store.isDown) return { refusal: { why: "accounts-not-stored" } };
    const account = { name, created: this.#clock(), ...kept, fingerprints: [] };
    this.#store.saveAccount(fold(name), account);
    return { account };
  }

  /** Whether the password is the account's. Takes as long for an account that is not there. */
  async login(name: string, password: string, asker: Asker): Promise<Outcome> {
    const refusal = this.mayTry(name, asker);
    if (refusal) return { refusal };
    const account = this.find(name);
    const good = await this.#hashing.verify(
      password.slice(0, PASSWORD_BYTES.most),
      account?.hash ?? (await this.#hashing.dummy),
    );
    // Meanwhile it may have been removed, or have got another password.
    const isStill = this.find(name)?.hash === account?.hash;
    if (good && isStill && account?.hash !== undefined) return { account: this.proved(account, asker) };
    return { refusal: this.disproved(name, asker) };
  }

  /** Counts a try, and answers why there may be none now. */
  mayTry(name: string, asker: Asker): AccountRefusal | undefined {
    const { address, isExempt } = asker;
    if (isExempt) return undefined;
    // An address that may not try must not use up the account's tries, or it could lock everyone out.
    const wait = this.#tries.count(this.#from(address)) || this.#tries.count(fold(name));
    if (wait === 0) return undefined;
    const refusal: AccountRefusal = { why: "too-many-tries", seconds: Math.ceil(wait / 1000) };
    this.#watch("login", name, asker, refusal);
    return refusal;
  }

  /** Someone has shown to be the account's: earlier tries are forgotten. Answers the account. */
  proved(account: AccountRecord, asker: Asker): AccountRecord {
    this.#tries.forget(this.#from(asker.address));
    this.#tries.forget(fold(account.name));
    this.#watch("login", account.name, asker, undefined);
    return account;
  }

  /** Someone has failed to. Answers what they are to be told. */
  disproved(name: string, asker: Asker): AccountRefusal {
    const refusal: AccountRefusal = { why: "credentials-wrong" };
    this.#watch("login", name, asker, refusal);
    return refusal;
  }

  /** The account that a certificate logs in to, if there is one: of this name, where a name is given. */
  withFingerprint(fingerprint: string, name: string): AccountRecord | undefined {
    const holds = (account: AccountRecord) => account.fingerprints.includes(fingerprint);
    if (name !== "") {
      const account = this.find(name);
      return account && holds(account) ? account : undefined;
    }
    for (const account of this.#store.accounts()) if (holds(account)) return account;
    return undefined;
  }

  /** From now on a certificate logs in to the account; it is no other one's. */
  addFingerprint(name: string, fingerprint: string): CertificateRefusal | undefined {
    if (this.withFingerprint(fingerprint, "")) return { why: "certificate-taken" };
    return this.#keepFingerprints(name, (kept) => [...kept, fingerprint]);
  }

  /** From now on it does not. */
  removeFingerprint(name: string, fingerprint: string): CertificateRefusal | undefined {
    if (!this.withFingerprint(fingerprint, name)) return { why: "certificate-unknown" };
    return this.#keepFingerprints(name, (kept) => kept.filter((other) => other !== fingerprint));
  }

  #keepFingerprints(
    name: string,
    change: (kept: readonly string[]) => readonly string[],
  ): CertificateRefusal | undefined {
    const account = this.find(name);
    if (!account || this.#store.isDown) return { why: "accounts-not-stored" };
    const fingerprints = change(account.fingerprints);
    if (fingerprints.length > CERTIFICATES) return { why: "too-many-certificates", most: CERTIFICATES };
    this.#store.saveAccount(fold(name), { ...account, fingerprints });
    return undefined;
  }

  /** By what the tries of an address are counted: no account has such a name. */
  #from(address: string): string {
    return `@${this.#blockOf(address)}`;
  }

  #registration(name: string, password: string, { address, isExempt }: Asker): AccountRefusal | undefined {
    if (!this.registration) return { why: "registration-off" };
    if (!isNick(name, this.nickLength) || isKept(name)) return { why: "account-name-bad", name };
    if (password.length < PASSWORD_BYTES.least || Buffer.byteLength(password) > PASSWORD_BYTES.most) {
      return { why: "password-bad", least: PASSWORD_BYTES.least, most: PASSWORD_BYTES.most };
    }
    const [like] = this.#store.accountsLike(skeleton(name));
    if (like !== undefined) return { why: "account-exists", name: like };
    const wait = isExempt ? 0 : this.#tries.count(this.#from(address));
    return wait > 0 ? { why: "too-many-tries", seconds: Math.ceil(wait / 1000) } : undefined;
  }
}
