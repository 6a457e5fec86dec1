import { isToken } from "../text/address.ts";
import { fold } from "../text/fold.ts";
import { AttemptLimiter } from "./attempt-limiter.ts";
import type { Chat } from "./chat.ts";
import { type CodeSource, LinkCodes } from "./link-codes.ts";
import {
  type Account,
  type AccountId,
  type AccountRecord,
  certificatesOf,
  type Login,
  verifiedAccount,
} from "./model/account.ts";
import type {
  ChangeCertificateAct,
  ChangePasswordAct,
  LinkKeyAct,
  RegisterAct,
  RemoveAccountAct,
} from "./model/act.ts";
import { type AccountLimits, PASSWORD_BYTES } from "./model/limits.ts";
import type { AccountRefusal, Refusal } from "./model/refusal.ts";
import type { Asker, Session } from "./model/session.ts";
import type { TokenMaker, TokenRecord } from "./model/token.ts";
import type { AccountStore, TokenStore } from "./store.ts";

/** Hashes and verifies passwords off the event loop; a few at once, the others queue. */
export interface Hashing {
  hash(password: string): Promise<Pick<AccountRecord, "hash" | "scram">>;
  verify(password: string, hash: string): Promise<boolean>;
  /** A hash of no account: verifying against it takes as long as against a real one. */
  readonly dummy: Promise<string>;
}

/** Every reason, for `isAccountRefusal`. */
const REASONS: Readonly<Record<AccountRefusal["why"], true>> = {
  "registration-off": true,
  "logged-in": true,
  "not-logged-in": true,
  "nick-in-use": true,
  "account-exists": true,
  "account-name-bad": true,
  "email-missing": true,
  "password-bad": true,
  "credentials-wrong": true,
  "too-many-tries": true,
  "too-many-registrations": true,
  "certificate-taken": true,
  "certificate-unknown": true,
  "too-many-certificates": true,
  "key-missing": true,
  "key-taken": true,
  "key-unknown": true,
  "last-key": true,
  "code-wrong": true,
  "name-missing": true,
  "accounts-not-stored": true,
};

function isAccountRefusal(refusal: Refusal): refusal is AccountRefusal {
  return refusal.why in REASONS;
}

/** The acts that change accounts: their refusals are answered here, not by the session's `refuse`. */
type AccountAct = RegisterAct | ChangePasswordAct | ChangeCertificateAct | LinkKeyAct | RemoveAccountAct;

/** How an attempt ended. */
export type AccountOutcome = LoggedIn | Refused;

interface LoggedIn {
  readonly account: AccountRecord;
  /** The name of the token that has logged in, in place of a password. */
  readonly token?: string | undefined;
}

interface Refused {
  readonly refusal: AccountRefusal;
}

/** A new password, and whether the account keeps its certificates. */
interface NewPassword {
  readonly password: string;
  readonly keepsCertificates: boolean;
}

/** A changed password. */
export interface PasswordChange extends NewPassword {
  /** The account before the change. */
  readonly account: AccountRecord;
}

/** A requested account. */
interface Registration {
  readonly name: string;
  /** `undefined`: the key that the connection shows is to log in. */
  readonly password: string | undefined;
  /** An e-mail address, if the server requires one; it is not stored. */
  readonly email?: string | undefined;
}

/** The name and the password of a login. */
export interface Credentials {
  readonly name: string;
  readonly password: string;
}

/** The account that a device is to belong to, and the code that its owner has made. */
interface LinkRequest {
  readonly name: string;
  readonly code: string;
}

/** The part of the running configuration that accounts use. */
export interface AccountsConfig {
  /** Whether a registration needs an e-mail address. */
  readonly requireEmail: boolean;
  readonly accounts: AccountLimits;
}

interface AccountsSetup {
  readonly config: AccountsConfig;
  /** For lookups only: the chat's acts change accounts. */
  readonly store: Pick<AccountStore & TokenStore, "account" | "loadAccount" | "accountsWith" | "token">;
  readonly chat: Pick<Chat, "submit" | "registrationRefusal">;
  readonly hashing: Hashing;
  /** Makes an id that no account has had. */
  readonly newId: () => AccountId;
  readonly tokens: TokenMaker;
  readonly codes: CodeSource;
  /** A monotonic clock in milliseconds, for counting attempts. */
  readonly steady: () => number;
  /** Maps an address to the block that attempts are counted by; by default, the address itself. */
  readonly blockOf?: ((address: string) => string) | undefined;
  /** Called with the outcome of every attempt. */
  readonly watch?: AccountWatch | undefined;
}

