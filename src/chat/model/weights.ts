/** Amounts of work that weigh as much as a line where floods are counted: a short line can ask for much. */

/** Rooms, or people, that are looked at. */
export const LOOKED_AT = 1000;
/** Masks that someone who joins is held against. */
export const ENTRIES = 100;
