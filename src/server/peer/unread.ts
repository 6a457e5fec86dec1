/**
 * How much all peers together leave unread: bytes that are kept for one of them alone. What was said to many is kept
 * once, and counted for the first of them that does not read it.
 */
export class Unread {
  #bytes = 0;
  #peers = 0;

  get bytes(): number {
    return this.#bytes;
  }

  /** A peer leaves so many bytes unread, where it left so many before. */
  change(before: number, now: number): void {
    this.#bytes += now - before;
    this.#peers += (now > 0 ? 1 : 0) - (before > 0 ? 1 : 0);
  }

  /** Whether a peer that leaves so many bytes unread is among those that leave the most. */
  isMuch(bytes: number): boolean {
    return bytes > 0 && bytes * this.#peers >= this.#bytes;
  }
}
