import { readPast } from "./history.ts";
import type { Member } from "./model/member.ts";
import type { State } from "./model/state.ts";
import type { Conversation } from "./store.ts";

/** Which rooms and conversations are asked for: those whose latest message lies between two times, neither included. */
export interface TargetsQuery {
  /** Milliseconds since 1970. */
  readonly after: number;
  readonly before: number;
  readonly limit: number;
  /** The first of them; otherwise the latest. */
  readonly first: boolean;
}

/** A room or a conversation, and the time of the latest message in it. */
export interface Target {
  readonly name: string;
  readonly time: number;
}

const NEVER = Number.MAX_SAFE_INTEGER;
const PAGE = 100; // conversations of one millisecond that are looked up at once

/**
 * The rooms and conversations of someone in which something was said between two times, oldest first. No more than is
 * asked for is looked up, however many conversations strangers have begun; but it is never cut inside a millisecond: a
 * client that goes on from its end would miss the rest.
 */
export function findTargets(state: State, member: Member, query: TargetsQuery): readonly Target[] {
  const { after, before, limit, first } = query;
  const found = [...latestOfRooms(state, member), ...conversationsIn(state, member, query)]
    .filter(({ time }) => time > after && time < before)
    .map(({ name, time }) => ({ name, time }))
    .sort((a, b) => a.time - b.time);
  const edge = first ? found[limit - 1] : found.at(-limit);
  if (!edge) return found;
  return found.filter(({ time }) => (first ? time <= edge.time : time >= edge.time));
}

function* latestOfRooms(state: State, member: Member): Generator<Target> {
  for (const { name } of member.rooms) {
    const latest = { which: "before", point: { seq: NEVER } } as const;
    for (const { time } of readPast(state, member, name, latest, { limit: 1, playback: false }) ?? [])
      yield { name, time };
  }
}

/** So many conversations, and those that share the millisecond of the last of these. */
function conversationsIn({ store }: State, member: Member, query: TargetsQuery): readonly Conversation[] {
  const { account } = member.who;
  if (account === undefined) return [];
  const { limit, first } = query;
  const [from, before] = [store.lastAt(query.after) + 1, store.firstAt(query.before)];
  const found = [...store.conversations(account.id, { from, before, limit, first })];
  for (let more = found.length === limit; more; ) {
    const edge = first ? found.at(-1) : found[0];
    if (!edge) break;
    const span = first ? { from: edge.seq + 1, before } : { from, before: edge.seq };
    const page = store.conversations(account.id, { ...span, limit: PAGE, first });
    const shared = page.filter(({ time }) => time === edge.time);
    if (first) found.push(...shared);
    else found.unshift(...shared);
    more = shared.length === PAGE;
  }
  return found;
}