/** The kinds of attempts that are observed. */
export type Attempt = "login" | "registration" | "new password" | "removal";

/** Observes attempts, for logs and metrics; `refusal` is `undefined` for a success. */
export type AccountWatch = (what: Attempt, name: string, asker: Asker, refusal: AccountRefusal | undefined) => void;

const MINUTE = 60_000; // ms in which failed logins are counted
const DAY = 86_400_000; // ms in which registrations are counted
const KEY_LENGTH = 64; // characters of a name in the key of an attempt counter

/**
 * Registers and authenticates accounts for every protocol, and counts the attempts. It changes nothing itself: once a password
 * is hashed or verified, it submits an act to the chat, which checks again.
 */
export class Accounts {
  readonly #store: AccountsSetup["store"];
  readonly #chat: AccountsSetup["chat"];
  readonly #hashing: Hashing;
  readonly #newId: () => AccountId;
  readonly #config: AccountsConfig;
  /** Failed logins to an account from an address. */
  readonly #failures: AttemptLimiter;
  /** Failed logins from an address, to any account. */
  readonly #failuresFrom: AttemptLimiter;
  readonly #registrations: AttemptLimiter;
  readonly #linkCodes: LinkCodes;
  /** Running logins, by account and address: those of one pair run one after the other. */
  readonly #verifying = new Map<string, Promise<unknown>>();
  readonly #blockOf: (address: string) => string;
  readonly #watch: AccountWatch;
  /** Makes and hashes tokens. */
  readonly tokens: TokenMaker;

  constructor({ store, chat, hashing, newId, tokens, codes, steady, config, blockOf, watch }: AccountsSetup) {
    this.#config = config;
    this.#blockOf = blockOf ?? ((address) => address);
    this.#store = store;
    this.#chat = chat;
    this.#hashing = hashing;
    this.#newId = newId;
    this.tokens = tokens;
    this.#failures = new AttemptLimiter(() => this.#config.accounts.logins, MINUTE, steady);
    this.#failuresFrom = new AttemptLimiter(() => this.#config.accounts.loginsPerAddress, MINUTE, steady);
    this.#registrations = new AttemptLimiter(() => this.#config.accounts.registrationsPerAddress, DAY, steady);
    this.#linkCodes = new LinkCodes(codes, steady);
    this.#watch = watch ?? (() => {});
  }

  /** The account with this name. */
  find(name: string): AccountRecord | undefined {
    return this.#store.loadAccount(fold(name));
  }

  /** The account with this id; `undefined` if it was removed. */
  withId(id: AccountId): AccountRecord | undefined {
    return this.#store.account(id);
  }

  /** Whether a login is still valid: the account exists and has the same password. */
  holds(login: Login): boolean {
    return verifiedAccount(this.#store, login) !== undefined;
  }

  /** Makes an account for a session. The chat checks again after hashing: another session may have been faster. */
  async register(registration: Registration, asker: Asker, session: Session): Promise<AccountOutcome> {
    const outcome = await this.#register(registration, asker, session);
    this.#watch("registration", registration.name, asker, "refusal" in outcome ? outcome.refusal : undefined);
    return outcome;
  }

  async #register(registration: Registration, asker: Asker, session: Session): Promise<AccountOutcome> {
    const early = this.#registrationRefusal(registration, asker, session);
    if (early) return { refusal: early };
    const from = this.#blockOf(asker.address);
    if (!asker.isExempt) this.#registrations.add(from);
    const { name, password } = registration;
    const secret =
      password === undefined
        ? { hash: undefined, scram: undefined, fingerprints: keysOf(asker) }
        : { ...(await this.#hashing.hash(password)), fingerprints: [] };
    const id = this.#newId();
    const refusal = await this.#submit(session, { type: "register", account: { id, name, ...secret } });
    const account = this.withId(id);
    if (account) return { account };
    if (!asker.isExempt) this.#registrations.takeBack(from);
    return { refusal: refusal ?? { why: "accounts-not-stored" } };
  }

  /** Submits an act and waits for it; returns its refusal. */
  #submit(session: Session, act: AccountAct): Promise<AccountRefusal | undefined> {
    return new Promise((resolve) => this.#submitThen(session, act, resolve));
  }

  /** Submits an act; calls `answer` synchronously when it has run. */
  #submitThen(session: Session, act: AccountAct, answer: (refusal: AccountRefusal | undefined) => void): void {
    let refusal: AccountRefusal | undefined;
    this.#chat.submit(
      session,
      act,
      (outcome) => answer(outcome === "happened" ? undefined : (refusal ?? { why: "not-logged-in" })),
      (why) => {
        if (isAccountRefusal(why)) refusal = why;
      },
    );
  }

