import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Keep } from "./face.ts";
import { type Place, placeName } from "./place.ts";
import { type OwnMessage, same } from "./state.ts";

/** An account and its password, kept from another time. */
export interface Login {
  readonly account: string;
  readonly password: string;
  /** The nick that the user had then. */
  readonly nick: string | undefined;
}

const OWNER_ONLY = 0o600;
const LOGINS = 20; // of one server

/**
 * What outlives the client, in a folder that only its user can read: messages without an answer, drafts, and the
 * account at this server.
 *
 * Each file is replaced as a whole, so a crash leaves the one before. Two clients of the same nick at the same server
 * do not write over each other: the second keeps its messages in memory only.
 */
export class StateFolder implements Keep {
  onTrouble: (words: string) => void = () => {};
  readonly #folder: string;
  readonly #nick: string;
  readonly #given: string;
  #locked = false;
  #complained = false;

  constructor(env: Readonly<Record<string, string | undefined>>, place: Place, nick: string) {
    this.#folder = join(stateFolder(env), fileName(placeName(place)));
    this.#nick = fileName(nick);
    this.#given = nick;
  }

  /** Takes the messages and drafts of this nick, unless another client has them. */
  open(): void {
    this.#locked = this.#try(() => this.#lock()) === true;
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
  savedLogins(): readonly Login[] {
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
    this.#try(() => rmSync(join(this.#folder, "login.json"), { force: true }));
  }

  /** Lets another client of the same nick have it. */
  close(): void {
    if (this.#locked) this.#try(() => rmSync(join(this.#folder, `${this.#nick}.lock`), { force: true }));
    this.#locked = false;
  }

  #lock(): boolean {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const file = join(this.#folder, `${this.#nick}.lock`);
    for (let attempt = 0; attempt < 2; attempt++) {
      try {
        const handle = openSync(file, "wx", OWNER_ONLY);
        writeFileSync(handle, String(process.pid));
        closeSync(handle);
        return true;
      } catch (error) {
        if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
        if (isAlive(Number(readFileSync(file, "utf8")))) return false;
        rmSync(file, { force: true });
      }
    }
    return false;
  }

  #read(name: string): unknown {
    try {
      return JSON.parse(readFileSync(join(this.#folder, name), "utf8"));
    } catch {
      return undefined; // None yet, or none that can be read: then there is nothing to go on with.
    }
  }

  #write(name: string, value: unknown): void {
    this.#try(() => {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      const file = join(this.#folder, name);
      const fresh = `${file}.${process.pid}`;
      writeFileSync(fresh, JSON.stringify(value), { mode: OWNER_ONLY });
      renameSync(fresh, file);
    });
  }

  #try<T>(act: () => T): T | undefined {
    try {
      return act();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (!this.#complained) this.onTrouble(`Nothing can be kept in ${this.#folder}: ${why}`);
      this.#complained = true;
      return undefined;
    }
  }
}

/** Where a user's clients keep their state, a folder for each server. */
export function stateFolder(env: Readonly<Record<string, string | undefined>>): string {
  return join(env.XDG_STATE_HOME || join(env.HOME || homedir(), ".local", "state"), "tcpchat");
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** A name as a file's: what a file cannot be called is written as its code. */
function fileName(name: string): string {
  return encodeURIComponent(name.toLowerCase())
    .replace(/[.*]/g, (c) => (c === "." ? "." : "%2A"))
    .replace(/^\.+/, "_");
}

function loginFrom(item: unknown): Login | undefined {
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
