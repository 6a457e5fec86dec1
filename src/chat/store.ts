import type { Folded } from "../text/fold.ts";
import type { ChatEvent, EventOf } from "./event.ts";
import type { Flag, ListName } from "./modes.ts";
import type { Topic } from "./room.ts";

/** What is kept of a room: all that must outlive a restart, or its being dissolved. */
export interface RoomRecord {
  readonly name: string;
  readonly created: number;
  readonly visibleFrom: number;
  readonly topic: Topic | undefined;
  readonly password: string | undefined;
  readonly limit: number | undefined;
  readonly wasPrivate: boolean;
  readonly flags: readonly Flag[];
  readonly lists: Readonly<
    Record<ListName, readonly { readonly mask: string; readonly by: string; readonly at: number }[]>
  >;
}

/** Something said, as history has it: an event whose origin is long gone. */
export type Remembered = EventOf<"said">;

/** What of a room's history is asked for. */
export interface Span {
  /** Not before this one. */
  readonly from: number;
  /** Before this one. */
  readonly before?: number | undefined;
  /** At most so many, the latest. */
  readonly limit: number;
}

/**
 * Where the chat's past is kept; the chat owns this interface, and knows no more of it.
 *
 * What is appended in a turn is one transaction: `commit` makes it safe, and nobody is told of it before. Reading sees
 * what was appended, committed or not. Nothing here waits.
 */
export interface Store {
  /** Claims the next `count` numbers of the order for this run, and answers the first; none was ever claimed before. */
  claim(count: number): number;
  /** The name of this node: with a `seq`, it names an event among all of all nodes. Letters and digits. */
  readonly node: string;
  /** The latest `time` that was stored, so that time never goes back. */
  readonly lastTime: number;
  append(event: ChatEvent): void;
  saveRoom(key: Folded, record: RoomRecord): void;
  loadRoom(key: Folded): RoomRecord | undefined;
  /** The latest of what was said in a room, oldest first. */
  history(key: Folded, span: Span): readonly Remembered[];
  /** Ends the turn's transaction. Answers the events that could not be stored: none, or all of the turn's. */
  commit(): readonly ChatEvent[];
  close(): void;
}
