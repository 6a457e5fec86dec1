/** Something said, as data; names and text are as the network gave them. */
export interface Talk {
  readonly kind: "said" | "acted" | "noticed";
  /** Milliseconds since 1970, the server's if it says. */
  readonly time: number;
  /** `undefined` for a direct message. */
  readonly room: string | undefined;
  readonly nick: string;
  /** The receiver of a direct message of our own. */
  readonly to: string | undefined;
  readonly text: string;
  readonly msgid: string | undefined;
  /** The speaker's account, if the server tells. */
  readonly account: string | undefined;
  /** Whether it names us. */
  readonly mention: boolean;
  /** From history, or a backlog: nothing to ring a bell for. */
  readonly past: boolean;
}

/** Something that happened (`event`), that is good to know (`hint`), or that went wrong (`trouble`). */
export interface Note {
  readonly kind: "event" | "hint" | "trouble";
  readonly time: number;
  readonly text: string;
  /** The rooms that it is about; none where it is about us, or the server. */
  readonly rooms: readonly string[];
  /** Set for one of the comings and goings that can be told in one line. */
  readonly move?: Move;
}

/** Someone came or went. */
export interface Move {
  readonly nick: string;
  readonly how: "came" | "went";
}

/** One line to show. */
export type Line = Talk | Note;

const OVERHEAD = 120; // characters that a line costs besides its own

/** How many characters' worth of memory a line takes, whatever of it is long. */
export function costOf(line: Line): number {
  if (!("nick" in line)) return OVERHEAD + line.text.length + 8 * line.rooms.length;
  const { text, nick, msgid = "", account = "", room = "", to = "" } = line;
  return OVERHEAD + text.length + nick.length + msgid.length + account.length + room.length + to.length;
}
