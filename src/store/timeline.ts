import type { Database, Statement } from "bun:sqlite";
import type { Writer } from "./writer.ts";

interface Row {
  readonly seq: number;
  readonly time: number;
}

/** Statements that find the rows next to a number of the order, in one table. */
interface Neighbours {
  readonly before: Statement<Row, [number]>;
  readonly behind: Statement<Row, [number]>;
}

function neighboursIn(db: Database, table: "message" | "happening"): Neighbours {
  return {
    before: db.prepare(`SELECT seq, time FROM ${table} WHERE seq < ? ORDER BY seq DESC LIMIT 1`),
    behind: db.prepare(`SELECT seq, time FROM ${table} WHERE seq > ? ORDER BY seq LIMIT 1`),
  };
}

const NOTHING: Row = { seq: 0, time: 0 };
const MOST_SHARED = 1000; // that are looked at for having the same time, each way
const END = Number.MAX_SAFE_INTEGER;
const FURTHEST = 2 ** 20; // of the order, that is gone on where something cannot be read

/**
 * Finds the place of a time in the order of all that is kept: messages, and what happened besides.
 *
 * Time goes forward along the order but where the clock was set back: a step. Between two steps a time is found by
 * halving. A time stands for the last place that has it or an earlier one, whatever lay before that.
 */
export class Timeline {
  readonly #writer: Writer;
  readonly #messages: Neighbours;
  readonly #happenings: Neighbours;
  readonly #steps: Statement<{ seq: number }, []>;

  constructor(writer: Writer) {
    this.#writer = writer;
    const { db } = writer;
    this.#messages = neighboursIn(db, "message");
    this.#happenings = neighboursIn(db, "happening");
    this.#steps = db.prepare("SELECT seq FROM step ORDER BY seq DESC");
  }

  /** The last of all. */
  get last(): Row {
    return this.#before(END);
  }

  /** The last place in the order whose time is not later; 0 if there is none. */
  lastAt(time: number): number {
    return this.#find(time).last;
  }

  /** The first place that has this time, or else would: one behind the last place with an earlier time. */
  firstAt(time: number): number {
    const { last, from } = this.#find(time);
    if (this.#before(last + 1).time < time) return last + 1;
    return Math.max(from, this.#within(from, last + 1, time - 1).seq + 1);
  }

  /**
   * The last of the order that is older than a time, and with it all before; 0 if none is. What seems to be of the
   * future was stamped by a clock that was ahead: it is as old as what came after the clock was set back.
   */
  oldUpTo(before: number, now: number): number {
    const starts = [
      0,
      ...this.#steps
        .all()
        .map(({ seq }) => seq)
        .reverse(),
    ];
    let old = 0;
    for (const [at, from] of starts.entries()) {
      const end = starts[at + 1] ?? END;
      const last = this.#within(from, end, before - 1).seq;
      const rest = this.#behind(Math.max(last, from - 1));
      old = Math.max(old, last);
      if (rest.seq === 0) return old;
      if (rest.seq >= end) continue;
      const corrected = end === END ? undefined : this.#behind(end - 1);
      if (rest.time <= now || !corrected || corrected.seq === 0 || corrected.time >= before) return old;
      old = this.#before(end).seq;
    }
    return old;
  }

  /** The stretch around a number of the order in which all has the same time; as far as so many away. */
  millisecondOf(seq: number): { readonly from: number; readonly to: number } {
    const { time } = this.#before(seq + 1);
    let from = seq;
    let to = seq;
    for (let at = 0; at < MOST_SHARED; at++) {
      const row = this.#before(from);
      if (row.seq === 0 || row.time !== time) break;
      from = row.seq;
    }
    for (let at = 0; at < MOST_SHARED; at++) {
      const row = this.#behind(to);
      if (row.seq === 0 || row.time !== time) break;
      to = row.seq;
    }
    return { from, to };
  }

  /** The last place whose time is not later, and the beginning of the stretch without a step that it lies in. */
  #find(time: number): { readonly last: number; readonly from: number } {
    let end = END;
    for (const from of [...this.#steps.all().map(({ seq }) => seq), 0]) {
      const { seq } = this.#within(from, end, time);
      if (seq > 0) return { last: seq, from };
      end = from;
    }
    return { last: 0, from: 0 };
  }

  /** The last of a stretch of the order whose time is not later. */
  #within(from: number, end: number, time: number): Row {
    const top = this.#before(end);
    if (top.seq >= from && top.time <= time) return top;
    let found = NOTHING;
    let low = from;
    let high = top.seq;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const row = this.#before(middle + 1);
      if (row.seq >= low && row.time > time) {
        high = row.seq;
      } else {
        if (row.seq >= low) found = row;
        low = middle + 1;
      }
    }
    return found;
  }

  /** The last before a number of the order. */
  #before(seq: number): Row {
    const [message, happening] = [this.#messages, this.#happenings].map(({ before }) => this.#near(before, seq, -1));
    if (!message || !happening) return message ?? happening ?? NOTHING;
    return message.seq > happening.seq ? message : happening;
  }

  /** The first behind a number of the order. */
  #behind(seq: number): Row {
    const [message, happening] = [this.#messages, this.#happenings].map(({ behind }) => this.#near(behind, seq, 1));
    if (!message || !happening) return message ?? happening ?? NOTHING;
    return message.seq < happening.seq ? message : happening;
  }

  /** Finds the row next to a number of the order; where that cannot be read, the one after it. */
  #near(next: Statement<Row, [number]>, seq: number, way: 1 | -1): Row | undefined {
    const found = this.#writer.read(() => next.get(seq), undefined);
    if (found !== undefined) return found ?? undefined;
    let at = Math.min(seq, this.#claimed());
    for (let step = 1; at > 0 && step < FURTHEST; step *= 2) {
      at += way * step;
      const row = this.#writer.read(() => next.get(at), undefined);
      if (row !== undefined) return row ?? undefined;
    }
    return undefined;
  }

  /** Behind all numbers of the order that are in use. */
  #claimed(): number {
    const sql = "SELECT value FROM meta WHERE key = 'seq'";
    return this.#writer.db.query<{ value: number }, []>(sql).get()?.value ?? 0;
  }
}
