import { Sequences } from "./sequences.ts";

/** Tells deliveries from other lines. */
export interface Wording {
  /** Whether a line (with its line end) is a delivery; sets `sender` and `seq`. */
  read(bytes: Buffer, from: number, to: number): boolean;
  /** The sender of the last delivery. */
  sender: number;
  seq: number;
}

/**
 * The lines that all members of a room get, in the order in which the first reader got them. Each line is checked once.
 *
 * A server sends the same bytes to all. So a reader compares its bytes with the known ones as a block: bytes equal to
 * checked bytes are checked. This makes checking every delivery cheap enough to keep up with the server on one core. A
 * reader that gets other bytes has its lines checked one by one.
 */
export class Transcript {
  readonly wording: Wording;
  readonly #first: readonly number[];
  bytes = Buffer.allocUnsafe(1 << 16);
  length = 0;
  lines = 0;
  /** For each line: its end, its sender, its number. */
  ends = new Float64Array(1 << 10);
  senders = new Int32Array(1 << 10);
  seqs = new Float64Array(1 << 10);

  /** Each sender's first number. */
  constructor(wording: Wording, first: readonly number[]) {
    this.wording = wording;
    this.#first = first;
  }

  /** Adds the delivery that the wording has just recognised. */
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

  /** The check of the first lines. */
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

/** The callbacks of a reader. */
export interface Listener {
  /** This many deliveries have come. */
  delivered(count: number): void;
  /** Called for each delivery, if the reader reports each. */
  each?(sender: number, seq: number): void;
  /** Handles a line that is not a delivery. */
  other(line: string): void;
}

/** A receiver of a transcript, in whole lines. */
export class Reader {
  readonly #transcript: Transcript;
  readonly #listener: Listener;
  #at = 0; // in the transcript, at the end of a line
  #line = 0;
  /** Set once it has received other bytes than the rest. */
  #alone: Sequences | undefined;

  /** A reader that is `alone` from the start gets other lines than the rest, such as all but its own. */
  constructor(transcript: Transcript, listener: Listener, alone = false) {
    this.#transcript = transcript;
    this.#listener = listener;
    if (alone) this.#alone = transcript.check(0);
  }

  /** The check of the lines that have come. */
  get check(): Sequences {
    return this.#alone ?? this.#transcript.check(this.#line);
  }

  /** Whether exactly this many lines of the transcript have come, and nothing else: then both have the same check. */
  has(lines: number): boolean {
    return this.#alone === undefined && this.#line === lines;
  }

  /** Takes whole lines: the bytes from `from` to `to`. */
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

/** Cuts chunks into runs of whole lines, with few copies and without strings. */
export class Framing {
  #tail: Buffer = Buffer.alloc(0);

  /** Calls back with each run of whole lines: the bytes, its start and its end. */
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
