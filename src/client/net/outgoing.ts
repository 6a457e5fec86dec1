/** What takes bytes as far as it can and answers how many it took; below 0 once it is closed. */
export interface Sink {
  write(bytes: Uint8Array): number;
}

/**
 * Bytes on their way out, in order. A socket takes what the kernel has room for and keeps nothing, so what it did not
 * take waits here until `flush` is called again, as from the socket's `drain`.
 */
export class Outgoing {
  #chunks: Uint8Array[] = [];
  #size = 0;

  /** Bytes that wait. */
  get size(): number {
    return this.#size;
  }

  /** Puts bytes behind those that wait. */
  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#chunks.push(bytes);
    this.#size += bytes.length;
  }

  /** Writes what the sink takes; true when nothing is left. */
  flush(sink: Sink): boolean {
    while (this.#size > 0) {
      const all = this.#chunks.length === 1 ? this.#chunks[0] : undefined;
      const bytes = all ?? joined(this.#chunks, this.#size);
      const taken = Math.max(0, sink.write(bytes));
      this.#size = bytes.length - taken;
      this.#chunks = this.#size > 0 ? [bytes.subarray(taken)] : [];
      if (taken === 0) return false;
    }
    return true;
  }
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
