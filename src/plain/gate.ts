import { isSameSecret } from "../wire/secrets.ts";

const TRIES = 3;

/** Asks for the server's password: how often someone has tried, and whether it was right. */
export class Gate {
  readonly #password: () => string;
  #left = TRIES;

  /** `password` answers the one that holds now; "" is none. */
  constructor(password: () => string) {
    this.#password = password;
  }

  /** `closed` after the last wrong answer. */
  answer(bytes: Uint8Array): "open" | "wrong" | "closed" {
    const password = this.#password();
    if (password === "" || isSameSecret(bytes, password)) return "open";
    this.#left--;
    return this.#left > 0 ? "wrong" : "closed";
  }
}
