import type { Authentication, KeyAuthentication, ParsedKey, PromptAuthentication } from "ssh2";
import type { LoginRefusal } from "../server/serve.ts";
import { showLine } from "../text/filter.ts";
import { type Closing, closing } from "../wire/closing.ts";
import { isSameSecret } from "../wire/secrets.ts";
import { sshFingerprint } from "./host-key.ts";
import type { SshUser } from "./session.ts";

const NAME = 32; // characters of a user name in a prompt
const TRIES = 6; // wrong signatures and passwords
const KEYS = 10; // keys that are looked at
const REQUESTS = 30; // login requests of any kind

/** The kinds of keys that can log in; also the one that the kind's signatures are checked with. */
const KEY_TYPES: ReadonlySet<string> = new Set([
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "ssh-rsa",
]);

/** The methods that ask for a password: a client uses one of them. */
const ASKING = ["keyboard-interactive", "password"] as const;

/** User names of guests who are asked for nothing, and whose keys are not looked at. */
const GUEST = /^guest(?:-|$)/i;

/** The connection and the server, as a login uses them. */
export interface LoginCarrier {
  /** The password that everyone has to give; "" for none. */
  readonly serverPassword: string;
  /** The connection is ending. */
  readonly isOver: boolean;
  hasAccount(name: string): boolean;
  /** The name of the account that a key logs in to. */
  holderOf(fingerprint: string): string | undefined;
  /** Checks a password of an account. Returns the refusal; `undefined` if the password is right. */
  login(name: string, password: string): Promise<LoginRefusal | undefined>;
  /** Parses a public key in SSH's binary form. */
  parseKey(data: Buffer): ParsedKey | undefined;
  disconnect(reason: Closing): void;
  failed(error: unknown): void;
  /** Runs a callback of ssh2. */
  guard(act: () => void): void;
}

/**
 * The login of an SSH connection: who may come in, and as whom.
 *
 * The key of an account is enough. Any other key makes a guest, unless the user name is an account's: then all keys that
 * the client has are looked at, and if none is an account's, the account's password is asked for; an empty one makes a
 * guest. Without a key, a guest is let in unasked. The server's password, if there is one, is asked for besides.
 */
export class SshLogin {
  readonly #carrier: LoginCarrier;
  #name = "";
  /** The key of an account, or the first other one that the client has signed with. */
  #fingerprint: string | undefined;
  /** The account of the key. */
  #account: string | undefined;
  #password: string | undefined;
  #serverPassword: string | undefined;
  /** The method of asking that the client has chosen. */
  #asking: (typeof ASKING)[number] | undefined;
  /** Why the last password was refused. */
  #refusal = "";
  #requests = 0;
  #keys = 0;
  #failures = 0;

  constructor(carrier: LoginCarrier) {
    this.#carrier = carrier;
  }

  get user(): SshUser {
    return {
      name: this.#name,
      namesAccount: this.#carrier.hasAccount(this.#name),
      hasKey: this.#fingerprint !== undefined,
      account: this.#account,
      password: this.#password,
      serverPassword: this.#serverPassword,
    };
  }

  get fingerprint(): string | undefined {
    return this.#fingerprint;
  }

