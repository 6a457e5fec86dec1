import type { ChatEvent, EventOf } from "../chat/model/event.ts";
import { type Folded, fold } from "../text/fold.ts";

/** Nobody is ignored. */
export const NOBODY: ReadonlySet<Folded> = new Set();

/** Whether an event is the words of someone ignored, or their invitation. */
export function isIgnored(event: ChatEvent, ignored: ReadonlySet<Folded>): boolean {
  if (ignored.size === 0) return false;
  if (event.type === "said" || event.type === "signalled") return ignored.has(fold(event.from.nick));
  return event.type === "invited" && ignored.has(fold(event.by.nick));
}

/** The list after someone on it has another nick; `undefined` where it stays as it is. */
export function afterRename(
  { who, nick }: EventOf<"renamed">,
  ignored: ReadonlySet<Folded>,
): ReadonlySet<Folded> | undefined {
  if (!ignored.has(fold(who.nick))) return undefined;
  const changed = new Set(ignored);
  changed.delete(fold(who.nick));
  return changed.add(fold(nick));
}

/** The list of someone who logs in: those whom the session ignores, and those whom the account does. */
export function withAccounts(ignored: ReadonlySet<Folded>, accounts: readonly Folded[]): ReadonlySet<Folded> {
  return accounts.every((nick) => ignored.has(nick)) ? ignored : new Set([...ignored, ...accounts]);
}
