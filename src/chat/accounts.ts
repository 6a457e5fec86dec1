import { fold } from "../text/fold.ts";
import { AttemptLimiter } from "./attempt-limiter.ts";
import type { Chat } from "./chat.ts";
import {
  type Account,
  type AccountId,
  type AccountRecord,
  certificatesOf,
  type Login,
  verifiedAccount,
} from "./model/account.ts";
import type { ChangeCertificateAct, ChangePasswordAct, RegisterAct, RemoveAccountAct } from "./model/act.ts";
import type { Asker } from "./model/addresses.ts";
import { type AccountLimits, PASSWORD_BYTES } from "./model/limits.ts";
import type { AccountRefusal, Refusal } from "./model/refusal.ts";
import type { Session } from "./model/session.ts";
import type { Store } from "./store.ts";

/** Turns passwords into what is kept of them, off the event loop; at most a few at once, the others wait. */
export interface Hashing {
  hash(password: string): Promise<Pick<AccountRecord, "hash" | "scram">>;
  verify(password: string, hash: string): Promise<boolean>;
  /** A hash of no one's password: verifying against it takes as long as against any. */
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
  "accounts-not-stored": true,
};

function isAccountRefusal(refusal: Refusal): refusal is AccountRefusal {
  return refusal.why in REASONS;
}

/** The acts that change accounts: they are answered here, and not by the session's `refuse`. */
type AccountAct = RegisterAct | ChangePasswordAct | ChangeCertificateAct | RemoveAccountAct;

/** How an attempt ended. */
export type AccountOutcome = { readonly account: AccountRecord } | Refused;

interface Refused {
  readonly refusal: AccountRefusal;
}

/** A password that an account is to have, and whether its certificates go on to log in. */
interface NewPassword {
  readonly password: string;
  readonly keepsCertificates: boolean;
}

/** An account has another password. */
export interface PasswordChange extends NewPassword {
  /** As it was before. */
  readonly account: AccountRecord;
}

/** An account that someone wants to make. */
interface NewAccount {
  readonly name: string;
  readonly password: string;
  /** An e-mail address, where one has to be given; it is not kept. */
  readonly email?: string | undefined;
}

/** Which account someone wants to log in to, and its password. */
export interface Credentials {
  readonly name: string;
  readonly password: string;
}

/** The part of the running configuration that accounts use. */
export interface AccountsConfig {
  /** Whether people have to give an e-mail address for it. */
  readonly requireEmail: boolean;
  readonly accounts: AccountLimits;
}

interface AccountsSetup {
  readonly config: AccountsConfig;
  /** Accounts are looked up in it; changing them is the chat's. */
  readonly store: Pick<Store, "account" | "loadAccount" | "accountsWith">;
  readonly chat: Pick<Chat, "submit" | "registrationBar">;
  readonly hashing: Hashing;
  /** Makes an id that no account ever had. */
  readonly newId: () => AccountId;
  /** Milliseconds of a clock that only goes on; tries are counted by it. */
  readonly steady: () => number;
  /** Which addresses count as one, where tries are counted; each for itself, if nothing is said. */
  readonly blockOf?: ((address: string) => string) | undefined;
  /** Told of every try, and of why it came to nothing. */
  readonly watch?: AccountWatch | undefined;
}

/** The tries about an account that are watched. */
export type Attempt = "login" | "registration" | "new password" | "removal";

/** A bystander of tries: a log, a counter. */
export type AccountWatch = (what: Attempt, name: string, asker: Asker, refusal: AccountRefusal | undefined) => void;

const MINUTE = 60_000; // ms in which failed logins are counted
const DAY = 86_400_000; // ms in which registrations are counted
const KEY_LENGTH = 64; // characters of a name by which its logins are counted

/** Saved identities, and the one place where someone's right to one is decided, whatever face they come by. */
export class Accounts {
  readonly #store: AccountsSetup["store"];
  readonly #chat: AccountsSetup["chat"];
  readonly #hashing: Hashing;
  readonly #newId: () => AccountId;
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

