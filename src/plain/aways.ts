import type { Chat } from "../chat/chat.ts";
import type { EventOf } from "../chat/model/event.ts";
import type { Member } from "../chat/model/member.ts";

/** Who was away when written to, and with which words: one is told once, until the words change. */
export class Aways {
  readonly #told = new WeakMap<Member, string>();

  /** What one is to be told of whom one has written to, or invited; `undefined` where that is nothing new. */
  newsOf(event: EventOf<"said" | "invited">, chat: Chat): string | undefined {
    const nick = event.type === "said" ? event.to : event.nick;
    const target = chat.member(nick);
    if (!target) return event.away === undefined ? undefined : `${nick}: ${event.away}`;
    return this.#isNews(target, event.away) ? `${nick} is away: ${event.away}` : undefined;
  }

  /** `away` is `undefined` while they are here. */
  #isNews(member: Member, away: string | undefined): boolean {
    if (this.#told.get(member) === away) return false;
    if (away === undefined) this.#told.delete(member);
    else this.#told.set(member, away);
    return away !== undefined;
  }
}
