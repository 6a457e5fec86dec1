import { fold } from "../../text/fold.ts";
import type { Identity } from "./event.ts";
import type { Room } from "./room.ts";

const DAY = 86_400_000; // ms that a departure is remembered
const MOST = 10_000; // departures that are remembered, the latest

/** From where a session is, besides its nick. */
export type Origins = Pick<Identity, "user" | "host">;

interface Departure {
  /** The number in the order of the event by which it left. */
  readonly seq: number;
  /** On the steady clock. */
  readonly at: number;
}

/** A session that is in a room. */
export type Attendance = readonly [room: Room, nick: string, origins: Origins];

/** A departure as it is stored: whose, the number of its event, how long ago it was in milliseconds. */
export type DepartureRecord = readonly [key: string, seq: number, age: number];

/**
 * Which sessions have left which room of late, by nick, user name and host: one of the same that comes back is shown
 * what was said since, and no more.
 */
export class Departures {
  /** The oldest first. */
  readonly #left = new Map<string, Departure>();

  note(room: Room, nick: string, origins: Origins, { seq, at }: Departure): void {
    this.#keep(keyOf(room, nick, origins), { seq, at });
  }

  /** The number of the event by which it left; 0 if it is not known to have been there within a day. */
  since(room: Room, nick: string, origins: Origins, now: number): number {
    const left = this.#left.get(keyOf(room, nick, origins));
    return left && now - left.at < DAY ? left.seq : 0;
  }

  /** It is there again. */
  forget(room: Room, nick: string, origins: Origins): void {
    this.#left.delete(keyOf(room, nick, origins));
  }

  /** The room of this key has another from now on. */
  rename(from: Room["key"], to: Room["key"]): void {
    const all = [...this.#left];
    this.#left.clear();
    for (const [key, departure] of all)
      this.#left.set(key.startsWith(`${from} `) ? to + key.slice(from.length) : key, departure);
  }

  /** The latest of them, with those of sessions that are there still, as if they left now by the event of this number. */
  records(now: number, there: Iterable<Attendance>, seq: number): readonly DepartureRecord[] {
    const left = Array.from(
      this.#left,
      ([key, departure]): DepartureRecord => [key, departure.seq, now - departure.at],
    );
    for (const [room, nick, origins] of there) left.push([keyOf(room, nick, origins), seq, 0]);
    return left.slice(-MOST);
  }

  /** Takes up what was stored `ago` milliseconds ago. */
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
