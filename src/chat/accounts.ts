import { fold } from "../text/fold.ts";
import { skeleton } from "../text/skeleton.ts";
import { type Account, type AccountId, newAccountId } from "./account.ts";
import { AttemptLimiter } from "./attempts.ts";
import type { AccountLimits, ChatLimits } from "./limits.ts";
import { isKept, isNick } from "./names.ts";
import { fitsPassword, PASSWORD_BYTES } from "./passwords.ts";
import type { Store } from "./store.ts";

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
}

/** An account as someone has proved to own it: with the password, or the key, that it had then. */
export type Login = Pick<AccountRecord, "id" | "name" | "hash">;

/** The account that was proved, unless it was removed since, or has another password. */
export function stillProved(store: Pick<Store, "account">, login: Login | undefined): Account | undefined {
  const account = login && store.account(login.id);
  return account && account.hash === login.hash ? { id: account.id, name: account.name } : undefined;
}

/** Takes an account away, with all that is kept for it, and has its sessions logged out. */
export function removeAccount(store: Store, { id, name }: Account): void {
  store.removeAccount(id);
  store.logOut({ account: { id, name }, why: "account-removed" });
}

/** Gives an account another password, and has its sessions logged out; its certificates go, unless they are kept. */
export function changePassword(
  store: Store,
  account: AccountRecord,
  secret: Pick<AccountRecord, "hash" | "scram">,
  { keepsCertificates }: { readonly keepsCertificates: boolean },
): void {
  const { id, name } = account;
  const { fingerprints, named } = keepsCertificates ? account : { fingerprints: [], named: undefined };
  store.saveAccount({ ...account, ...secret, fingerprints, named });
  store.logOut({ account: { id, name }, why: "password-changed" });
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
  /** SHA-256 of the certificate that it has shown, in hex. */
  readonly fingerprint?: string | undefined;
  /** No limits apply to this address. */
  readonly isExempt: boolean;
}

/** Why someone does not get an account, or not into it. */
export type AccountRefusal =
  | { readonly why: "registration-off" }
  | { readonly why: "logged-in"; readonly account: string }
  | { readonly why: "not-logged-in" }
  /** Somebody else has it who is not logged in. */
  | { readonly why: "nick-in-use"; readonly name: string }
  | { readonly why: "account-exists"; readonly name: string }
  | { readonly why: "account-name-bad"; readonly name: string }
  /** It has fewer characters than `least`, or more bytes than `most`. */
  | { readonly why: "email-missing" }
  | { readonly why: "password-bad"; readonly least: number; readonly most: number }
  | { readonly why: "credentials-wrong" }
  | { readonly why: "too-many-tries"; readonly seconds: number }
  | { readonly why: "too-many-registrations"; readonly most: number; readonly seconds: number }
  | { readonly why: "accounts-not-stored" };

/** Why a certificate is not to log in to an account, or goes on to. */
export type CertificateRefusal =
  | { readonly why: "certificate-taken" }
  | { readonly why: "certificate-unknown" }
  | { readonly why: "too-many-certificates"; readonly most: number }
  | { readonly why: "accounts-not-stored" };

/** How an attempt ended. */
export type Outcome = { readonly account: AccountRecord } | Refused;

export interface Refused {
  readonly refusal: AccountRefusal;
}

/** A password that an account is to have, and whether its certificates go on to log in. */
export interface NewPassword {
  readonly password: string;
  readonly keepsCertificates: boolean;
}

/** An account has another password. */
export interface PasswordChange extends NewPassword {
  /** As it was before. */
  readonly account: AccountRecord;
}

/** An account that someone wants to make. */
export interface NewAccount {
  readonly name: string;
  readonly password: string;
  /** An e-mail address, where one has to be given; it is not kept. */
  readonly email?: string | undefined;
  /** Whether somebody else has the nick at present. */
  readonly isHeld?: () => boolean;
}

/** Which account someone wants to log in to, and its password. */
export interface Credentials {
  readonly name: string;
  readonly password: string;
}

/** The part of the running configuration that accounts use. */
export interface AccountsConfig {
  /** Whether people may make accounts for themselves. */
  readonly registration: boolean;
  /** Whether they have to give an e-mail address for it. */
  readonly requireEmail: boolean;
  readonly accounts: AccountLimits;
  readonly limits: Pick<ChatLimits, "nickLength">;
}

export interface AccountsSetup {
  readonly config: AccountsConfig;
  readonly store: Store;
  readonly hashing: Hashing;
  readonly clock: () => number;
  /** Tries are counted by it; by default the clock. */
  readonly steady?: () => number;
  /** Which addresses count as one, where tries are counted; each for itself, if nothing is said. */
  readonly blockOf?: ((address: string) => string) | undefined;
  /** Told of every try, and of why it came to nothing. */
  readonly watch?: AccountWatch | undefined;
}

