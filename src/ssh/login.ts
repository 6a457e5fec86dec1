import type { Authentication, KeyAuthentication, ParsedKey, PromptAuthentication } from "ssh2";
import type { LoginRefusal } from "../server/serve.ts";
import { showLine } from "../text/filter.ts";
import { type Closing, closing } from "../wire/closing.ts";
import { isSameSecret } from "../wire/secrets.ts";
import { sshFingerprint } from "./host-key.ts";
import type { SshUser } from "./session.ts";

const NAME = 32; // characters of a user name in a prompt
const TRIES = 6; // wrong signatures and passwords allowed
const KEYS = 10; // keys that a client may offer
const REQUESTS = 30; // login requests of any kind allowed

/** The kinds of keys that can log in; also the one that the kind's signatures are checked with. */
const KEY_TYPES: ReadonlySet<string> = new Set([
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "ssh-rsa",
]);

/** The methods with a password; a client uses one of them. */
const ASKING = ["keyboard-interactive", "password"] as const;

/** User names that log in as a guest at once: without a password, and without offering keys. */
const GUEST = /^guest(?:-|$)/i;

/** The functions of the connection and the server that a login uses. */
export interface LoginContext {
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
 * The login of an SSH connection: decides whether the client may log in, and to which account or as a guest.
 *
 * A key of an account logs in to it. With any other key, or none, the client is a guest, unless the user name is an
 * account's: then the client is asked for further keys, and if none is an account's, for the account's password; an
 * empty password makes a guest. If the server has a password, everyone is asked for it as well.
 */
export class SshLogin {
  readonly #context: LoginContext;
  #name = "";
  /** The fingerprint of the account's key; without one, of the first key that the client has signed with. */
  #fingerprint: string | undefined;
  /** The account of the key. */
  #account: string | undefined;
  #password: string | undefined;
  #serverPassword: string | undefined;
  /** The password method that the client has chosen. */
  #asking: (typeof ASKING)[number] | undefined;
  /** Why the last password was refused. */
  #refusal = "";
  #requests = 0;
  #keys = 0;
  #failures = 0;

  constructor(context: LoginContext) {
    this.#context = context;
  }

  get user(): SshUser {
    return {
      name: this.#name,
      namesAccount: this.#context.hasAccount(this.#name),
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
    if (++this.#requests > REQUESTS) return this.#context.disconnect(closing("login-tries"));
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
        // Clients offer their keys only after this rejection.
        if (this.#requests === 1) return request.reject(this.#methods);
        return this.#refuse(request);
      case "hostbased":
        return this.#refuse(request);
    }
  }

  /** Whether the user name lets the client in as a guest at once. */
  get #isGuest(): boolean {
    const { serverPassword } = this.#context;
    return serverPassword === "" && GUEST.test(this.#name) && !this.#context.hasAccount(this.#name);
  }

  /** The methods that the client may try next. */
  get #methods(): readonly string[] {
    if (this.#asking !== undefined) return [this.#asking];
    return this.#keys < KEYS ? ["publickey", ...ASKING] : ASKING;
  }

  #checkKey(request: KeyAuthentication): void {
    const { key, signature, blob, hashAlgo } = request;
    if (!KEY_TYPES.has(key.algo)) return this.#nextKey(request);
    const fingerprint = sshFingerprint(key.data);
    const account = this.#context.holderOf(fingerprint);
    const isWanted = account !== undefined || this.#fingerprint === undefined;
    if (!signature || !blob) return isWanted ? request.accept() : this.#nextKey(request);
    const parsed = this.#context.parseKey(key.data);
    if (parsed?.type !== key.algo || parsed.verify(blob, signature, hashAlgo) !== true) return this.#refuse(request);
    if (isWanted) {
      this.#fingerprint = fingerprint;
      this.#account = account;
    }
    // A key alone does not replace the server's password.
    const isEnough = this.#context.serverPassword === "";
    if (account !== undefined) return isEnough ? request.accept() : request.reject(ASKING, true);
    if (isEnough && !this.#context.hasAccount(this.#name)) return request.accept();
    this.#nextKey(request);
  }

  /** Lets the client offer another key, or use another method. */
  #nextKey(request: KeyAuthentication): void {
    this.#keys++;
    request.reject(this.#methods);
  }

  /** Asks for the server's password, then for the account's, where they are needed. */
  #ask(request: PromptAuthentication): void {
    const { serverPassword } = this.#context;
    if (serverPassword === "" || this.#serverPassword !== undefined) return this.#askForAccount(request);
    this.#prompt(request, "Password of the server: ", (password) => {
      if (!this.#takeServerPassword(password)) return this.#refuse(request, "That is not the password of the server.");
      this.#askForAccount(request);
    });
  }

  #askForAccount(request: PromptAuthentication): void {
    if (this.#account !== undefined || !this.#context.hasAccount(this.#name)) return request.accept();
    const name = showLine(this.#name).slice(0, NAME);
    this.#prompt(request, `Password of the account ${name} (empty: guest): `, (password) =>
      this.#takeAccountPassword(request, password),
    );
  }

  #prompt(request: PromptAuthentication, words: string, answered: (password: string) => void): void {
    request.prompt([{ prompt: words, echo: false }], "", this.#refusal, (answers) =>
      this.#context.guard(() => {
        const [password] = answers instanceof Error ? [] : answers;
        if (this.#context.isOver) return;
        if (password === undefined) return this.#refuse(request);
        this.#refusal = "";
        answered(password);
      }),
    );
  }

  /** The `password` method has only one password: the server's if it has one, else the account's. */
  #takePassword(request: Authentication, password: unknown): void {
    if (typeof password !== "string") return this.#refuse(request);
    if (this.#context.serverPassword === "") return this.#takeAccountPassword(request, password);
    if (!this.#takeServerPassword(password)) return this.#refuse(request);
    request.accept();
  }

  #takeServerPassword(password: string): boolean {
    if (!isSameSecret(password, this.#context.serverPassword)) return false;
    this.#serverPassword = password;
    return true;
  }

  #takeAccountPassword(request: Authentication, password: string): void {
    if (password === "") return request.accept();
    this.#context.login(this.#name, password).then(
      (refusal) =>
        this.#context.guard(() => {
          if (this.#context.isOver) return;
          if (refusal?.isFinal) return this.#context.disconnect(closing("login-tries", refusal.words));
          if (refusal) return this.#refuse(request, `${refusal.words}.`);
          this.#password = password;
          request.accept();
        }),
      (error: unknown) => this.#context.failed(error),
    );
  }

  #refuse(request: Authentication, why = ""): void {
    this.#refusal = why;
    if (++this.#failures >= TRIES) return this.#context.disconnect(closing("login-tries"));
    request.reject(this.#methods);
  }
}
