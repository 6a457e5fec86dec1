import type { Asker } from "../../chat/accounts.ts";
import { type Closing, closing } from "../../wire/closing.ts";

const MOST = 10; // wrong guesses in one connection; three a minute are looked at

/** Someone who can be sent away. */
interface Guesser extends Asker {
  farewell(closing: Closing): void;
}

/** Counts how often each connection has failed to log in, and ends those that do not stop. */
export class Guesses {
  readonly #wrong = new WeakMap<Asker, number>();

  /** A guess was wrong, or came too soon. */
  wrong(asker: Asker): void {
    if (asker.isExempt || !canEnd(asker)) return;
    const count = (this.#wrong.get(asker) ?? 0) + 1;
    this.#wrong.set(asker, count);
    if (count === MOST) asker.farewell(closing("login-tries"));
  }
}

function canEnd(asker: Asker): asker is Guesser {
  return "farewell" in asker && typeof asker.farewell === "function";
}
