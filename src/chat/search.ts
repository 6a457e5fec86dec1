import { fold } from "../text/fold.ts";
import { isConversationOf, readablePlace } from "./conversation.ts";
import type { Member } from "./model/member.ts";
import { accountOf, type State } from "./model/state.ts";
import type { SearchHit, SearchQuery, SearchTerm, StoredMessage } from "./store.ts";
import { hiddenFrom, isHidden } from "./visibility.ts";

/** The most messages that one search finds. */
export const MOST_FOUND = 100;

/** A search as a member enters it. */
export interface SearchRequest {
  /** Words; `undefined` matches any message. */
  readonly text: string | undefined;
  /** A room, or the other side of a conversation; absent: everything that the member may read. */
  readonly target?: string | undefined;
  /** The author's nick at that time. */
  readonly nick?: string | undefined;
  readonly after?: number | undefined;
  readonly before?: number | undefined;
  readonly limit: number;
}

/** The matching messages, newest first; or why there was no search. */
export type SearchResult =
  | { readonly messages: readonly StoredMessage[]; readonly isComplete: boolean }
  | { readonly why: "no-words" | "not-readable" | "cannot-search" };

/**
 * Searches the rooms of a member and the conversations of its account. The search is asynchronous, and the member may have
 * left a room meanwhile: the hits are checked again, and their messages are read only then.
 */
export async function searchHistory(state: State, member: Member, request: SearchRequest): Promise<SearchResult> {
  const terms = parseTerms(request.text ?? "");
  if (request.text !== undefined && terms.length === 0) return { why: "no-words" };
  const where = placesOf(state, member, request.target);
  if (!where) return { why: "not-readable" };
  const { nick, after, before, limit } = request;
  const query: SearchQuery = {
    ...where,
    terms,
    nick: nick === undefined ? undefined : fold(nick),
    from: after === undefined ? undefined : state.store.firstAt(after),
    before: before === undefined ? undefined : state.store.lastAt(before) + 1,
    limit: Math.min(limit, MOST_FOUND),
  };
  try {
    const { hits, isComplete } = await state.store.search(query, member, () => member.sessions.size > 0);
    return { messages: readHits(state, member, hits), isComplete };
  } catch {
    return { why: "cannot-search" };
  }
}

function placesOf(
  state: State,
  member: Member,
  target: string | undefined,
): Pick<SearchQuery, "within" | "account"> | undefined {
  if (target !== undefined) {
    const source = readablePlace(state, member, target);
    return source && { within: [{ place: source.place, hidden: source.hidden }], account: undefined };
  }
  const within = [...member.rooms].map((room) => ({ place: room.key, hidden: hiddenFrom(member, room) }));
  return { within, account: accountOf(state, member)?.id };
}

/** The messages of the hits that still exist and that the member may read now. */
function readHits(state: State, member: Member, hits: readonly SearchHit[]): readonly StoredMessage[] {
  const account = accountOf(state, member);
  const readable = hits.filter(({ place, seq }) => {
    const room = state.rooms.get(place);
    if (room) return room.members.has(member) && !isHidden(seq, hiddenFrom(member, room));
    return account !== undefined && isConversationOf(account.id, place);
  });
  const since = account?.since ?? 0;
  return state.store.messages(readable).filter(({ inRoom, seq }) => inRoom || seq >= since);
}

/**
 * Parses the text of a search: words separated by blanks, and phrases in quotation marks. Terms without a letter or a
 * digit are left out.
 */
export function parseTerms(text: string): readonly SearchTerm[] {
  const terms: SearchTerm[] = [];
  for (const [, quoted, word] of text.matchAll(/"([^"]*)"?|([^\s"]+)/g)) {
    const term = (quoted ?? word ?? "").trim();
    if (/[\p{L}\p{N}]/u.test(term)) terms.push({ text: term, isExact: quoted !== undefined });
  }
  return terms;
}
