const LF = 10;
const CR = 13;
const NOTHING = new Uint8Array(0);

/** What `LineSplitter.next` answers for a line that is longer than the limit. */
export const OVERLONG = "overlong";

/**
 * Cuts a stream of bytes into lines, however the network happened to chop it.
 *
 * A line ends at LF; a CR before it is dropped, so nc and IRC clients both work. A line longer than `limit` bytes is
 * reported once as `OVERLONG` and skipped up to its LF, so a peer that never sends LF cannot make us hold more than
 * `limit`. Lines are pulled (`push`, then `next` until it answers `undefined`), so the reader may stop between two.
 */
export class LineSplitter {
  readonly #limit: number;
  #chunk: Uint8Array = NOTHING;
  #at = 0;
  /** A line's beginning, from chunks before this one. */
  #head: Uint8Array = NOTHING;
  #skipping = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Adds bytes behind what is still unread. The chunk is kept, not copied, until it is read. */
  push(chunk: Uint8Array): void {
    this.#chunk = this.#at === this.#chunk.length ? chunk : concat(this.#chunk.subarray(this.#at), chunk);
    this.#at = 0;
  }

  /** The next whole line without its end, `OVERLONG` for one too long, `undefined` if there is none yet. */
  next(): Uint8Array | typeof OVERLONG | undefined {
    while (this.#at < this.#chunk.length) {
      const lf = this.#chunk.indexOf(LF, this.#at);
      if (lf < 0) return this.#unfinished();
      const line = this.#chunk.subarray(this.#at, lf);
      this.#at = lf + 1;
      if (this.#skipping) {
        this.#skipping = false;
        continue;
      }
      return this.#whole(line);
    }
    return undefined;
  }

  /** Takes what has come of an unfinished line, as at the end of input; `undefined` if there is nothing. */
  takeRest(): Uint8Array | undefined {
    const rest = concat(this.#head, this.#chunk.subarray(this.#at));
    this.#head = NOTHING;
    this.#chunk = NOTHING;
    this.#at = 0;
    return rest.length > 0 && !this.#skipping ? rest : undefined;
  }

  /** Bytes held: unread ones and the unfinished line. */
  get held(): number {
    return this.#head.length + this.#chunk.length - this.#at;
  }

  #whole(line: Uint8Array): Uint8Array | typeof OVERLONG {
    const all = this.#head.length > 0 ? concat(this.#head, line) : line;
    this.#head = NOTHING;
    const end = all[all.length - 1] === CR ? all.length - 1 : all.length;
    return end > this.#limit ? OVERLONG : all.subarray(0, end);
  }

  #unfinished(): typeof OVERLONG | undefined {
    const rest = this.#chunk.subarray(this.#at);
    this.#chunk = NOTHING;
    this.#at = 0;
    if (this.#skipping) return undefined;
    if (this.#head.length + rest.length > this.#limit + 1) {
      this.#head = NOTHING;
      this.#skipping = true;
      return OVERLONG;
    }
    // A copy: a view of three bytes would keep a chunk of half a megabyte alive.
    this.#head = concat(this.#head, rest);
    return undefined;
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}