/** The tries about an account that are watched. */
export type Attempt = "login" | "registration" | "new password" | "removal";

/** A bystander of tries: a log, a counter. */
export type AccountWatch = (what: Attempt, name: string, asker: Asker, refusal: AccountRefusal | undefined) => void;

const CERTIFICATES = 16; // that log in to one account
const MINUTE = 60_000; // ms in which failed logins are counted
const DAY = 86_400_000; // ms in which registrations are counted
const KEY_LENGTH = 64; // characters of a name by which its logins are counted

/** Saved identities, and the one place where someone's right to one is decided, whatever face they come by. */
export class Accounts {
  readonly #store: Store;
  readonly #hashing: Hashing;
  readonly #clock: () => number;
  readonly #config: AccountsConfig;
  /** Failed logins to an account from an address. */
  readonly #failures: AttemptLimiter;
  /** Failed logins from an address, to whatever account. */
  readonly #failuresFrom: AttemptLimiter;
  readonly #registrations: AttemptLimiter;
  /** Logins that are being verified: those to one account from one address take turns. */
  readonly #verifying = new Map<string, Promise<unknown>>();
  readonly #blockOf: (address: string) => string;
  readonly #watch: AccountWatch;

  constructor({ store, hashing, clock, steady = clock, config, blockOf, watch }: AccountsSetup) {
    this.#config = config;
    this.#blockOf = blockOf ?? ((address) => address);
    this.#store = store;
    this.#hashing = hashing;
    this.#clock = clock;
    this.#failures = new AttemptLimiter(() => this.#config.accounts.logins, MINUTE, steady);
    this.#failuresFrom = new AttemptLimiter(() => this.#config.accounts.loginsPerAddress, MINUTE, steady);
    this.#registrations = new AttemptLimiter(() => this.#config.accounts.registrationsPerAddress, DAY, steady);
    this.#watch = watch ?? (() => {});
  }

  find(name: string): AccountRecord | undefined {
    return this.#store.loadAccount(fold(name));
  }

  /** The account as it is now; `undefined` once it was removed. */
  withId(id: AccountId): AccountRecord | undefined {
    return this.#store.account(id);
  }

