const HEADER = 5; // bytes: type, version, length (RFC 8446 5.1)
const ALERT = 21;
const DATA = 23;
const SEALED_ALERT = 19; // bytes of an alert in TLS 1.3: level, description, type, and 16 that authenticate them

/** Follows the records of a TLS stream, however they were cut, to tell which may be the last. */
export class RecordScanner {
  readonly #header: number[] = [];
  /** Bytes of the record's body that are yet to come. */
  #left = 0;

  /**
   * Takes the next bytes. Answers how many of them, at their end, are one whole record that may be an alert, such as
   * close_notify: an alert in TLS 1.2; in TLS 1.3 data of the same length looks the same. Otherwise 0.
   */
  scan(bytes: Uint8Array): number {
    let start = -1;
    let at = 0;
    while (at < bytes.length) {
      if (this.#left > 0) {
        const step = Math.min(this.#left, bytes.length - at);
        this.#left -= step;
        at += step;
        continue;
      }
      if (this.#header.length === HEADER) this.#header.length = 0;
      if (this.#header.length === 0) start = at;
      this.#header.push(bytes[at] ?? 0);
      at++;
      if (this.#header.length === HEADER) this.#left = this.#length;
    }
    const isWhole = this.#header.length === HEADER && this.#left === 0 && start >= 0;
    return isWhole && this.#mayBeAlert ? bytes.length - start : 0;
  }

  get #length(): number {
    const [, , , high = 0, low = 0] = this.#header;
    return high * 256 + low;
  }

  get #mayBeAlert(): boolean {
    const [type] = this.#header;
    return type === ALERT || (type === DATA && this.#length === SEALED_ALERT);
  }
}
