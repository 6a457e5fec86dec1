import type { LocatedMessage, Place } from "../store.ts";

const MOST = 2000; // messages in memory, the oldest of which is forgotten for the next

interface Entry {
  readonly found: LocatedMessage;
  /** The text of its `SentKey`; `undefined` if its sender gave it no id. */
  readonly key: string | undefined;
}

/** Recent messages that are not stored, by sequence number and by their sender's id; oldest first. */
export class EphemeralMessages {
  readonly #bySeq = new Map<number, Entry>();
  readonly #seqs = new Map<string, number>();
  /** The sequence numbers of entries that were added, changed or forgotten; collected only if it is set. */
  changed: Set<number> | undefined;

  get size(): number {
    return this.#bySeq.size;
  }

  at(seq: number): LocatedMessage | undefined {
    return this.#bySeq.get(seq)?.found;
  }

  sent(key: string): LocatedMessage | undefined {
    const seq = this.#seqs.get(key);
    return seq === undefined ? undefined : this.at(seq);
  }

  add(found: LocatedMessage, key: string | undefined): void {
    this.#set(found, key);
    for (const oldest of this.#bySeq.keys()) {
      if (this.#bySeq.size <= MOST) return;
      this.forget(oldest);
    }
  }

  forget(seq: number): void {
    const entry = this.#bySeq.get(seq);
    if (!entry) return;
    this.#bySeq.delete(seq);
    if (entry.key !== undefined) this.#seqs.delete(entry.key);
    this.changed?.add(seq);
  }

  /** Replaces the messages of a place; they keep their age. */
  replace(
    place: Place,
    by: (found: LocatedMessage) => { readonly found: LocatedMessage; readonly key: string | undefined },
  ): void {
    for (const entry of this.#bySeq.values()) {
      if (entry.found.place !== place) continue;
      if (entry.key !== undefined) this.#seqs.delete(entry.key);
      const { found, key } = by(entry.found);
      this.#set(found, key);
    }
  }

  #set(found: LocatedMessage, key: string | undefined): void {
    const { seq } = found.message;
    this.#bySeq.set(seq, { found, key });
    if (key !== undefined) this.#seqs.set(key, seq);
    this.changed?.add(seq);
  }

  [Symbol.iterator](): Iterator<LocatedMessage> {
    return this.#bySeq
      .values()
      .map(({ found }) => found)
      [Symbol.iterator]();
  }
}
