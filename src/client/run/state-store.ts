import { type OwnMessage, same } from "../model/state.ts";
import { addressName, type ServerAddress } from "../net/address.ts";
import type { StateStore } from "../ui/ui.ts";

/** An account and its password, kept from another time. */
export interface SavedLogin {
  readonly account: string;
  readonly password: string;
  /** The nick that the user had then. */
  readonly nick: string | undefined;
}

const LOGINS = 20; // of one server

/**
 * What outlives the client, in a folder that only its user can read: messages without an answer, drafts, and the
 * account at this server.
 *
 * Each file is replaced as a whole, so a crash leaves the one before. Two clients of the same nick at the same server
 * do not write over each other: the second keeps its messages in memory only.
 */
export class StateFolder implements StateStore {
  onTrouble: (words: string) => void = () => {};
  readonly #folder: Folder;
  /** Of this server. */
  readonly #server: string;
  readonly #nick: string;
  readonly #given: string;
  #locked = false;
  #complained = false;

  constructor(folder: Folder, address: ServerAddress, nick: string) {
    this.#folder = folder;
    this.#server = fileName(addressName(address));
    this.#nick = fileName(nick);
    this.#given = nick;
  }

  /** Takes the messages and drafts of this nick, unless another client has them. */
  open(): void {
    this.#locked = this.#try(() => this.#folder.claim(this.#nameOf(`${this.#nick}.lock`))) === true;
  }

  /** Own messages that had no answer when the client last ended; they are to be sent again, or were refused. */
  savedOutbox(): readonly OwnMessage[] {
    const saved = this.#locked ? this.#read(`${this.#nick}.outbox.json`) : undefined;
    if (!Array.isArray(saved)) return [];
    return saved.flatMap((item: unknown) => ownFrom(item) ?? []);
  }

  outbox(messages: readonly OwnMessage[]): void {
    if (this.#locked) this.#write(`${this.#nick}.outbox.json`, messages);
  }

  savedDrafts(): ReadonlyMap<string, string> {
    const saved = this.#locked ? this.#read(`${this.#nick}.drafts.json`) : undefined;
    if (typeof saved !== "object" || saved === null) return new Map();
    return new Map(Object.entries(saved).filter((pair): pair is [string, string] => typeof pair[1] === "string"));
  }

  drafts(texts: ReadonlyMap<string, string>): void {
    if (this.#locked) this.#write(`${this.#nick}.drafts.json`, Object.fromEntries(texts));
  }

  /** The logins that are kept at this server, an account's each, the last first. */
  savedLogins(): readonly SavedLogin[] {
    const saved = this.#read("login.json");
    return (Array.isArray(saved) ? saved : [saved]).flatMap((item: unknown) => loginFrom(item) ?? []);
  }

  login(account: string, password: string): void {
    const others = this.savedLogins().filter((login) => !same(login.account, account));
    this.#write("login.json", [{ account, password, nick: this.#given }, ...others].slice(0, LOGINS));
  }

  forgetLogin(account: string | undefined): void {
    const others = this.savedLogins().filter((login) => account !== undefined && !same(login.account, account));
    if (others.length > 0) return this.#write("login.json", others);
    this.#try(() => this.#folder.remove(this.#nameOf("login.json")));
  }

  /** Lets another client of the same nick have it. */
  close(): void {
    if (this.#locked) this.#try(() => this.#folder.release(this.#nameOf(`${this.#nick}.lock`)));
    this.#locked = false;
  }

  #nameOf(file: string): string {
    return `${this.#server}/${file}`;
  }

  #read(name: string): unknown {
    try {
      return JSON.parse(this.#folder.read(this.#nameOf(name)) ?? "");
    } catch {
      return undefined; // None yet, or none that can be read: then there is nothing to go on with.
    }
  }

  #write(name: string, value: unknown): void {
    this.#try(() => this.#folder.write(this.#nameOf(name), JSON.stringify(value)));
  }

  #try<T>(act: () => T): T | undefined {
    try {
      return act();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (!this.#complained) this.onTrouble(`Nothing can be kept in ${this.#folder.path}/${this.#server}: ${why}`);
      this.#complained = true;
      return undefined;
    }
  }
}

/** A name as a file's: what a file cannot be called is written as its code. */
function fileName(name: string): string {
  return encodeURIComponent(name.toLowerCase())
    .replace(/[.*]/g, (c) => (c === "." ? "." : "%2A"))
    .replace(/^\.+/, "_");
}

function loginFrom(item: unknown): SavedLogin | undefined {
  if (typeof item !== "object" || item === null) return undefined;
  const { account, password, nick } = item as Readonly<Record<string, unknown>>;
  if (typeof account !== "string" || typeof password !== "string") return undefined;
  return { account, password, nick: typeof nick === "string" ? nick : undefined };
}

function ownFrom(item: unknown): OwnMessage | undefined {
  if (typeof item !== "object" || item === null) return undefined;
  const { id, target, text, kind, time, state, why } = item as Readonly<Record<string, unknown>>;
  if (typeof id !== "string" || typeof target !== "string" || typeof text !== "string") return undefined;
  if (!/^[\w-]{1,64}$/.test(id) || target === "" || /[\s,]/.test(target)) return undefined;
  return {
    id,
    target,
    text,
    kind: kind === "acted" ? "acted" : "said",
    time: typeof time === "number" ? time : 0,
    state: state === "failed" ? "failed" : "waiting",
    why: typeof why === "string" ? why : "",
  };
}

/**
 * Files that outlive a client and that its user alone can read. A name may lie in a folder of its own: `a/b`. What
 * cannot be done throws.
 */
export interface Folder {
  /** Where it is, for people. */
  readonly path: string;
  /** The text of a file; `undefined` where there is none. */
  read(name: string): string | undefined;
  /** Replaces a file as a whole, so that a crash leaves the one before. */
  write(name: string, text: string): void;
  append(name: string, text: string): void;
  remove(name: string): void;
  /** Takes a name for this client until `release`; false while another client has it. */
  claim(name: string): boolean;
  release(name: string): void;
}
