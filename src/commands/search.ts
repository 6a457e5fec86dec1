import { MOST_FOUND, type SearchResult } from "../chat/search.ts";
import type { Command, CommandContext, Invocation } from "./context.ts";
import { type AnswerLine, recall } from "./history.ts";

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

function search({ context, member, words }: Invocation): void {
  context.wait(context.server.chat.search(member, { text: words, limit: MOST_FOUND }), (result) =>
    tell(context, words, result),
  );
}

function tell(context: CommandContext, words: string, result: SearchResult): void {
  if ("messages" in result) return context.draw(found(context, words, result));
  switch (result.why) {
    case "no-words":
      return context.deny(result.why, `"${words}" has no word to look for; /search deploy finds it, and deployed too.`);
    case "not-readable":
    case "cannot-search":
      return context.deny(result.why, "The server cannot search at present; try again later.");
  }
}

/** The messages that were found, with their rooms: they come from several. */
function* found(
  context: CommandContext,
  words: string,
  result: Extract<SearchResult, { messages: unknown }>,
): Generator<AnswerLine> {
  const { messages, isComplete } = result;
  yield* recall(messages, { ...context.view, current: undefined }, context.server.clock());
  if (messages.length === 0) yield `Nothing was found with ${words} in it.`;
  else if (messages.length < MOST_FOUND) yield `That was found with ${words} in it, the latest first.`;
  else yield `These are the latest ${MOST_FOUND} with ${words} in it; more words find fewer.`;
  if (!isComplete) yield "Not all of the past can be searched yet: the server is still reading it.";
}
