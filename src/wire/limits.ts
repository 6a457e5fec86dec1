/** Sizes that both ends of a connection agree on, in bytes, and the default port. */

/** A line without tags, CR LF included (RFC 1459, 2.3). */
export const LINE = 512;

/** A line without tags and without its CR LF. */
export const LINE_TEXT = LINE - 2;

/** The text of a line of RPL_MOTD behind `:server 372 nick :- `, for a server name of 63 bytes and a nick of 63. */
export const MOTD_LINE = LINE_TEXT - ":".length - 63 - " 372 ".length - 63 - " :- ".length;

/** The tags of a line from a client, `@` and the blank included (IRCv3 message-tags). */
export const CLIENT_TAGS = 4096;

/** The tags of a line from a server, `@` and the blank included (IRCv3 message-tags). */
export const SERVER_TAGS = 8191;

/** The longest line that the server reads, without its end; a longer one closes the connection. */
export const LINE_IN = 8192;

/** The default port of the server and the client. */
export const PORT = 9000;

// Sizes that RPL_ISUPPORT announces and the chat itself does not limit.

/** AWAYLEN */
export const AWAY_LENGTH = 390;
/** KICKLEN */
export const KICK_LENGTH = 390;
/** USERLEN, including the tilde that marks an unverified user name. */
export const USER_LENGTH = 18;
/** TARGMAX of PRIVMSG, NOTICE and TAGMSG. */
export const MOST_TARGETS = 4;