  /** Whether what was proved holds: the account is there, and has the same password. */
  holds(login: Login): boolean {
    return stillProved(this.#store, login) !== undefined;
  }

  /** Makes an account. All is looked at again once the password is hashed: another may have been quicker. */
  async register(wish: NewAccount, asker: Asker): Promise<Outcome> {
    const outcome = await this.#register(wish, asker);
    this.#watch("registration", wish.name, asker, "refusal" in outcome ? outcome.refusal : undefined);
    return outcome;
  }

  async #register(wish: NewAccount, asker: Asker): Promise<Outcome> {
    const unfit = this.#registration(wish, asker);
    if (unfit) return { refusal: unfit };
    const from = this.#blockOf(asker.address);
    if (!asker.isExempt) this.#registrations.add(from);
    const { name } = wish;
    const kept = await this.#hashing.hash(wish.password);
    const refusal = this.#taken(wish);
    if (refusal) {
      if (!asker.isExempt) this.#registrations.takeBack(from);
      return { refusal };
    }
    const account = { id: newAccountId(), name, created: this.#clock(), ...kept, fingerprints: [] };
    this.#store.saveAccount(account);
    return { account };
  }

  /** Whether the password is the account's. Takes as long for an account that is not there. */
  async login(name: string, password: string, asker: Asker): Promise<Outcome> {
    if (asker.isExempt) return this.#login(name, password, asker);
    // One after the other: so no more passwords are looked at than may be tried, however many come at a time.
    const key = this.#pair(name, asker);
    const before = this.#verifying.get(key) ?? Promise.resolve();
    const outcome = before.then(() => this.#login(name, password, asker));
    const done = outcome.catch(() => {});
    this.#verifying.set(key, done);
    try {
      return await outcome;
    } finally {
      if (this.#verifying.get(key) === done) this.#verifying.delete(key);
    }
  }

  async #login(name: string, password: string, asker: Asker): Promise<Outcome> {
    const refusal = this.mayTry(name, asker);
    if (refusal) return { refusal };
    // A longer password belongs to no account, and is not worth a hash.
    if (Buffer.byteLength(password) > PASSWORD_BYTES) return { refusal: this.#passwordBad };
    const account = this.find(name);
    const good = await this.#hashing.verify(password, account?.hash ?? (await this.#hashing.dummy));
    // Meanwhile it may have been removed, or have got another password.
    const isStill = this.find(name)?.hash === account?.hash;
    if (good && isStill && account?.hash !== undefined) return { account: this.proved(account, asker) };
    return { refusal: this.disproved(name, asker) };
  }

  /**
   * The words behind a command to log in: `[ACCOUNT] PASSWORD`, a blank between them. A password may hold blanks too: the
   * first word is an account's name if there is one of that name, and otherwise part of the password of the nick `own`.
   */
  credentialsIn(words: string, own: string): Credentials {
    const [, name = "", password = ""] = /^ *(\S+) (.+)$/s.exec(words) ?? [];
    return password !== "" && this.find(name) ? { name, password } : { name: own, password: words };
  }

  /** The words behind a command that makes an account: `PASSWORD`, or `PASSWORD EMAIL` where an address has to be given. */
  secretIn(words: string): Pick<NewAccount, "password" | "email"> {
    const [, password, email] = (this.#config.requireEmail && /^(.*) (\S+)$/s.exec(words)) || [];
    return password !== undefined && email !== undefined && isEmail(email) ? { password, email } : { password: words };
  }

  /** Why this address may not try to log in to this account now. */
  mayTry(name: string, asker: Asker): AccountRefusal | undefined {
    if (asker.isExempt) return undefined;
    const wait = this.#failures.wait(this.#pair(name, asker)) || this.#failuresFrom.wait(this.#blockOf(asker.address));
    if (wait === 0) return undefined;
    const refusal: AccountRefusal = { why: "too-many-tries", seconds: Math.ceil(wait / 1000) };
    this.#watch("login", name, asker, refusal);
    return refusal;
  }

  /** Someone has shown to be the account's: earlier failures to are forgotten. Answers the account. */
  proved(account: AccountRecord, asker: Asker): AccountRecord {
    this.#failures.forget(this.#pair(account.name, asker));
    this.#watch("login", account.name, asker, undefined);
    return account;
  }

  /** Someone has failed to, which counts. Answers what they are to be told. */
  disproved(name: string, asker: Asker): AccountRefusal {
    if (!asker.isExempt) {
      this.#failures.add(this.#pair(name, asker));
      this.#failuresFrom.add(this.#blockOf(asker.address));
    }
    const refusal: AccountRefusal = { why: "credentials-wrong" };
    this.#watch("login", name, asker, refusal);
    return refusal;
  }

  /**
   * Gives an account another password, as its owner wishes, and has its sessions logged out (`Chat.enforceLogouts`).
   * `owner` is asked again once the password is hashed: meanwhile the session may have been logged out.
   */
  async changePassword(
    owner: () => Account | undefined,
    wish: string | NewPassword,
    asker: Asker,
  ): Promise<PasswordChange | Refused> {
    const name = owner()?.name ?? "*";
    const outcome = await this.#changePassword(owner, wish);
    this.#watch("new password", name, asker, "refusal" in outcome ? outcome.refusal : undefined);
    return outcome;
  }

  async #changePassword(
    owner: () => Account | undefined,
    wish: string | NewPassword,
  ): Promise<PasswordChange | Refused> {
    const record = () => {
      const account = owner();
      return account && this.withId(account.id);
    };
    const account = record();
    if (!account) return { refusal: { why: "not-logged-in" } };
    const { password, keepsCertificates } = typeof wish === "string" ? await this.#newPasswordIn(wish, account) : wish;
    if (!fitsPassword(password, this.#config.accounts.passwordLength)) return { refusal: this.#passwordBad };
    const secret = await this.#hashing.hash(password);
    const still = record();
    if (still?.id !== account.id) return { refusal: { why: "not-logged-in" } };
    if (this.#store.isDown) return { refusal: { why: "accounts-not-stored" } };
    changePassword(this.#store, still, secret, { keepsCertificates });
    return { account: still, password, keepsCertificates };
  }

  /** `[--keep-certificates] [OLD] PASSWORD` as people say it: the first word is the old one if it is right as that. */
  async #newPasswordIn(words: string, { hash }: AccountRecord): Promise<NewPassword> {
    const [, kept] = /^ *--keep-certificates (.+)$/s.exec(words) ?? [];
    const given = kept ?? words;
    const [, old = "", password = ""] = /^ *(\S+) (.+)$/s.exec(given) ?? [];
    const isOld = password !== "" && hash !== undefined && (await this.#hashing.verify(old, hash));
    return { password: isOld ? password : given, keepsCertificates: kept !== undefined };
  }

  /**
   * Removes an account, as its owner wishes and has confirmed: with the password, or with its name where it has none. Its
   * sessions are to be logged out (`Chat.enforceLogouts`).
   */
  async drop(owner: Account, words: string, asker: Asker): Promise<Outcome> {
    const { name, password } = this.credentialsIn(words, owner.name);
    const outcome = await this.#confirmed(owner, name, password, asker);
    if ("account" in outcome) removeAccount(this.#store, outcome.account);
    this.#watch("removal", owner.name, asker, "refusal" in outcome ? outcome.refusal : undefined);
    return outcome;
  }

  async #confirmed({ id }: Account, name: string, password: string, asker: Asker): Promise<Outcome> {
    const account = this.withId(id);
    if (!account) return { refusal: { why: "not-logged-in" } };
    const isOwn = fold(name) === fold(account.name);
    if (account.hash === undefined && isOwn && fold(password) === fold(account.name)) return { account };
    const outcome = isOwn ? await this.login(name, password, asker) : { refusal: this.disproved(account.name, asker) };
    if ("account" in outcome && outcome.account.id !== id) return { refusal: { why: "not-logged-in" } };
    if ("account" in outcome && this.#store.isDown) return { refusal: { why: "accounts-not-stored" } };
    return outcome;
  }

  /** The account that a certificate logs in to, if there is one: of this name, where a name is given. */
  withFingerprint(fingerprint: string, name: string): AccountRecord | undefined {
    if (name === "") return this.#store.accountsWith(fingerprint)[0];
    const account = this.find(name);
    return account && certificatesOf(account).includes(fingerprint) ? account : undefined;
  }

  /**
   * From now on a certificate logs in to the account. One whose key this session has shown to have does so by itself, and
   * is no other account's; another does with the account's name, and is in nobody's way.
   */
  addFingerprint(account: Account, fingerprint: string, isShown: boolean): CertificateRefusal | undefined {
    const taken = isShown ? this.withFingerprint(fingerprint, "") : this.withFingerprint(fingerprint, account.name);
    if (taken) return { why: "certificate-taken" };
    return this.#keepCertificates(account, ({ fingerprints, named = [] }) =>
      isShown
        ? { fingerprints: [...fingerprints, fingerprint], named: without(named, fingerprint) }
        : { fingerprints, named: [...named, fingerprint] },
    );
  }

  /** From now on it does not. */
  removeFingerprint(account: Account, fingerprint: string): CertificateRefusal | undefined {
    const record = this.withId(account.id);
    if (!record || !certificatesOf(record).includes(fingerprint)) return { why: "certificate-unknown" };
    return this.#keepCertificates(account, ({ fingerprints, named = [] }) => ({
      fingerprints: without(fingerprints, fingerprint),
      named: without(named, fingerprint),
    }));
  }

  #keepCertificates(
    { id }: Account,
    change: (account: AccountRecord) => Pick<AccountRecord, "fingerprints" | "named">,
  ): CertificateRefusal | undefined {
    const account = this.withId(id);
    if (!account || this.#store.isDown) return { why: "accounts-not-stored" };
    const changed = { ...account, ...change(account) };
    if (certificatesOf(changed).length > CERTIFICATES) return { why: "too-many-certificates", most: CERTIFICATES };
    this.#store.saveAccount(changed);
    return undefined;
  }

  /** By what failed logins to an account from an address are counted. */
  #pair(name: string, { address }: Asker): string {
    return `${this.#blockOf(address)} ${fold(name).slice(0, KEY_LENGTH)}`;
  }

  get #passwordBad(): AccountRefusal {
    return { why: "password-bad", least: this.#config.accounts.passwordLength, most: PASSWORD_BYTES };
  }

  #registration(wish: NewAccount, { address, isExempt }: Asker): AccountRefusal | undefined {
    const { name, password, email = "" } = wish;
    if (!this.#config.registration) return { why: "registration-off" };
    if (!isNick(name, this.#config.limits.nickLength) || isKept(name)) return { why: "account-name-bad", name };
    if (this.#config.requireEmail && !isEmail(email)) return { why: "email-missing" };
    if (!fitsPassword(password, this.#config.accounts.passwordLength)) return this.#passwordBad;
    const taken = this.#taken(wish);
    if (taken) return taken;
    const wait = isExempt ? 0 : this.#registrations.wait(this.#blockOf(address));
    if (wait === 0) return undefined;
    const { registrationsPerAddress: most } = this.#config.accounts;
    return { why: "too-many-registrations", most, seconds: Math.ceil(wait / 1000) };
  }

  /** Why there can be no account of this name, when one is asked for and again when its password is hashed. */
  #taken({ name, isHeld }: NewAccount): AccountRefusal | undefined {
    const [like] = this.#store.accountsLike(skeleton(name));
    if (like !== undefined) return { why: "account-exists", name: like };
    if (isHeld?.()) return { why: "nick-in-use", name };
    return this.#store.isDown ? { why: "accounts-not-stored" } : undefined;
  }
}

/** All certificates that log in to an account, by themselves or with its name. */
export function certificatesOf({ fingerprints, named = [] }: AccountRecord): readonly string[] {
  return [...fingerprints, ...named];
}

function without(all: readonly string[], one: string): readonly string[] {
  return all.filter((other) => other !== one);
}

function isEmail(text: string): boolean {
  return /^[^\s@]+@[^\s@]+$/.test(text);
}
