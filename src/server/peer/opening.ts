import type { Connection } from "./connection.ts";
import type { Hall } from "./connection-registry.ts";
import type { Ticket } from "./deadlines.ts";

/** What a connection waits for while it is not known how its peer speaks: a first line, or the rest of one. */
export class Opening {
  readonly #hall: Hall;
  readonly #connection: Connection;
  #silence: Ticket<Connection> | undefined;
  #fragment: Ticket<Connection> | undefined;

  constructor(hall: Hall, connection: Connection) {
    this.#hall = hall;
    this.#connection = connection;
    this.begin();
  }

  /** Waits, from now on, for the peer to break its silence. */
  begin(): void {
    this.end();
    this.#silence = this.#hall.silences.set(this.#connection);
    this.#hall.undecided.add(this.#connection);
  }

  /** Something has come that more may belong to. */
  begun(): void {
    this.#fragment?.callOff();
    this.#fragment = this.#hall.fragments.set(this.#connection);
  }

  /** Nothing is waited for any more. */
  end(): void {
    this.#hall.undecided.delete(this.#connection);
    this.#silence?.callOff();
    this.#fragment?.callOff();
    this.#silence = undefined;
    this.#fragment = undefined;
  }
}
