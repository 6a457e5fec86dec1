const LF = 10;
const CR = 13;
const NOTHING = new Uint8Array(0);

/** The answer of `LineSplitter.next` for a line that is longer than the limit. */
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
  /** The beginning of the current line, copied from earlier chunks. */
  #head: Uint8Array = NOTHING;
  #skipping = false;
  /** Every byte pushed has been examined: `next` answers `undefined` until the next `push`. */
  isDrained = true;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Appends bytes to the unread ones. The chunk is kept, not copied, until it is read. */
  push(chunk: Uint8Array): void {
    this.#chunk =
      this.#at === this.#chunk.length ? chunk : concat(view(this.#chunk, this.#at, this.#chunk.length), chunk);
    this.#at = 0;
    this.isDrained = false;
  }

  /** The next whole line without its end, `OVERLONG` for a line that is too long, `undefined` if none is complete. */
  next(): Uint8Array | typeof OVERLONG | undefined {
    while (this.#at < this.#chunk.length) {
      const lf = this.#chunk.indexOf(LF, this.#at);
      if (lf < 0) return this.#unfinished();
      const chunk = this.#chunk;
      const start = this.#at;
      this.#at = lf + 1;
      // An idle connection keeps no chunk alive.
      if (this.#at === chunk.length) this.#drop();
      if (this.#skipping) {
        this.#skipping = false;
        continue;
      }
      return this.#head.length > 0 ? this.#joined(view(chunk, start, lf)) : this.#line(chunk, start, lf);
    }
    return undefined;
  }

  /** Whether a whole line is buffered. */
  get hasLine(): boolean {
    return this.#chunk.indexOf(LF, this.#at) >= 0;
  }

  /** The bytes of the current chunk behind the last line taken. */
  get unread(): Uint8Array {
    return view(this.#chunk, this.#at, this.#chunk.length);
  }

  /** Takes the unfinished line, as at the end of input; `undefined` if it is empty or too long. */
  takeRest(): Uint8Array | undefined {
    const rest = concat(this.#head, view(this.#chunk, this.#at, this.#chunk.length));
    this.#head = NOTHING;
    this.#drop();
    return rest.length > 0 && !this.#skipping ? rest : undefined;
  }

  /** Drops everything that is buffered. */
  clear(): void {
    this.#head = NOTHING;
    this.#drop();
  }

  /** Bytes in memory: the unread ones and the unfinished line. */
  get held(): number {
    return this.#head.length + this.#chunk.length - this.#at;
  }

  #drop(): void {
    this.#chunk = NOTHING;
    this.#at = 0;
    this.isDrained = true;
  }

  /** A line that began in an earlier chunk. */
  #joined(end: Uint8Array): Uint8Array | typeof OVERLONG {
    const all = concat(this.#head, end);
    this.#head = NOTHING;
    return this.#line(all, 0, all.length);
  }

  /** The line without its CR, or `OVERLONG`. */
  #line(bytes: Uint8Array, start: number, lf: number): Uint8Array | typeof OVERLONG {
    const end = lf > start && bytes[lf - 1] === CR ? lf - 1 : lf;
    return end - start > this.#limit ? OVERLONG : view(bytes, start, end);
  }

  #unfinished(): typeof OVERLONG | undefined {
    const rest = view(this.#chunk, this.#at, this.#chunk.length);
    this.#drop();
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

/** A view of some of the bytes. Sockets deliver `Buffer`s, whose own `subarray` takes twice as long. */
function view(bytes: Uint8Array, from: number, to: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + from, to - from);
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}
