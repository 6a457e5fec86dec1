import { createHash, timingSafeEqual } from "node:crypto";

const TRIES = 3;

/** Asks for the server's password: how often someone has tried, and whether it was right. */
export class Gate {
  readonly #digest: Buffer;
  #left = TRIES;

  constructor(password: string) {
    this.#digest = digest(Buffer.from(password));
  }

  /** `closed` after the last wrong answer. */
  answer(bytes: Uint8Array): "open" | "wrong" | "closed" {
    // Digests have one length, and take one time to compare: neither tells anything of the password.
    if (timingSafeEqual(digest(bytes), this.#digest)) return "open";
    this.#left--;
    return this.#left > 0 ? "wrong" : "closed";
  }
}

function digest(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}
