import { skeleton } from "../../text/skeleton.ts";

/** The beginning of every room's name. */
export const ROOM_SIGN = "#";

/** The room that everyone with nc is in at once; it belongs to the server's operators and is never dissolved. */
export const LOBBY = "#lobby";

const NICK = /^[A-Za-z[\]\\`_^{|}][A-Za-z0-9[\]\\`_^{|}-]*$/;

/** Nicks that would make a line of someone's look like the server's, or like a service; and all that look like these. */
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
 * Nicks of those who run a server: only for an account of that name, which its operator can make. Not `root`: whoever
 * is that on their own machine has it from there.
 */
const OFFICES = new Set(["admin", "administrator", "operator", "moderator", "sysop"].map(skeleton));

/** What looks like a guest's nick, as the server gives them: `guest-7`. */
const GUEST = new RegExp(`^${skeleton("guest-")}[${skeleton("0123456789")}]+$`);

/**
 * Whether this may be a nick: ASCII letters, digits and IRC's marks, no digit or `-` first, at most `limit` long. Here
 * and below, a limit of 0 is none.
 */
export function isNick(nick: string, limit: number): boolean {
  return (limit === 0 || nick.length <= limit) && NICK.test(nick) && !RESERVED.has(skeleton(nick));
}

/** Whether the nick, or one that it looks like, is the server's to give: nobody has it who only asks for it. */
export function isServerNick(nick: string): boolean {
  const look = skeleton(nick);
  return OFFICES.has(look) || GUEST.test(look);
}

// A blank of any script, a comma or an invisible character cannot be in a name; nor can what marks a speaker, `<` and `>`.
// Besides those that Unicode calls so, blank are: Braille's empty pattern, music's null note, fillers of old scripts.
const ROOM =
  /^#[^\p{Z}\p{C}\p{Default_Ignorable_Code_Point}\u2800\u{1d159}\u{13441}\u{13442}\u{16fe4},<>\ufffc\ufffd]+$/u;

/** Whether this may be a room's name, of at most `limit` characters. */
export function isRoomName(name: string, limit: number): boolean {
  return (limit === 0 || name.length <= limit) && ROOM.test(name);
}

/** `build` means `#build`. */
export function asRoomName(name: string): string {
  return name.startsWith(ROOM_SIGN) ? name : ROOM_SIGN + name;
}

/** Things found by what their names look like. Of most looks there is one: only those that are shared have a list. */
export class Confusables<T extends object> {
  readonly #things = new Map<string, T | readonly T[]>();

  add(name: string, thing: T): void {
    const look = skeleton(name);
    const others = this.#at(look);
    this.#things.set(look, others.length === 0 ? thing : [...others, thing]);
  }

  remove(name: string, thing: T): void {
    const look = skeleton(name);
    const [first, ...rest] = this.#at(look).filter((other) => other !== thing);
    if (first === undefined) this.#things.delete(look);
    else this.#things.set(look, rest.length === 0 ? first : [first, ...rest]);
  }

  /** All whose names look like this one, or are it. */
  of(name: string): readonly T[] {
    return this.#at(skeleton(name));
  }

  /** How many looks there are. */
  get size(): number {
    return this.#things.size;
  }

  #at(look: string): readonly T[] {
    const things = this.#things.get(look);
    if (things === undefined) return [];
    return isList(things) ? things : [things];
  }
}

function isList<T extends object>(things: T | readonly T[]): things is readonly T[] {
  return Array.isArray(things);
}
