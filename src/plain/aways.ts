import type { Member } from "../chat/member.ts";

/** Who was away when written to, and with which words: one is told once, until the words change. */
export class Aways {
  readonly #told = new WeakMap<Member, string>();

  /** Whether this is news of someone; `away` is `undefined` while they are here. */
  isNews(member: Member, away: string | undefined): boolean {
    if (this.#told.get(member) === away) return false;
    if (away === undefined) this.#told.delete(member);
    else this.#told.set(member, away);
    return away !== undefined;
  }
}
