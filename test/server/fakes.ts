import type { Transport } from "../../src/server/transport.ts";

/** A transport that keeps what it takes, and takes no more than it has room for. */
export class FakeTransport implements Transport {
  readonly remote = { address: "127.0.0.1", port: 4711 };
  /** Bytes that it will still take. */
  room = Number.POSITIVE_INFINITY;
  /** It took less than it was offered, and has not asked for more since. */
  isFull = false;
  writes = 0;
  /** What else was asked of it, in order. */
  readonly asked: string[] = [];
  readonly #taken: Buffer[] = [];

  /** Everything it took. */
  get taken(): string {
    return Buffer.concat(this.#taken).toString();
  }

  write(bytes: Uint8Array): number {
    if (this.isFull) throw new Error("It was offered bytes before it asked for more");
    this.writes++;
    const count = Math.min(bytes.length, this.room);
    this.room -= count;
    this.isFull = count < bytes.length;
    // A copy, as the kernel's is: the bytes belong to whoever writes them.
    this.#taken.push(Buffer.from(bytes.subarray(0, count)));
    return count;
  }

  finish(): void {
    this.asked.push("finish");
  }

  close(): void {
    this.asked.push("close");
  }

  terminate(): void {
    this.asked.push("terminate");
  }

  pause(): void {
    this.asked.push("pause");
  }

  resume(): void {
    this.asked.push("resume");
  }
}
