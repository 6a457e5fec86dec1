/** What both ends of the wire agree on; sizes are bytes. */

/** A line without tags, CR LF included (RFC 1459, 2.3). */
export const LINE = 512;

/** The text of a line of RPL_MOTD: what `:server 372 nick :- ` leaves, with the longest name of a server and 63 of a nick. */
export const MOTD_LINE = LINE - 2 - ":".length - 63 - " 372 ".length - 63 - " :- ".length;

/** The tags of a line that a client sends, `@` and the blank included (IRCv3 message-tags). */
export const CLIENT_TAGS = 4096;

/** The tags of a line that a server sends, `@` and the blank included: 8191 in all (IRCv3 message-tags). */
export const SERVER_TAGS = 8191;

/** The longest line that anyone may send at all; a longer one ends the connection. */
export const LINE_IN = 8192;

/** The port that the server listens on and the client connects to, when nothing else is said. */
export const PORT = 9000;

/** Sizes that RPL_ISUPPORT tells, and that are no part of the chat's own limits; bytes. */

/** AWAYLEN */
export const AWAY_LENGTH = 390;
/** KICKLEN */
export const KICK_LENGTH = 390;
/** USERLEN, with the tilde of a name that nobody has checked. */
export const USER_LENGTH = 18;
/** TARGMAX of what is said. */
export const MOST_TARGETS = 4;
