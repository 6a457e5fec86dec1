/** Sizes that RPL_ISUPPORT tells, and that are no part of the chat's own limits; bytes. */

/** AWAYLEN */
export const AWAY_LENGTH = 390;
/** KICKLEN */
export const KICK_LENGTH = 390;
/** USERLEN, with the tilde of a name that nobody has checked. */
export const USER_LENGTH = 18;
/** TARGMAX of what is said. */
export const MOST_TARGETS = 4;
