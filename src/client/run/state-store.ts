import { messageOf } from "../../text/filter.ts";
import { fold } from "../../text/fold.ts";
import type { OwnMessage } from "../model/outbox.ts";
import { isRoomName } from "../model/rooms.ts";
import { type ClientMemory, same } from "../model/state.ts";
import { addressName, type ServerAddress } from "../net/address.ts";
import type { KeyFile } from "../net/client-key.ts";

/** A login to save. */
export interface KeptLogin {
  readonly account: string;
  /** The password, or a token in place of it. */
  readonly password: string;
  /** The id of the token. */
  readonly token?: string | undefined;
}

/** A login saved by an earlier run. */
export interface SavedLogin extends KeptLogin {
  /** The nick in use when it was saved. */
  readonly nick: string | undefined;
}

const LOGINS = 20; // of one server

/** The state that a conversation keeps for the next run. */
export interface StateStore {
  /** Called once, with a sentence, when state cannot be saved. */
  onTrouble: (words: string) => void;
  /** Whether unconfirmed messages are kept. */
  readonly keepsMessages: boolean;
  /** Saves the unconfirmed messages. */
  outbox(messages: readonly OwnMessage[]): void;
  /** Saves the rooms, conversations and read markers. */
  memory(memory: ClientMemory): void;
  login(login: KeptLogin): void;
  /** Forgets the login of an account, or all logins if `undefined`. */
  forgetLogin(account: string | undefined): void;
}

/** The state of a full screen that is kept for the next run; a missing or malformed file is `undefined`. */
export interface ScreenStore {
  savedPlaces(): unknown;
  /** Saves the settings of the list of places. */
  places(settings: unknown): void;
  /** The lines entered in earlier runs, oldest first. */
  savedInput(): readonly string[];
  input(lines: readonly string[]): void;
  /** Whether this is the first full screen at this server; from now on it is not. */
  isFirstVisit(): boolean;
}

/**
 * A thin shell around the pure model: keeps state between runs, in a folder that only its user can read. For each
 * server: the unconfirmed messages, drafts, rooms and read markers of each nick, the logins, and the key.
 *
 * Files are replaced as a whole, so a crash leaves the previous version. Of two clients with the same nick at the same
 * server, the second keeps its messages and drafts in memory only.
 */
export class StateFolder implements StateStore, ScreenStore {
  onTrouble: (words: string) => void = () => {};
  readonly #folder: Folder;
  /** The folder of this server. */
  readonly #server: string;
  readonly #nick: string;
  /** The nick as given; `#nick` is the part of file names. */
  readonly #savedNick: string;
  #hasLock = false;
  #hasReported = false;

  constructor(folder: Folder, address: ServerAddress, nick: string) {
    this.#folder = folder;
    this.#server = fileName(addressName(address));
    this.#nick = fileName(nick);
    this.#savedNick = nick;
  }

  /** Locks the messages and drafts of this nick, unless another client has the lock. */
  open(): void {
    this.#hasLock = this.#try(() => this.#folder.claim(this.#nameOf(`${this.#nick}.lock`))) === true;
  }

  get keepsMessages(): boolean {
    return this.#hasLock;
  }

  /** The messages that were unconfirmed or failed when the client last ended. */
  savedOutbox(): readonly OwnMessage[] {
    const saved = this.#own("outbox");
    if (!Array.isArray(saved)) return [];
    return saved.flatMap((item: unknown) => messageFrom(item) ?? []);
  }

  outbox(messages: readonly OwnMessage[]): void {
    this.#keepOwn("outbox", messages);
  }

  savedDrafts(): ReadonlyMap<string, string> {
    const saved = this.#own("drafts");
    if (typeof saved !== "object" || saved === null) return new Map();
    return new Map(Object.entries(saved).filter((pair): pair is [string, string] => typeof pair[1] === "string"));
  }

  drafts(texts: ReadonlyMap<string, string>): void {
    this.#keepOwn("drafts", Object.fromEntries(texts));
  }

  savedPlaces(): unknown {
    return this.#own("places");
  }

  places(settings: unknown): void {
    this.#keepOwn("places", settings);
  }

  savedInput(): readonly string[] {
    const saved = this.#own("input");
    return Array.isArray(saved) ? saved.filter((line) => typeof line === "string") : [];
  }

  input(lines: readonly string[]): void {
    this.#keepOwn("input", lines);
  }

  isFirstVisit(): boolean {
    const isFirst = this.#read("visited.json") === undefined;
    if (isFirst) this.#write("visited.json", true);
    return isFirst;
  }

  /** Whether an earlier run has been at this server: with a full screen, or with this nick. */
  get isKnown(): boolean {
    return ["visited.json", `${this.#nick}.memory.json`].some((name) => this.#read(name) !== undefined);
  }

  /** The rooms, conversations and read markers of the last run. */
  savedMemory(): ClientMemory | undefined {
    const saved = this.#own("memory");
    return memoryFrom(saved);
  }

  memory({ markers, ...memory }: ClientMemory): void {
    this.#keepOwn("memory", { ...memory, markers: Object.fromEntries(markers) });
  }

  /** The saved logins of this server, one per account, newest first. */
  savedLogins(): readonly SavedLogin[] {
    const saved = this.#read("login.json");
    return (Array.isArray(saved) ? saved : [saved]).flatMap((item: unknown) => loginFrom(item) ?? []);
  }

  login({ account, password, token }: KeptLogin): void {
    const others = this.savedLogins().filter((login) => !same(login.account, account));
    this.#writeLogins([{ account, password, token, nick: this.#savedNick }, ...others].slice(0, LOGINS));
  }

  forgetLogin(account: string | undefined): void {
    const others = this.savedLogins().filter((login) => account !== undefined && !same(login.account, account));
    if (others.length > 0) return this.#writeLogins(others);
    this.#try(() => this.#folder.remove(this.#nameOf("login.json")));
  }

  #writeLogins(logins: readonly SavedLogin[]): void {
    const rows = logins.map(({ account, password, token, nick }) => ({
      account,
      ...(token === undefined ? { password } : { token: password, tokenId: token }),
      nick,
    }));
    this.#write("login.json", rows);
  }

