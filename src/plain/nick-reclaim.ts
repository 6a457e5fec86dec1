import type { Chat } from "../chat/chat.ts";
import type { Act } from "../chat/model/act.ts";
import type { EventOf } from "../chat/model/event.ts";
import type { Session } from "../chat/model/session.ts";
import { fold } from "../text/fold.ts";

/** Takes the nick that a session has requested as soon as its holder gives it up. */
export class NickReclaim {
  readonly #chat: Chat;
  readonly #session: Session;
  #nick: string | undefined;
  #taking: Act | undefined;

  constructor(chat: Chat, session: Session) {
    this.#chat = chat;
    this.#session = session;
  }

  /** Starts to wait for a nick, instead of any other. */
  want(nick: string): void {
    this.drop();
    this.#nick = nick;
    this.#chat.watch(this.#session, nick);
  }

  drop(): void {
    if (this.#nick !== undefined) this.#chat.unwatch(this.#session, this.#nick);
    this.#nick = undefined;
  }

  /** The session's nick has changed: waits for the nick that it requested instead, if the event names one. */
  renamed({ wanted }: EventOf<"renamed">): void {
    if (wanted === undefined) this.drop();
    else this.want(wanted);
  }

  presenceChanged(nick: string, present: boolean): void {
    if (present || this.#nick === undefined || fold(nick) !== fold(this.#nick)) return;
    this.#taking = { type: "rename", nick: this.#nick, yielding: false };
    this.#chat.submit(this.#session, this.#taking);
  }

  /** Whether the act takes the nick. Its refusal is not shown: somebody else was faster. */
  isTaking(act: Act): boolean {
    return act === this.#taking;
  }
}