  /** Answers a login request. */
  request(request: Authentication): void {
    this.#name = request.username;
    if (++this.#requests > REQUESTS) return this.#carrier.disconnect(closing("login-tries"));
    switch (request.method) {
      case "publickey":
        return this.#checkKey(request);
      case "password":
        this.#asking = "password";
        return this.#takePassword(request, request.password);
      case "keyboard-interactive":
        this.#asking = "keyboard-interactive";
        return this.#ask(request);
      case "none":
        if (this.#isGuest) return request.accept();
        // Clients show their keys only after this.
        if (this.#requests === 1) return request.reject(this.#methods);
        return this.#refuse(request);
      case "hostbased":
        return this.#refuse(request);
    }
  }

  /** Whether the user name asks for nothing but to be a guest. */
  get #isGuest(): boolean {
    const { serverPassword } = this.#carrier;
    return serverPassword === "" && GUEST.test(this.#name) && !this.#carrier.hasAccount(this.#name);
  }

  /** The methods that may go on: clients try each of them in turn. */
  get #methods(): readonly string[] {
    if (this.#asking !== undefined) return [this.#asking];
    return this.#keys < KEYS ? ["publickey", ...ASKING] : ASKING;
  }

  #checkKey(request: KeyAuthentication): void {
    const { key, signature, blob, hashAlgo } = request;
    if (!KEY_TYPES.has(key.algo)) return this.#nextKey(request);
    const fingerprint = sshFingerprint(key.data);
    const account = this.#carrier.holderOf(fingerprint);
    const isWanted = account !== undefined || this.#fingerprint === undefined;
    if (!signature || !blob) return isWanted ? request.accept() : this.#nextKey(request);
    const parsed = this.#carrier.parseKey(key.data);
    if (parsed?.type !== key.algo || parsed.verify(blob, signature, hashAlgo) !== true) return this.#refuse(request);
    if (isWanted) {
      this.#fingerprint = fingerprint;
      this.#account = account;
    }
    // A key alone does not replace the server's password.
    const isEnough = this.#carrier.serverPassword === "";
    if (account !== undefined) return isEnough ? request.accept() : request.reject(ASKING, true);
    if (isEnough && !this.#carrier.hasAccount(this.#name)) return request.accept();
    this.#nextKey(request);
  }

  /** Lets the client show another key, or go on without. */
  #nextKey(request: KeyAuthentication): void {
    this.#keys++;
    request.reject(this.#methods);
  }

  /** Asks for the passwords that are missing, one after the other. */
  #ask(request: PromptAuthentication): void {
    const { serverPassword } = this.#carrier;
    if (serverPassword === "" || this.#serverPassword !== undefined) return this.#askForAccount(request);
    this.#prompt(request, "Password of the server: ", (password) => {
      if (!this.#takeServerPassword(password)) return this.#refuse(request, "That is not the password of the server.");
      this.#askForAccount(request);
    });
  }

  #askForAccount(request: PromptAuthentication): void {
    if (this.#account !== undefined || !this.#carrier.hasAccount(this.#name)) return request.accept();
    const name = showLine(this.#name).slice(0, NAME);
    this.#prompt(request, `Password of the account ${name} (empty: guest): `, (password) =>
      this.#takeAccountPassword(request, password),
    );
  }

  #prompt(request: PromptAuthentication, words: string, answered: (password: string) => void): void {
    request.prompt([{ prompt: words, echo: false }], "", this.#refusal, (answers) =>
      this.#carrier.guard(() => {
        const [password] = answers instanceof Error ? [] : answers;
        if (this.#carrier.isOver) return;
        if (password === undefined) return this.#refuse(request);
        this.#refusal = "";
        answered(password);
      }),
    );
  }

  /** A client that gives its password unasked has one only: the server's, or the account's. */
  #takePassword(request: Authentication, password: unknown): void {
    if (typeof password !== "string") return this.#refuse(request);
    if (this.#carrier.serverPassword === "") return this.#takeAccountPassword(request, password);
    if (!this.#takeServerPassword(password)) return this.#refuse(request);
    request.accept();
  }

  #takeServerPassword(password: string): boolean {
    if (!isSameSecret(password, this.#carrier.serverPassword)) return false;
    this.#serverPassword = password;
    return true;
  }

  #takeAccountPassword(request: Authentication, password: string): void {
    if (password === "") return request.accept();
    this.#carrier.login(this.#name, password).then(
      (refusal) =>
        this.#carrier.guard(() => {
          if (this.#carrier.isOver) return;
          if (refusal?.isFinal) return this.#carrier.disconnect(closing("login-tries", refusal.words));
          if (refusal) return this.#refuse(request, `${refusal.words}.`);
          this.#password = password;
          request.accept();
        }),
      (error: unknown) => this.#carrier.failed(error),
    );
  }

  #refuse(request: Authentication, why = ""): void {
    this.#refusal = why;
    if (++this.#failures >= TRIES) return this.#carrier.disconnect(closing("login-tries"));
    request.reject(this.#methods);
  }
}
