import type { Statement } from "bun:sqlite";
import type { Writer } from "./writer.ts";

const BEHIND = 4096; // messages that may wait: to post so many takes about 3 ms

/**
 * Which messages lie in which place.
 *
 * Messages are appended in their order, which costs the same however many places there are: a turn's messages lie on
 * one page or two. Posted as they come, they would touch a page for each place that somebody speaks in, and the commit
 * would write all of these: with a hundred rooms that is four fifths of what storing a message costs. So they are
 * posted behind, many at once: when somebody reads, or when many wait. What is not posted yet is found by its order.
 */
export class PlaceIndex {
  readonly #writer: Writer;
  readonly #insert: Statement;
  readonly #last: Statement<{ seq: number | null }, []>;
  readonly #set: Statement;
  /** The last of the order that is posted. */
  #posted = -1;
  /** How many wait, at the most. */
  #waiting = 0;
  /** How often the writer had failed when it was looked: what is posted in a turn that fails is not. */
  #failures = -1;

  constructor(writer: Writer) {
    this.#writer = writer;
    const { db } = writer;
    this.#insert = db.prepare(
      "INSERT OR IGNORE INTO posting SELECT place, seq FROM message WHERE seq > ? ORDER BY place, seq",
    );
    this.#last = db.prepare("SELECT max(seq) AS seq FROM message");
    this.#set = db.prepare("INSERT OR REPLACE INTO meta VALUES ('posted', ?)");
  }

  /** All up to this one of the order is posted. */
  get posted(): number {
    this.#look();
    return this.#posted;
  }

  /** Whether something waits to be posted. */
  get isBehind(): boolean {
    this.#look();
    return this.#waiting > 0;
  }

  /** So many messages were appended. */
  appended(count: number): void {
    this.#look();
    this.#waiting += count;
    if (this.#waiting >= BEHIND) this.post();
  }

  /** Posts what waits, with the turn's transaction if one is open; nothing, while nothing can be written. */
  post(): void {
    if (!this.isBehind) return;
    const last = this.#last.get()?.seq ?? -1;
    const work = () => {
      this.#insert.run(this.#posted);
      this.#set.run(last);
    };
    if (!(this.#writer.isOpen ? this.#writer.write(work) : this.#writer.aside(work))) return;
    this.#posted = last;
    this.#waiting = 0;
  }

  /** Finds out, at the start and after a failure, where it is. */
  #look(): void {
    if (this.#failures === this.#writer.failures) return;
    this.#failures = this.#writer.failures;
    const sql = "SELECT value FROM meta WHERE key = 'posted'";
    this.#posted = this.#writer.db.query<{ value: number }, []>(sql).get()?.value ?? -1;
    this.#waiting = Math.max(0, (this.#last.get()?.seq ?? -1) - this.#posted);
  }
}
