import type { ChatEvent, Who } from "../../chat/model/event.ts";
import { fold } from "../../text/fold.ts";

const MOST = 1000; // nicks that are remembered once nobody has them any more

/** Someone as they were when they last had a nick. */
export interface Departed {
  readonly who: Who;
  /** When they gave the nick up; milliseconds since 1970. */
  readonly at: number;
}

/** Who had which nick before: the latest of them, for WHOWAS. */
export class Past {
  /** Oldest first. */
  readonly #departed: Departed[] = [];

  /** Is shown every event. */
  observe(event: ChatEvent): void {
    const isGone = event.type === "quit" || event.type === "expelled";
    if (!isGone && !(event.type === "renamed" && fold(event.nick) !== fold(event.who.nick))) return;
    this.#departed.push({ who: event.who, at: event.time });
    if (this.#departed.length > MOST) this.#departed.shift();
  }

  /** Those who had the nick, the latest first, at most `most` of them. */
  find(nick: string, most: number): readonly Departed[] {
    const key = fold(nick);
    const found: Departed[] = [];
    for (let at = this.#departed.length - 1; at >= 0 && found.length < most; at--) {
      const departed = this.#departed[at];
      if (departed && fold(departed.who.nick) === key) found.push(departed);
    }
    return found;
  }
}
