import { fold } from "../text/fold.ts";

/** The beginning of every room's name. */
export const ROOM_SIGN = "#";

/** The room that everyone with nc is in at once; it belongs to the server's operators and is never dissolved. */
export const LOBBY = "#lobby";

const NICK = /^[A-Za-z[\]\\`_^{|}][A-Za-z0-9[\]\\`_^{|}-]*$/;

/** Nicks that would make a line of someone's look like the server's, or like a service. */
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
  ].map(fold),
);

/**
 * Whether this may be a nick: ASCII letters, digits and IRC's marks, no digit or `-` first, at most `limit` long. Here
 * and below, a limit of 0 is none.
 */
export function isNick(nick: string, limit: number): boolean {
  return (limit === 0 || nick.length <= limit) && NICK.test(nick) && !RESERVED.has(fold(nick));
}

// A blank, a comma or an invisible character cannot be in a name; nor can what marks a speaker, `<` and `>`.
const ROOM = /^#[^\p{Z}\p{C}\p{Default_Ignorable_Code_Point}\u2800,<>\ufffd]+$/u;

/** Whether this may be a room's name, of at most `limit` characters. */
export function isRoomName(name: string, limit: number): boolean {
  return (limit === 0 || name.length <= limit) && ROOM.test(name);
}

/** `build` means `#build`. */
export function asRoomName(name: string): string {
  return name.startsWith(ROOM_SIGN) ? name : ROOM_SIGN + name;
}