  /** Verifies a password, or a login token in its place. Takes equally long if there is no such account. */
  login(name: string, password: string, asker: Asker): Promise<AccountOutcome> {
    return this.#inTurn(name, asker, () => this.#login(name, password, asker));
  }

  /** Runs a login, if the limits of attempts allow it. */
  async #inTurn(name: string, asker: Asker, login: () => Promise<AccountOutcome>): Promise<AccountOutcome> {
    if (asker.isExempt) return login();
    // One at a time, so that parallel logins cannot exceed the limit of attempts.
    const key = this.#pair(name, asker);
    const previous = this.#verifying.get(key) ?? Promise.resolve();
    const outcome = previous.then(() => {
      const refusal = this.attemptRefusal(name, asker);
      return refusal ? { refusal } : login();
    });
    const done = outcome.catch(() => {});
    this.#verifying.set(key, done);
    try {
      return await outcome;
    } finally {
      if (this.#verifying.get(key) === done) this.#verifying.delete(key);
    }
  }

  async #login(name: string, password: string, asker: Asker): Promise<AccountOutcome> {
    const token = isToken(password) ? this.#store.token(this.tokens.hash(password)) : undefined;
    const owner = token && this.#ownerOf(token);
    if (owner && fold(owner.name) === fold(name)) {
      asker.tokens = new Set(asker.tokens).add(token.hash);
      return { account: this.loginSucceeded(owner, asker), token: token.name };
    }
    return this.#loginByPassword(name, password, asker);
  }

  /** The account that a token logs in to. */
  #ownerOf({ kind, owner }: TokenRecord): AccountRecord | undefined {
    return kind === "login" ? this.withId(owner as AccountId) : undefined;
  }

  async #loginByPassword(name: string, password: string, asker: Asker): Promise<AccountOutcome> {
    // No account has a longer password: it is not worth a hash.
    if (Buffer.byteLength(password) > PASSWORD_BYTES) return { refusal: this.#passwordBad };
    const account = this.find(name);
    const isRight = await this.#hashing.verify(password, account?.hash ?? (await this.#hashing.dummy));
    // Meanwhile the account may have been removed, or its password changed.
    const isUnchanged = this.find(name)?.hash === account?.hash;
    if (isRight && isUnchanged && account?.hash !== undefined) return { account: this.loginSucceeded(account, asker) };
    return { refusal: this.loginFailed(name, asker) };
  }

  /**
   * Parses `[ACCOUNT] PASSWORD`, the parameters of a login command. A password may contain blanks: the first word is an
   * account's name if that account exists, and otherwise part of the password of the account `own`.
   */
  parseCredentials(words: string, own: string): Credentials {
    const [, name = "", password = ""] = /^ *(\S+) (.+)$/s.exec(words) ?? [];
    return password !== "" && this.find(name) ? { name, password } : { name: own, password: words };
  }

  /**
   * Parses `PASSWORD`, or `PASSWORD EMAIL` if the server requires an address: the parameters of a registration command.
   * Without a password, a key is to log in.
   */
  parseRegistration(words: string): Pick<Registration, "password" | "email"> {
    if (words.trim() === "") return { password: undefined };
    if (this.#config.requireEmail && isEmail(words.trim())) return { password: undefined, email: words.trim() };
    const [, password, email] = (this.#config.requireEmail && /^(.*) (\S+)$/s.exec(words)) || [];
    return password !== undefined && email !== undefined && isEmail(email) ? { password, email } : { password: words };
  }

  /** Why a login from this address to this account is not allowed now. */
  attemptRefusal(name: string, asker: Asker): AccountRefusal | undefined {
    if (asker.isExempt) return undefined;
    const wait = this.#failures.wait(this.#pair(name, asker)) || this.#failuresFrom.wait(this.#blockOf(asker.address));
    if (wait === 0) return undefined;
    const refusal: AccountRefusal = { why: "too-many-tries", seconds: Math.ceil(wait / 1000) };
    this.#watch("login", name, asker, refusal);
    return refusal;
  }

  /** Records a successful login and forgets earlier failures. Returns the account. */
  loginSucceeded(account: AccountRecord, asker: Asker): AccountRecord {
    this.#failures.forget(this.#pair(account.name, asker));
    this.#watch("login", account.name, asker, undefined);
    return account;
  }

  /** Counts a failed login. Returns its refusal. */
  loginFailed(name: string, asker: Asker): AccountRefusal {
    if (!asker.isExempt) {
      this.#failures.add(this.#pair(name, asker));
      this.#failuresFrom.add(this.#blockOf(asker.address));
    }
    const refusal: AccountRefusal = { why: "credentials-wrong" };
    this.#watch("login", name, asker, refusal);
    return refusal;
  }

  /**
   * Changes the password of a session's account and logs out its other sessions. A string is parsed as the parameters of
   * a command: `[--keep-certificates] [OLD] PASSWORD`.
   */
  async changePassword(given: string | NewPassword, asker: Asker, session: Session): Promise<PasswordChange | Refused> {
    const name = session.member?.who.account?.name ?? "*";
    const outcome = await this.#changePassword(given, session);
    this.#watch("new password", name, asker, "refusal" in outcome ? outcome.refusal : undefined);
    return outcome;
  }

  async #changePassword(given: string | NewPassword, session: Session): Promise<PasswordChange | Refused> {
    const owner = session.member?.who.account;
    const account = owner && this.withId(owner.id);
    if (!account) return { refusal: { why: "not-logged-in" } };
    const { password, ...change } = typeof given === "string" ? await this.#parseNewPassword(given, account) : given;
    // The first password takes nothing away from an account that only keys have logged in to.
    const keepsCertificates = change.keepsCertificates || account.hash === undefined;
    if (!fitsPassword(password, this.#config.accounts.passwordLength)) return { refusal: this.#passwordBad };
    const secret = await this.#hashing.hash(password);
    const before = this.withId(account.id) ?? account;
    const act = { type: "change-password", account: account.id, secret, keepsCertificates } as const;
    const refusal = await this.#submit(session, act);
    return refusal ? { refusal } : { account: before, password, keepsCertificates };
  }

  /** Parses `[--keep-certificates] [OLD] PASSWORD`: the first word is the old password if it verifies as that. */
  async #parseNewPassword(words: string, { hash }: AccountRecord): Promise<NewPassword> {
    const [, kept] = /^ *--keep-certificates (.+)$/s.exec(words) ?? [];
    const given = kept ?? words;
    const [, old = "", password = ""] = /^ *(\S+) (.+)$/s.exec(given) ?? [];
    const isOld = password !== "" && hash !== undefined && (await this.#hashing.verify(old, hash));
    return { password: isOld ? password : given, keepsCertificates: kept !== undefined };
  }

  /**
   * Removes the account of a session and logs out all its sessions. Its owner confirms with the password, or with the
   * account's name if it has no password.
   */
  async drop(words: string, asker: Asker, session: Session): Promise<AccountOutcome> {
    const owner = session.member?.who.account;
    if (!owner) return { refusal: { why: "not-logged-in" } };
    const outcome = await this.#drop(owner, words, asker, session);
    this.#watch("removal", owner.name, asker, "refusal" in outcome ? outcome.refusal : undefined);
    return outcome;
  }

  async #drop(owner: Account, words: string, asker: Asker, session: Session): Promise<AccountOutcome> {
    const { name, password } = this.parseCredentials(words, owner.name);
    const outcome = await this.#confirm(owner, name, password, asker);
    if ("refusal" in outcome) return outcome;
    const { id, hash } = outcome.account;
    const refusal = await this.#submit(session, {
      type: "remove-account",
      account: { id, name: outcome.account.name, hash },
    });
    return refusal ? { refusal } : outcome;
  }

  async #confirm({ id }: Account, name: string, password: string, asker: Asker): Promise<AccountOutcome> {
    const account = this.withId(id);
    if (!account) return { refusal: { why: "not-logged-in" } };
    const isOwn = fold(name) === fold(account.name);
    if (account.hash === undefined)
      return isOwn && fold(password.trim()) === fold(account.name)
        ? { account }
        : { refusal: { why: "name-missing", account: account.name } };
    return isOwn
      ? this.#confirmByPassword(account.name, password, asker)
      : { refusal: this.loginFailed(account.name, asker) };
  }

  /** A token does not remove the account. */
  #confirmByPassword(name: string, password: string, asker: Asker): Promise<AccountOutcome> {
    return this.#inTurn(name, asker, () => this.#loginByPassword(name, password, asker));
  }

  /** The login by the key that a connection shows, if an account has it. */
  keyLogin({ fingerprint }: Asker): Login | undefined {
    const account = fingerprint === undefined ? undefined : this.withFingerprint(fingerprint, "");
    return account && { id: account.id, name: account.name, hash: account.hash, key: fingerprint };
  }

  /** Makes the code by which the owner of an account adds another device, called `name`. */
  offerLink(account: Account, name: string | undefined): string {
    return this.#linkCodes.offer(account.id, name);
  }

  /**
   * Adds the key that the connection shows to the account whose owner has made this code; `answer` gets the account. A
   * wrong code counts as a failed login.
   */
  link({ name, code }: LinkRequest, asker: Asker, session: Session, answer: (outcome: AccountOutcome) => void): void {
    const { fingerprint } = asker;
    if (fingerprint === undefined) return answer({ refusal: KEY_MISSING });
    const refusal = this.#linkRefusal(name, fingerprint, asker, session);
    if (refusal) return answer({ refusal });
    const account = this.find(name);
    const offer = this.#linkCodes.use(account?.id, code);
    if (!offer || !account) {
      this.loginFailed(name, asker);
      return answer({ refusal: { why: "code-wrong" } });
    }
    const act = { type: "link-key", account: account.id, fingerprint, name: offer.name } as const;
    this.#submitThen(session, act, (refusal) =>
      answer(refusal ? { refusal } : { account: this.loginSucceeded(account, asker) }),
    );
  }

  /** Why a connection cannot add its key to an account, whatever the code. */
  #linkRefusal(name: string, fingerprint: string, asker: Asker, { member }: Session): AccountRefusal | undefined {
    const own = member?.who.account;
    if (own) return { why: "logged-in", account: own.name };
    if (this.#store.accountsWith(fingerprint).length > 0) return { why: "key-taken" };
    return this.attemptRefusal(name, asker);
  }

  /** The account that a certificate logs in to; if `name` is not "", only that account. */
  withFingerprint(fingerprint: string, name: string): AccountRecord | undefined {
    if (name === "") return this.#store.accountsWith(fingerprint)[0];
    const account = this.find(name);
    return account && certificatesOf(account).includes(fingerprint) ? account : undefined;
  }

  /** Adds a certificate to a session's account, or removes one; `answer` gets the refusal. */
  changeCertificate(
    session: Session,
    change: Omit<ChangeCertificateAct, "type">,
    answer: (refusal: AccountRefusal | undefined) => void,
  ): void {
    this.#submitThen(session, { type: "change-certificate", ...change }, answer);
  }

  /** The key by which failed logins to an account from an address are counted. */
  #pair(name: string, { address }: Asker): string {
    return `${this.#blockOf(address)} ${fold(name).slice(0, KEY_LENGTH)}`;
  }

  get #passwordBad(): AccountRefusal {
    return { why: "password-bad", least: this.#config.accounts.passwordLength, most: PASSWORD_BYTES };
  }

  /** Why a registration fails before its password is hashed. */
  #registrationRefusal(
    registration: Registration,
    { address, fingerprint, isExempt }: Asker,
    session: Session,
  ): AccountRefusal | undefined {
    const { name, password, email = "" } = registration;
    if (password === undefined && fingerprint === undefined) return KEY_MISSING;
    const refusal = this.#chat.registrationRefusal(session.member, name);
    if (refusal) return refusal;
    const given = email === "*" ? "" : email;
    if ((given !== "" || this.#config.requireEmail) && !isEmail(given)) return { why: "email-missing", given };
    if (password !== undefined && !fitsPassword(password, this.#config.accounts.passwordLength))
      return this.#passwordBad;
    const wait = isExempt ? 0 : this.#registrations.wait(this.#blockOf(address));
    if (wait === 0) return undefined;
    const { registrationsPerAddress: most } = this.#config.accounts;
    return { why: "too-many-registrations", most, seconds: Math.ceil(wait / 1000) };
  }
}

const KEY_MISSING: AccountRefusal = { why: "key-missing" };

function keysOf({ fingerprint }: Asker): readonly string[] {
  return fingerprint === undefined ? [] : [fingerprint];
}

function isEmail(text: string): boolean {
  return /^[^\s@]+@[^\s@]+$/.test(text);
}

/** Whether words that should have a new password, perhaps behind `--keep-certificates`, have none. */
export function lacksPassword(words: string): boolean {
  return /^ *(?:--keep-certificates *)?$/.test(words);
}

/** Whether a password is allowed: at least `least` characters, at most `PASSWORD_BYTES` bytes. */
export function fitsPassword(password: string, least: number): boolean {
  return password !== "" && [...password].length >= least && Buffer.byteLength(password) <= PASSWORD_BYTES;
}
