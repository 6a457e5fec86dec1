import { MOST_FOUND, type SearchResult } from "../chat/search.ts";
import type { Ask, Command, Desk } from "./desk.ts";
import { note, recall } from "./render.ts";

/** The command that looks for what was said. */
export const SEARCH: readonly Command[] = [
  {
    name: "search",
    aliases: ["find", "grep"],
    usage: "WORDS",
    least: 1,
    help: 'finds what was said, in your rooms and conversations, the latest first; "as it stands" finds just that',
    here: false,
    run: search,
  },
];

function search({ desk, member, words }: Ask): void {
  desk.wait(desk.server.chat.search(member, { text: words, limit: MOST_FOUND }), (result) => tell(desk, words, result));
}

function tell(desk: Desk, words: string, result: SearchResult): void {
  if ("messages" in result) return desk.draw(found(desk, words, result));
  switch (result.why) {
    case "no-words":
      return desk.note(`"${words}" has no word to look for; /search deploy finds it, and deployed too.`);
    case "not-readable":
    case "cannot-search":
      return desk.note("The server cannot search at present; try again later.");
  }
}

/** What was found, with its rooms: it comes from several. */
function* found(desk: Desk, words: string, result: Extract<SearchResult, { messages: unknown }>): Generator<string> {
  const { messages, isComplete } = result;
  yield* recall(messages, { ...desk.view, current: undefined }, desk.server.clock());
  if (messages.length === 0) yield note(`Nothing was found with ${words} in it.`);
  else if (messages.length < MOST_FOUND) yield note(`That was found with ${words} in it, the latest first.`);
  else yield note(`These are the latest ${MOST_FOUND} with ${words} in it; more words find fewer.`);
  if (!isComplete) yield note("Not all of the past can be searched yet: the server is still reading it.");
}
