import type { Statement } from "bun:sqlite";
import type { Writer } from "./writer.ts";

const MAX_UNPOSTED = 4096; // messages: posting these takes about 3 ms

/**
 * The index from places to their messages: one posting (place, seq) per message.
 *
 * Messages are appended in `seq` order, which costs the same however many places there are: one tick's messages lie on
 * one or two pages. Posting each message at once would touch a page per active place, and the commit would write them
 * all; with a hundred rooms that is four fifths of the cost of storing a message. So messages are posted later and many
 * at once: before a read, or when `MAX_UNPOSTED` wait. Messages above the watermark `posted` are found by scanning in
 * `seq` order.
 */
export class PlaceIndex {
  readonly #writer: Writer;
  readonly #insert: Statement;
  readonly #last: Statement<{ seq: number | null }, []>;
  readonly #saveWatermark: Statement;
  /** The watermark: all messages up to this `seq` are posted. */
  #posted = -1;
  /** An upper bound of the messages that are not posted yet. */
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

  /** Posts all messages, in the tick's transaction if one is open. Does nothing while writing does not work. */
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
