import { decode } from "../../text/bytes.ts";
import { LineSplitter, OVERLONG } from "../../wire/lines.ts";
import type { InputStream } from "../run/process.ts";

/** Bytes of a line from stdin; a longer one is left out. */
export const TYPED = 65_536;

/** Receives the lines. */
export interface LinesListener {
  takes(): boolean;
  line(line: string): void;
  overlong(): void;
  ended(): void;
}

/** Lines from stdin, read only as fast as they are taken. */
export class InputLines {
  /** Lines that were too long. */
  lost = 0;
  readonly #stdin: InputStream;
  readonly #listener: LinesListener;
  readonly #splitter = new LineSplitter(TYPED);
  #atEnd = false;
  #over = false;
  #draining = false;
  readonly #data = (bytes: Uint8Array): void => {
    this.#splitter.push(bytes);
    this.drain();
  };
  readonly #end = (): void => {
    this.#atEnd = true;
    this.drain();
  };

  constructor(stdin: InputStream, listener: LinesListener) {
    this.#stdin = stdin;
    this.#listener = listener;
    stdin.on("data", this.#data);
    stdin.on("end", this.#end);
    stdin.on("error", this.#end);
    stdin.resume();
  }

  /** Gives away the lines that can be taken now; reads on only if all could. */
  drain(): void {
    // Taking a line may change things at once, which asks for another drain.
    if (this.#draining || this.#over) return;
    this.#draining = true;
    let waiting = false;
    while (!waiting && this.#give()) waiting = !this.#listener.takes();
    this.#draining = false;
  }

  /** Leaves stdin to someone else until `resume`. */
  suspend(): void {
    this.#stdin.off("data", this.#data);
    this.#stdin.off("end", this.#end);
  }

  /** Reads stdin again. */
  resume(): void {
    if (this.#over) return;
    this.#stdin.on("data", this.#data);
    this.#stdin.on("end", this.#end);
    this.#stdin.resume();
  }

  close(): void {
    this.#over = true;
    this.#stdin.off("data", this.#data);
    this.#stdin.off("end", this.#end);
    this.#stdin.pause();
  }

  /** Gives one line away if there is one and it is taken. */
  #give(): boolean {
    if (!this.#listener.takes()) {
      this.#stdin.pause();
      return false;
    }
    const line = this.#splitter.next() ?? (this.#atEnd ? this.#splitter.takeRest() : undefined);
    if (line === undefined) {
      this.#over = this.#atEnd;
      if (this.#atEnd) this.#listener.ended();
      else this.#stdin.resume();
      return false;
    }
    if (line === OVERLONG) {
      this.lost++;
      this.#listener.overlong();
    } else this.#listener.line(decode(line));
    return true;
  }
}