  constructor({ store, chat, hashing, newId, steady, config, blockOf, watch }: AccountsSetup) {
    this.#config = config;
    this.#blockOf = blockOf ?? ((address) => address);
    this.#store = store;
    this.#chat = chat;
    this.#hashing = hashing;
    this.#newId = newId;
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
    return verifiedAccount(this.#store, login) !== undefined;
  }

  /** Makes an account for a session. The chat looks at all again once the password is hashed: another may have been quicker. */
  async register(wish: NewAccount, asker: Asker, session: Session): Promise<AccountOutcome> {
    const outcome = await this.#register(wish, asker, session);
    this.#watch("registration", wish.name, asker, "refusal" in outcome ? outcome.refusal : undefined);
    return outcome;
  }

  async #register(wish: NewAccount, asker: Asker, session: Session): Promise<AccountOutcome> {
    const unfit = this.#registration(wish, asker, session);
    if (unfit) return { refusal: unfit };
    const from = this.#blockOf(asker.address);
    if (!asker.isExempt) this.#registrations.add(from);
    const { name } = wish;
    const secret = await this.#hashing.hash(wish.password);
    const id = this.#newId();
    const refusal = await this.#carryOut(session, {
      type: "register",
      account: { id, name, ...secret, fingerprints: [] },
    });
    const account = this.withId(id);
    if (account) return { account };
    if (!asker.isExempt) this.#registrations.takeBack(from);
    return { refusal: refusal ?? { why: "accounts-not-stored" } };
  }

  /** Has the chat carry out an act about an account; answers why it came to nothing. */
  #carryOut(session: Session, act: AccountAct): Promise<AccountRefusal | undefined> {
    return new Promise((resolve) => this.#ask(session, act, resolve));
  }

  /** The same, answered as soon as it is carried out. */
  #ask(session: Session, act: AccountAct, answer: (refusal: AccountRefusal | undefined) => void): void {
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

  /** Whether the password is the account's. Takes as long for an account that is not there. */
  async login(name: string, password: string, asker: Asker): Promise<AccountOutcome> {
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

  async #login(name: string, password: string, asker: Asker): Promise<AccountOutcome> {
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

  /** Gives the account that a session is logged in to another password, and logs the account's other sessions out. */
  async changePassword(wish: string | NewPassword, asker: Asker, session: Session): Promise<PasswordChange | Refused> {
    const name = session.member?.who.account?.name ?? "*";
    const outcome = await this.#changePassword(wish, session);
    this.#watch("new password", name, asker, "refusal" in outcome ? outcome.refusal : undefined);
    return outcome;
  }

  async #changePassword(wish: string | NewPassword, session: Session): Promise<PasswordChange | Refused> {
    const owner = session.member?.who.account;
    const account = owner && this.withId(owner.id);
    if (!account) return { refusal: { why: "not-logged-in" } };
    const { password, keepsCertificates } = typeof wish === "string" ? await this.#newPasswordIn(wish, account) : wish;
    if (!fitsPassword(password, this.#config.accounts.passwordLength)) return { refusal: this.#passwordBad };
    const secret = await this.#hashing.hash(password);
    const before = this.withId(account.id) ?? account;
    const act = { type: "change-password", account: account.id, secret, keepsCertificates } as const;
    const refusal = await this.#carryOut(session, act);
    return refusal ? { refusal } : { account: before, password, keepsCertificates };
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
   * Removes the account that a session is logged in to, as its owner has confirmed: with the password, or with its name
   * where it has none. All its sessions are logged out.
   */
  async drop(words: string, asker: Asker, session: Session): Promise<AccountOutcome> {
    const owner = session.member?.who.account;
    if (!owner) return { refusal: { why: "not-logged-in" } };
    const outcome = await this.#drop(owner, words, asker, session);
    this.#watch("removal", owner.name, asker, "refusal" in outcome ? outcome.refusal : undefined);
    return outcome;
  }

  async #drop(owner: Account, words: string, asker: Asker, session: Session): Promise<AccountOutcome> {
    const { name, password } = this.credentialsIn(words, owner.name);
    const outcome = await this.#confirmed(owner, name, password, asker);
    if ("refusal" in outcome) return outcome;
    const { id, hash } = outcome.account;
    const refusal = await this.#carryOut(session, {
      type: "remove-account",
      account: { id, name: outcome.account.name, hash },
    });
    return refusal ? { refusal } : outcome;
  }

  async #confirmed({ id }: Account, name: string, password: string, asker: Asker): Promise<AccountOutcome> {
    const account = this.withId(id);
    if (!account) return { refusal: { why: "not-logged-in" } };
    const isOwn = fold(name) === fold(account.name);
    if (account.hash === undefined && isOwn && fold(password) === fold(account.name)) return { account };
    return isOwn ? this.login(name, password, asker) : { refusal: this.disproved(account.name, asker) };
  }

  /** The account that a certificate logs in to, if there is one: of this name, where a name is given. */
  withFingerprint(fingerprint: string, name: string): AccountRecord | undefined {
    if (name === "") return this.#store.accountsWith(fingerprint)[0];
    const account = this.find(name);
    return account && certificatesOf(account).includes(fingerprint) ? account : undefined;
  }

  /** Has a certificate log in to the account of a session from now on, or no longer; `answer` is told why that does not go. */
  changeCertificate(
    session: Session,
    change: Omit<ChangeCertificateAct, "type">,
    answer: (refusal: AccountRefusal | undefined) => void,
  ): void {
    this.#ask(session, { type: "change-certificate", ...change }, answer);
  }

  /** By what failed logins to an account from an address are counted. */
  #pair(name: string, { address }: Asker): string {
    return `${this.#blockOf(address)} ${fold(name).slice(0, KEY_LENGTH)}`;
  }

  get #passwordBad(): AccountRefusal {
    return { why: "password-bad", least: this.#config.accounts.passwordLength, most: PASSWORD_BYTES };
  }

  /** What speaks against an account before its password is hashed. */
  #registration(wish: NewAccount, { address, isExempt }: Asker, session: Session): AccountRefusal | undefined {
    const { name, password, email = "" } = wish;
    const bar = this.#chat.registrationBar(session.member, name);
    if (bar) return bar;
    if (this.#config.requireEmail && !isEmail(email)) return { why: "email-missing" };
    if (!fitsPassword(password, this.#config.accounts.passwordLength)) return this.#passwordBad;
    const wait = isExempt ? 0 : this.#registrations.wait(this.#blockOf(address));
    if (wait === 0) return undefined;
    const { registrationsPerAddress: most } = this.#config.accounts;
    return { why: "too-many-registrations", most, seconds: Math.ceil(wait / 1000) };
  }
}

function isEmail(text: string): boolean {
  return /^[^\s@]+@[^\s@]+$/.test(text);
}

/** Whether words that should have a new password, perhaps behind `--keep-certificates`, have none. */
export function lacksPassword(words: string): boolean {
  return /^ *(?:--keep-certificates *)?$/.test(words);
}

/** Whether someone can have this password: at least so many characters, and at most `PASSWORD_BYTES`. */
export function fitsPassword(password: string, least: number): boolean {
  return password !== "" && [...password].length >= least && Buffer.byteLength(password) <= PASSWORD_BYTES;
}
