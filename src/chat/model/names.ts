import { skeleton } from "../../text/skeleton.ts";

/** The first character of every room name. */
export const ROOM_SIGN = "#";

/** The room that every nc session joins first. Server operators moderate it, and it is never deleted. */
export const LOBBY = "#lobby";

const NICK = /^[A-Za-z[\]\\`_^{|}][A-Za-z0-9[\]\\`_^{|}-]*$/;

/** Nicks that could pass for the server or a service; confusable nicks are reserved too. */
const RESERVED = new Set(
  [
    "you",
    "server",
    "system",
    "tcpchat",
    "nickserv",
    "chanserv",
    "memoserv",
    "operserv",
    "botserv",
    "hostserv",
    "histserv",
  ].map(skeleton),
);

/**
 * Nicks of a server's staff: only for an account of that name, which the operator can make. Not `root`: that is the
 * default nick of people who are root on their own machine.
 */
const STAFF = new Set(["admin", "administrator", "operator", "moderator", "sysop"].map(skeleton));

/** Matches the skeleton of a nick that the server gives to guests: `guest-7`. */
const GUEST = new RegExp(`^${skeleton("guest-")}[${skeleton("0123456789")}]+$`);

/**
 * Whether this is a well-formed nick: ASCII letters, digits and IRC's punctuation, no digit or `-` first, at most
 * `limit` characters, not reserved. A limit of 0 is none.
 */
export function isNick(nick: string, limit: number): boolean {
  return (limit === 0 || nick.length <= limit) && NICK.test(nick) && !RESERVED.has(skeleton(nick));
}

/** Whether the nick, or one that it is confusable with, is for staff or given by the server. */
export function isServerNick(nick: string): boolean {
  const key = skeleton(nick);
  return STAFF.has(key) || GUEST.test(key);
}

// Excluded: blanks of any script, commas, invisible characters, and `<` and `>`, which mark a speaker in text lines.
// Blank but not so classified in Unicode: Braille's empty pattern, music's null note head, fillers of old scripts.
const ROOM =
  /^#[^\p{Z}\p{C}\p{Default_Ignorable_Code_Point}\u2800\u{1d159}\u{13441}\u{13442}\u{16fe4},<>\ufffc\ufffd]+$/u;

/** Whether this is a well-formed room name of at most `limit` characters, and no link. A limit of 0 is none. */
export function isRoomName(name: string, limit: number): boolean {
  return (limit === 0 || name.length <= limit) && ROOM.test(name) && !name.includes("://");
}

/** Adds the `#` if it is missing. */
export function asRoomName(name: string): string {
  return name.startsWith(ROOM_SIGN) ? name : ROOM_SIGN + name;
}

/** An index of members or rooms by the skeleton of their names. Only a shared skeleton has a list. */
export class Confusables<T extends object> {
  readonly #entries = new Map<string, T | readonly T[]>();

  add(name: string, entry: T): void {
    const key = skeleton(name);
    const others = this.#at(key);
    this.#entries.set(key, others.length === 0 ? entry : [...others, entry]);
  }

  remove(name: string, entry: T): void {
    const key = skeleton(name);
    const [first, ...rest] = this.#at(key).filter((other) => other !== entry);
    if (first === undefined) this.#entries.delete(key);
    else this.#entries.set(key, rest.length === 0 ? first : [first, ...rest]);
  }

  /** All entries with this name or a confusable one. */
  of(name: string): readonly T[] {
    return this.#at(skeleton(name));
  }

  /** The number of distinct skeletons. */
  get size(): number {
    return this.#entries.size;
  }

  #at(key: string): readonly T[] {
    const found = this.#entries.get(key);
    if (found === undefined) return [];
    return isList(found) ? found : [found];
  }
}

function isList<T extends object>(found: T | readonly T[]): found is readonly T[] {
  return Array.isArray(found);
}