  /** The file of the key for this server. */
  get keyFile(): KeyFile {
    const name = this.#nameOf("key.pem");
    return {
      path: `${this.#folder.path}/${name}`,
      read: () => this.#folder.read(name),
      append: (text) => this.#folder.append(name, text),
    };
  }

  /** Releases the lock. */
  close(): void {
    if (this.#hasLock) this.#try(() => this.#folder.release(this.#nameOf(`${this.#nick}.lock`)));
    this.#hasLock = false;
  }

  #nameOf(file: string): string {
    return `${this.#server}/${file}`;
  }

  /** Something that is saved of this nick; nothing without the lock. */
  #own(what: string): unknown {
    return this.#hasLock ? this.#read(`${this.#nick}.${what}.json`) : undefined;
  }

  /** Saves something of this nick, if we have the lock. */
  #keepOwn(what: string, value: unknown): void {
    if (this.#hasLock) this.#write(`${this.#nick}.${what}.json`, value);
  }

  #read(name: string): unknown {
    try {
      return JSON.parse(this.#folder.read(this.#nameOf(name)) ?? "");
    } catch {
      return undefined; // Missing or unreadable: starts without saved state.
    }
  }

  #write(name: string, value: unknown): void {
    this.#try(() => this.#folder.write(this.#nameOf(name), JSON.stringify(value)));
  }

  #try<T>(act: () => T): T | undefined {
    try {
      return act();
    } catch (error) {
      const why = messageOf(error);
      if (!this.#hasReported) this.onTrouble(`Nothing can be saved in ${this.#folder.path}/${this.#server}: ${why}`);
      this.#hasReported = true;
      return undefined;
    }
  }
}

/** A nick or an address as a file name: lower case, with other characters percent-encoded. */
function fileName(name: string): string {
  return encodeURIComponent(name.toLowerCase())
    .replace(/[.*]/g, (c) => (c === "." ? "." : "%2A"))
    .replace(/^\.+/, "_");
}

/** A saved login; `undefined` if it is malformed. */
function loginFrom(item: unknown): SavedLogin | undefined {
  if (typeof item !== "object" || item === null) return undefined;
  const { account, password, token, tokenId, nick } = item as Readonly<Record<string, unknown>>;
  const secret = token ?? password;
  if (typeof account !== "string" || typeof secret !== "string") return undefined;
  const kept = { account, password: secret, nick: typeof nick === "string" ? nick : undefined };
  return token !== undefined && typeof tokenId === "string" ? { ...kept, token: tokenId } : kept;
}

const KINDS = ["said", "acted", "reacted", "unreacted"] as const;

/** The saved rooms, conversations and markers; `undefined` if they are malformed. */
function memoryFrom(saved: unknown): ClientMemory | undefined {
  if (typeof saved !== "object" || saved === null) return undefined;
  const { rooms, partners, current, markers } = saved as Readonly<Record<string, unknown>>;
  const times = typeof markers === "object" && markers !== null ? Object.entries(markers) : [];
  return {
    rooms: namesFrom(rooms).filter(isRoomName),
    partners: namesFrom(partners),
    current: typeof current === "string" ? current : undefined,
    markers: new Map(times.flatMap(([name, time]) => (typeof time === "number" ? [[fold(name), time]] : []))),
  };
}

function namesFrom(list: unknown): readonly string[] {
  const names: readonly unknown[] = Array.isArray(list) ? list : [];
  return names.filter((name) => typeof name === "string").filter((name) => /^[^\s,]{1,200}$/.test(name));
}

/** A saved message; `undefined` if it is malformed. */
function messageFrom(item: unknown): OwnMessage | undefined {
  if (typeof item !== "object" || item === null) return undefined;
  const { id, target, text, kind, time, state, why, replyTo, corrects, wasSent, isUndone, becomes } = item as Readonly<
    Record<string, unknown>
  >;
  if (typeof id !== "string" || typeof target !== "string" || typeof text !== "string") return undefined;
  if (!/^[\w-]{1,64}$/.test(id) || target === "" || /[\s,]/.test(target)) return undefined;
  return {
    id,
    target,
    text,
    kind: KINDS.find((each) => each === kind) ?? "said",
    ...(typeof replyTo === "string" && /^[!-~]+$/.test(replyTo) ? { replyTo } : {}),
    ...(corrects === true ? { corrects } : {}),
    ...(wasSent === true ? { wasSent } : {}),
    ...(isUndone === true ? { isUndone } : {}),
    ...(typeof becomes === "string" ? { becomes } : {}),
    time: typeof time === "number" ? time : 0,
    state: state === "failed" ? "failed" : "waiting",
    why: typeof why === "string" ? why : "",
  };
}

/**
 * A folder of files that only the user can read. A name may contain one subfolder: `a/b`. Every method throws on
 * failure.
 */
export interface Folder {
  /** The path, for messages to the user. */
  readonly path: string;
  /** The text of a file; `undefined` if it does not exist. */
  read(name: string): string | undefined;
  /** Replaces a file as a whole, so that a crash leaves the previous version. */
  write(name: string, text: string): void;
  append(name: string, text: string): void;
  remove(name: string): void;
  /** Locks a name for this client until `release`; false while another client has it. */
  claim(name: string): boolean;
  release(name: string): void;
}
