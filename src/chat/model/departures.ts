import { fold } from "../../text/fold.ts";
import type { Identity } from "./event.ts";
import type { Room } from "./room.ts";

const DAY = 86_400_000; // ms: the age at which a departure is forgotten
const MOST = 10_000; // departures; beyond that the oldest are forgotten

/** A session's user name and host: with the nick, they identify a returning session. */
export type Origins = Pick<Identity, "user" | "host">;

interface Departure {
  /** The sequence number of the event by which the session left. */
  readonly seq: number;
  /** On the steady clock. */
  readonly at: number;
}

/** A session in a room. */
export type Attendance = readonly [room: Room, nick: string, origins: Origins];

/** A stored departure: its key, the sequence number of its event, its age in milliseconds. */
export type DepartureRecord = readonly [key: string, seq: number, age: number];

/**
 * Remembers which sessions left which room within a day, by nick, user name and host, so that a returning session is
 * replayed only the messages since its departure.
 */
export class Departures {
  /** The oldest first. */
  readonly #left = new Map<string, Departure>();

  note(room: Room, nick: string, origins: Origins, { seq, at }: Departure): void {
    this.#keep(keyOf(room, nick, origins), { seq, at });
  }

  /** The sequence number of the departure; 0 if none within a day is known. */
  since(room: Room, nick: string, origins: Origins, now: number): number {
    const left = this.#left.get(keyOf(room, nick, origins));
    return left && now - left.at < DAY ? left.seq : 0;
  }

  /** The session is in the room again. */
  forget(room: Room, nick: string, origins: Origins): void {
    this.#left.delete(keyOf(room, nick, origins));
  }

  /** The room's key has changed. */
  rename(from: Room["key"], to: Room["key"]): void {
    const departures = [...this.#left];
    this.#left.clear();
    for (const [key, departure] of departures)
      this.#left.set(key.startsWith(`${from} `) ? to + key.slice(from.length) : key, departure);
  }

  /** The records to store: the departures, and one for each present session, as if it left now by the event `seq`. */
  records(now: number, present: Iterable<Attendance>, seq: number): readonly DepartureRecord[] {
    const left = Array.from(
      this.#left,
      ([key, departure]): DepartureRecord => [key, departure.seq, now - departure.at],
    );
    for (const [room, nick, origins] of present) left.push([keyOf(room, nick, origins), seq, 0]);
    return left.slice(-MOST);
  }

  /** Restores records that were stored `ago` milliseconds ago. */
  restore(records: readonly DepartureRecord[], now: number, ago: number): void {
    for (const [key, seq, age] of records) this.#keep(key, { seq, at: now - age - ago });
  }

  #keep(key: string, departure: Departure): void {
    this.#left.delete(key);
    this.#left.set(key, departure);
    for (const [oldest, { at }] of this.#left) {
      if (this.#left.size <= MOST && departure.at - at < DAY) return;
      this.#left.delete(oldest);
    }
  }
}

function keyOf(room: Room, nick: string, { user, host }: Origins): string {
  return `${room.key} ${fold(nick)}!${user}@${host}`;
}
