import { unwritten } from "../../text/unwritten.ts";
import type { OutputStream } from "../run/process.ts";
import type { Ending } from "./ui.ts";

const FULL = 1 << 18; // bytes that wait for a slow reader before the network has to wait too

/**
 * A stream that is written to, with an eye on who reads it: a reader that is slow is waited for. When nobody reads it
 * any more (EPIPE), or it cannot be written to, that is told once and then nothing more is written.
 */
export class Output {
  /** Called when there is room again after `full`. */
  onRoom: () => void = () => {};
  /** Called once when nothing can be written any more. */
  onGone: () => void = () => {};
  readonly #stream: OutputStream;
  #waiting = 0;
  #gone = false;
  #wasFull = false;
  #why: string | undefined;
  readonly #fail = (error: Error): void => {
    if (this.#gone) return;
    this.#gone = true;
    this.#why = unwritten(error);
    this.#waiting = 0;
    this.onGone();
  };

  constructor(stream: OutputStream) {
    this.#stream = stream;
    stream.on("error", this.#fail);
  }

  /** Whether so much waits that no more should be read for it. */
  get full(): boolean {
    return this.#waiting > FULL;
  }

  /** The ending as it is: a failure if something could not be written, though someone was there to read it. */
  judged(ending: Ending): Ending {
    return this.#why === undefined ? ending : { code: ending.code || 1, words: [...ending.words, this.#why] };
  }

  /** Writes; the order is kept. */
  write(data: string | Uint8Array): void {
    if (this.#gone || data.length === 0) return;
    this.#waiting += data.length;
    this.#wasFull ||= this.full;
    this.#stream.write(data, (error) => {
      if (error) return this.#fail(error);
      this.#waiting = Math.max(0, this.#waiting - data.length);
      if (!this.#wasFull || this.full) return;
      this.#wasFull = false;
      this.onRoom();
    });
  }

  /** Resolves when all that was written has been taken, or nobody is there to take it. */
  flushed(): Promise<void> {
    if (this.#gone) return Promise.resolve();
    return new Promise((resolve) => {
      this.#stream.write("", () => resolve());
    });
  }
}
