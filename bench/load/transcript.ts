import { Sequences } from "./sequences.ts";

/** Tells deliveries from other lines. */
export interface Wording {
  /** Whether these bytes, a line with its end, are a delivery; `sender` and `seq` say which. */
  read(bytes: Buffer, from: number, to: number): boolean;
  /** Of the delivery that was read last. */
  sender: number;
  seq: number;
}

/**
 * What everyone in a room is sent, as whoever is ahead received it; each line of it is read and checked once.
 *
 * A server says the same bytes to all. So a reader compares what it receives with what is known already, as a whole:
 * bytes equal to bytes that were checked are checked. That makes checking every delivery cheap enough to keep up with
 * the server on one core; who receives something else has its own lines read one by one.
 */
export class Transcript {
  readonly wording: Wording;
  readonly #first: readonly number[];
  bytes = Buffer.allocUnsafe(1 << 16);
  length = 0;
  lines = 0;
  /** By line: where it ends, whose it is, its number. */
  ends = new Float64Array(1 << 10);
  senders = new Int32Array(1 << 10);
  seqs = new Float64Array(1 << 10);

  /** By sender, the number that comes first. */
  constructor(wording: Wording, first: readonly number[]) {
    this.wording = wording;
    this.#first = first;
  }

  /** Adds the delivery that the wording has just read. */
  append(bytes: Buffer, from: number, to: number): void {
    const end = this.length + to - from;
    if (end > this.bytes.length) this.bytes = Buffer.concat([this.bytes], Math.max(end, this.bytes.length * 2));
    if (this.lines === this.ends.length) this.#grow();
    bytes.copy(this.bytes, this.length, from, to);
    this.length = end;
    this.ends[this.lines] = end;
    this.senders[this.lines] = this.wording.sender;
    this.seqs[this.lines] = this.wording.seq;
    this.lines++;
  }

  /** The check of its first lines. */
  check(lines: number): Sequences {
    const check = new Sequences(this.#first);
    for (let i = 0; i < lines; i++) check.take(this.senders[i] ?? -1, this.seqs[i] ?? -1);
    return check;
  }

  #grow(): void {
    const twice = <T extends Float64Array | Int32Array>(old: T, copy: T): T => {
      copy.set(old);
      return copy;
    };
    this.ends = twice(this.ends, new Float64Array(this.lines * 2));
    this.senders = twice(this.senders, new Int32Array(this.lines * 2));
    this.seqs = twice(this.seqs, new Float64Array(this.lines * 2));
  }
}

/** What a reader tells of. */
export interface Listener {
  /** So many deliveries have come. */
  delivered(count: number): void;
  /** One of them, if the reader is asked to tell of each. */
  each?(sender: number, seq: number): void;
  /** A line that is no delivery. */
  other(line: string): void;
}

/** One who receives what a transcript has, in whole lines. */
export class Reader {
  readonly #transcript: Transcript;
  readonly #listener: Listener;
  #at = 0; // in the transcript, at the end of a line
  #line = 0;
  /** Once it has received what nobody else has. */
  #alone: Sequences | undefined;

  /** Someone who is `alone` from the beginning is sent something else than the others, such as all but its own lines. */
  constructor(transcript: Transcript, listener: Listener, alone = false) {
    this.#transcript = transcript;
    this.#listener = listener;
    if (alone) this.#alone = transcript.check(0);
  }

  /** What has come, and whether it was right. */
  get check(): Sequences {
    return this.#alone ?? this.#transcript.check(this.#line);
  }

  /** Whether exactly that many lines of the transcript have come, and nothing else: then its check is this one's. */
  has(lines: number): boolean {
    return this.#alone === undefined && this.#line === lines;
  }

  /** Takes whole lines, those from one place to another. */
  take(chunk: Buffer, from: number, to: number): void {
    let at = from;
    const known = Math.min(to - from, this.#transcript.length - this.#at);
    if (this.#alone === undefined && known > 0 && this.#isNext(chunk, from, from + known)) {
      this.#at += known;
      at += known;
      this.#advance();
    }
    while (at < to) {
      const end = chunk.indexOf(10, at) + 1;
      this.#one(chunk, at, end);
      at = end;
    }
  }

  #isNext(chunk: Buffer, from: number, to: number): boolean {
    return chunk.compare(this.#transcript.bytes, this.#at, this.#at + to - from, from, to) === 0;
  }

  #advance(): void {
    const { ends, senders, seqs, lines } = this.#transcript;
    const before = this.#line;
    while (this.#line < lines && (ends[this.#line] ?? 0) <= this.#at) this.#line++;
    if (this.#listener.each !== undefined) {
      for (let i = before; i < this.#line; i++) this.#listener.each(senders[i] ?? -1, seqs[i] ?? -1);
    }
    this.#listener.delivered(this.#line - before);
  }

  #one(chunk: Buffer, from: number, to: number): void {
    const transcript = this.#transcript;
    if (this.#alone === undefined && this.#at < transcript.length) {
      const end = transcript.ends[this.#line] ?? 0;
      if (end - this.#at === to - from && this.#isNext(chunk, from, to)) {
        this.#at = end;
        this.#advance();
        return;
      }
    }
    if (!transcript.wording.read(chunk, from, to)) {
      this.#listener.other(chunk.toString("latin1", from, to).trimEnd());
      return;
    }
    if (this.#alone === undefined && this.#at === transcript.length) {
      transcript.append(chunk, from, to);
      this.#at = transcript.length;
      this.#advance();
      return;
    }
    this.#alone ??= transcript.check(this.#line);
    const { sender, seq } = transcript.wording;
    const before = this.#alone.got;
    this.#alone.take(sender, seq);
    if (this.#alone.got === before) return;
    this.#listener.delivered(1);
    this.#listener.each?.(sender, seq);
  }
}

/** Makes whole lines of chunks, however the network has chopped them: few copies, no string. */
export class Framing {
  #tail: Buffer = Buffer.alloc(0);

  /** Gives each run of whole lines: the bytes, from where, to where. */
  take(chunk: Buffer, lines: (bytes: Buffer, from: number, to: number) => void): void {
    let from = 0;
    if (this.#tail.length > 0) {
      from = chunk.indexOf(10) + 1;
      this.#tail = Buffer.concat([this.#tail, from === 0 ? chunk : chunk.subarray(0, from)]);
      if (from === 0) return;
      const line = this.#tail;
      this.#tail = chunk.subarray(0, 0);
      lines(line, 0, line.length);
    }
    const to = chunk.lastIndexOf(10) + 1;
    if (to > from) lines(chunk, from, to);
    if (to < chunk.length) this.#tail = Buffer.from(chunk.subarray(Math.max(from, to)));
  }
}
