import { sideCalled } from "../conversation.ts";
import { readBriefly, sizeOf } from "../history.ts";
import type { CatchUpAct } from "../model/act.ts";
import { type CheckResult, happens, NOTHING } from "../model/check-result.ts";
import type { EventOf } from "../model/event.ts";
import type { Member } from "../model/member.ts";
import type { State } from "../model/state.ts";
import { tellOrigin } from "../model/tell.ts";
import type { Remembered, Unheard } from "../store.ts";

/**
 * What was said to an account alone while it had no session to hear it. It is shown to the first that wants it; one who
 * reads the past by itself is not shown it again later. It is delivered late, and no history: so it comes where none is
 * shown, too.
 */

/** How many missed messages one who comes back is shown; the others can be looked for. */
export const MOST_MISSED = 100;

const MOST_SIZE = 65_536; // bytes of them as they are sent, after which no further conversation is shown
const MOST_PEERS = 100; // conversations that are looked through

export function checkCatchUp(state: State, by: Member, { read }: CatchUpAct): CheckResult {
  const { account } = by.who;
  if (account === undefined) return NOTHING;
  const peer = read === undefined ? undefined : sideCalled(state, read);
  const unheard = state.store.unheard(account.id, MOST_PEERS);
  if (unheard.length === 0 || (peer !== undefined && !unheard.some((one) => one.peer === peer))) return NOTHING;
  const missed = peer === undefined ? missedIn(state, unheard) : NONE;
  return happens({ type: "caught-up", who: by.who, peer, ...missed });
}

interface Missed {
  readonly missed: readonly Remembered[];
  readonly isMore: boolean;
}

const NONE: Missed = { missed: [], isMore: false };

/** The latest of them, in their order, from as many conversations as there is room for. */
function missedIn({ store }: State, unheard: readonly Unheard[]): Missed {
  const missed: Remembered[] = [];
  let size = 0;
  let isMore = unheard.length === MOST_PEERS;
  for (const { place, from } of unheard) {
    if (missed.length >= MOST_MISSED || size >= MOST_SIZE) return { missed: inOrder(missed), isMore: true };
    const found = readBriefly(store, place, { from, limit: MOST_MISSED - missed.length });
    const [first] = found;
    if (first) isMore ||= store.history(place, { from, before: first.seq, limit: 1 }).length > 0;
    missed.push(...found);
    for (const message of found) size += sizeOf(message);
  }
  return { missed: inOrder(missed), isMore };
}

function inOrder(messages: readonly Remembered[]): readonly Remembered[] {
  return messages.toSorted((a, b) => a.seq - b.seq);
}

export function applyCaughtUp(state: State, event: EventOf<"caught-up">): void {
  const { account } = event.who;
  if (account !== undefined) state.store.hear(account.id, event.peer);
  tellOrigin(state, event);
}
