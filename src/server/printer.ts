/** Prints lines without holding anyone up: those of one turn of the event loop leave in one write. */
export class Printer {
  readonly #stream: NodeJS.WriteStream;
  #waiting = "";

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  /** Prints a line; it must be safe to show. */
  print(line: string): void {
    if (this.#waiting === "") setImmediate(() => this.#flush());
    this.#waiting += `${line}\n`;
  }

  #flush(): void {
    const text = this.#waiting;
    this.#waiting = "";
    // Who watches the output and has stopped reading it must not cost memory without end.
    if (this.#stream.writableLength < 1 << 20) this.#stream.write(text);
  }
}
