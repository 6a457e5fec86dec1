import type { Database, Statement } from "bun:sqlite";
import type { Writer } from "./writer.ts";

/** Finds positions in the history: the messages of a place, and the rows at a time. */

const MAX_UNPOSTED = 4096; // messages: posting these takes about 3 ms

/**
 * The index from places to their messages: one posting (place, seq) per message.
 *
 * Messages are appended in `seq` order, so the messages of a tick lie on one or two pages, for any number of places.
 * Posting each message at once would write one page per active place in each commit; with a hundred rooms, that is four
 * fifths of the cost of storing a message. So messages are posted later, many at once: before a read, or when
 * `MAX_UNPOSTED` of them wait. Messages above the watermark `posted` are found by scanning in `seq` order.
 */
export class PlaceIndex {
  readonly #writer: Writer;
  readonly #insert: Statement;
  readonly #last: Statement<{ seq: number | null }, []>;
  readonly #saveWatermark: Statement;
  /** The watermark: all messages up to this `seq` are posted. */
  #posted = -1;
  /** The number of messages that are not posted yet, or more. */
  #unposted = 0;
  /** `writer.failures` at the last check: a failed tick rolls back the postings made in it. */
  #seenFailures = -1;

  constructor(writer: Writer) {
    this.#writer = writer;
    const { db } = writer;
    this.#insert = db.prepare(
      "INSERT OR IGNORE INTO posting SELECT place, seq FROM message WHERE seq > ? ORDER BY place, seq",
    );
    this.#last = db.prepare("SELECT max(seq) AS seq FROM message");
    this.#saveWatermark = db.prepare("INSERT OR REPLACE INTO meta VALUES ('posted', ?)");
  }

  /** All messages up to this `seq` are posted. */
  get posted(): number {
    this.#resync();
    return this.#posted;
  }

  /** Whether some messages are not posted yet. */
  get isBehind(): boolean {
    this.#resync();
    return this.#unposted > 0;
  }

  /** Reports `count` new messages; posts them once there are too many. */
  appended(count: number): void {
    this.#resync();
    this.#unposted += count;
    if (this.#unposted >= MAX_UNPOSTED) this.post();
  }

  /** Posts all messages, in the tick's transaction if one is open. If writing fails, they stay unposted. */
  post(): void {
    if (!this.isBehind) return;
    const last = this.#last.get()?.seq ?? -1;
    const work = () => {
      this.#insert.run(this.#posted);
      this.#saveWatermark.run(last);
    };
    if (!(this.#writer.isOpen ? this.#writer.write(work) : this.#writer.writeAlone(work))) return;
    this.#posted = last;
    this.#unposted = 0;
  }

  /** Reads the watermark from the database, at the start and after each failure. */
  #resync(): void {
    if (this.#seenFailures === this.#writer.failures) return;
    this.#seenFailures = this.#writer.failures;
    const sql = "SELECT value FROM meta WHERE key = 'posted'";
    this.#posted = this.#writer.db.query<{ value: number }, []>(sql).get()?.value ?? -1;
    this.#unposted = Math.max(0, (this.#last.get()?.seq ?? -1) - this.#posted);
  }
}

interface Row {
  readonly seq: number;
  readonly time: number;
}

/** Statements for the rows next to a `seq`, in one table. */
interface Neighbours {
  readonly before: Statement<Row, [number]>;
  readonly after: Statement<Row, [number]>;
}

function neighboursIn(db: Database, table: "message" | "happening"): Neighbours {
  return {
    before: db.prepare(`SELECT seq, time FROM ${table} WHERE seq < ? ORDER BY seq DESC LIMIT 1`),
    after: db.prepare(`SELECT seq, time FROM ${table} WHERE seq > ? ORDER BY seq LIMIT 1`),
  };
}

const NO_ROW: Row = { seq: 0, time: 0 };
const MAX_SAME_TIME = 1000; // rows of one millisecond that are looked at, in each direction
const END = Number.MAX_SAFE_INTEGER;
const MAX_SKIP = 2 ** 20; // `seq`s skipped at once over rows that cannot be read

/**
 * Maps times to positions in `seq` order, over all stored messages and room events.
 *
 * Times increase with `seq`, except where the clock was set back, which is called a step. Between two steps, a time is
 * found by binary search. If several stretches contain a time, the position is in the last one.
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

  /** The last stored row. */
  get last(): Row {
    return this.#before(END);
  }

  /** The `seq` of the last row whose time is not later; 0 if there is none. */
  lastAt(time: number): number {
    return this.#find(time).last;
  }

  /** The first `seq` with this time; if no row has it, the one after the last row with an earlier time. */
  firstAt(time: number): number {
    const { last, from } = this.#find(time);
    if (this.#before(last + 1).time < time) return last + 1;
    return Math.max(from, this.#lastIn(from, last + 1, time - 1).seq + 1);
  }

  /**
   * The last `seq` such that it and all rows before it are older than a time; 0 if there is none. A row later than
   * `now` was stamped by a clock that ran ahead: it is as old as the first row after the clock was set back.
   */
  expiredUpTo(before: number, now: number): number {
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
      const last = this.#lastIn(from, end, before - 1).seq;
      const rest = this.#after(Math.max(last, from - 1));
      old = Math.max(old, last);
      if (rest.seq === 0) return old;
      if (rest.seq >= end) continue;
      const corrected = end === END ? undefined : this.#after(end - 1);
      if (rest.time <= now || !corrected || corrected.seq === 0 || corrected.time >= before) return old;
      old = this.#before(end).seq;
    }
    return old;
  }

  /** The span of rows around a `seq` that have the same time, at most `MAX_SAME_TIME` rows in each direction. */
  millisecondOf(seq: number): { readonly from: number; readonly to: number } {
    const { time } = this.#before(seq + 1);
    let from = seq;
    let to = seq;
    for (let at = 0; at < MAX_SAME_TIME; at++) {
      const row = this.#before(from);
      if (row.seq === 0 || row.time !== time) break;
      from = row.seq;
    }
    for (let at = 0; at < MAX_SAME_TIME; at++) {
      const row = this.#after(to);
      if (row.seq === 0 || row.time !== time) break;
      to = row.seq;
    }
    return { from, to };
  }

  /** The `seq` of the last row whose time is not later, and the `seq` at which its stretch between two steps begins. */
  #find(time: number): { readonly last: number; readonly from: number } {
    let end = END;
    for (const from of [...this.#steps.all().map(({ seq }) => seq), 0]) {
      const { seq } = this.#lastIn(from, end, time);
      if (seq > 0) return { last: seq, from };
      end = from;
    }
    return { last: 0, from: 0 };
  }

  /** The last row in [from, end) whose time is not later, by binary search. The range must not contain a step. */
  #lastIn(from: number, end: number, time: number): Row {
    const top = this.#before(end);
    if (top.seq >= from && top.time <= time) return top;
    let found = NO_ROW;
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

  /** The last row before a `seq`. */
  #before(seq: number): Row {
    const [message, happening] = [this.#messages, this.#happenings].map(({ before }) =>
      this.#neighbour(before, seq, -1),
    );
    if (!message || !happening) return message ?? happening ?? NO_ROW;
    return message.seq > happening.seq ? message : happening;
  }

  /** The first row after a `seq`. */
  #after(seq: number): Row {
    const [message, happening] = [this.#messages, this.#happenings].map(({ after }) => this.#neighbour(after, seq, 1));
    if (!message || !happening) return message ?? happening ?? NO_ROW;
    return message.seq < happening.seq ? message : happening;
  }

  /** The row next to a `seq`. If it cannot be read, skips rows, doubling the distance, until one can be read. */
  #neighbour(next: Statement<Row, [number]>, seq: number, direction: 1 | -1): Row | undefined {
    const found = this.#writer.read(() => next.get(seq), undefined);
    if (found !== undefined) return found ?? undefined;
    let at = Math.min(seq, this.#claimed());
    for (let step = 1; at > 0 && step < MAX_SKIP; step *= 2) {
      at += direction * step;
      const row = this.#writer.read(() => next.get(at), undefined);
      if (row !== undefined) return row ?? undefined;
    }
    return undefined;
  }

  /** The next free `seq`, above all that are in use. */
  #claimed(): number {
    const sql = "SELECT value FROM meta WHERE key = 'seq'";
    return this.#writer.db.query<{ value: number }, []>(sql).get()?.value ?? 0;
  }
}
