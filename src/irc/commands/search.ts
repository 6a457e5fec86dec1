import { ROOM_SIGN } from "../../chat/model/names.ts";
import { MOST_FOUND, type Request, type SearchResult } from "../../chat/search.ts";
import { parseTags } from "../../wire/message.ts";
import { CAP } from "../capabilities.ts";
import { fault } from "../render/faults.ts";
import { linesOf } from "../render/line.ts";
import type { Command } from "../session/dispatch.ts";
import type { IrcSession } from "../session/session.ts";
import { asSeenBy, formFor, inBatch, timeOf } from "./history.ts";

/** The type of the batch that a search is answered with, and the capability. */
const SEARCH = "soju.im/search";

/** What may be asked for, as the extension names it. */
const ATTRIBUTES = ["in", "from", "after", "before", "text", "limit"];

/** Search in the past: SEARCH (soju.im/search). */
export const SEARCH_COMMANDS: readonly Command[] = [
  {
    name: "SEARCH",
    fewest: 1,
    when: "after",
    usage: "in=target;from=nick;after=time;before=time;text=words;limit=number",
    help: "Finds what was said where you are, and in your conversations.",
    run: (session, [attributes = ""]) => runSearch(session, attributes),
  },
];

function runSearch(session: IrcSession, attributes: string): void {
  const { member, server } = session;
  const request = requestOf(attributes);
  if (typeof request === "string") return refuseAttribute(session, request);
  if (!member) return;
  session.wait(server.chat.search(member, request), (result) => answer(session, request, result));
}

/** What is asked for; or the name of the attribute that is not as it should be. Written as tags are. */
function requestOf(attributes: string): Request | string {
  const given = parseTags(attributes);
  for (const name of given.keys()) if (!ATTRIBUTES.includes(name)) return name;
  const limit = given.get("limit") ?? String(MOST_FOUND);
  if (!/^\d{1,9}$/.test(limit) || Number(limit) === 0) return "limit";
  for (const name of ["after", "before"]) if (given.has(name) && timeGiven(given, name) === undefined) return name;
  return {
    text: given.get("text"),
    target: given.get("in"),
    nick: given.get("from"),
    after: timeGiven(given, "after"),
    before: timeGiven(given, "before"),
    limit: Number(limit),
  };
}

function timeGiven(given: ReadonlyMap<string, string>, name: string): number | undefined {
  return timeOf(given.get(name) ?? "");
}

function refuseAttribute(session: IrcSession, name: string): void {
  fault(session, "search-attribute", [/^[^\s:]+$/.test(name) ? name : "*"]);
}

function answer(session: IrcSession, { target = "" }: Request, result: SearchResult): void {
  if ("messages" in result) return sendFound(session, result);
  switch (result.why) {
    case "no-words":
      return refuseAttribute(session, "text");
    case "not-readable":
      // A conversation that is not kept has nothing in it; that is no secret.
      if (!target.startsWith(ROOM_SIGN)) return sendFound(session, { messages: [], isComplete: true });
      return refuseAttribute(session, "in");
    case "cannot-search":
      return fault(session, "search-failed");
  }
}

/** The messages, oldest first, as the extension would have them. */
function sendFound(session: IrcSession, result: Extract<SearchResult, { messages: unknown }>): void {
  const { name } = session.server;
  if (!result.isComplete) session.emit(`:${name} NOTE SEARCH INCOMPLETE :Not all of the past can be searched yet`);
  session.emitLong(inBatch(session, SEARCH, foundLines(session, result)));
}

function* foundLines(
  session: IrcSession,
  { messages }: Extract<SearchResult, { messages: unknown }>,
): Generator<string> {
  const { member, server } = session;
  // Only PRIVMSG and NOTICE may be in the batch: a message of several lines is as for those who know none.
  for (const event of messages.toReversed()) {
    if (member) yield* linesOf(server.memo.text(asSeenBy(member, event), formFor(session, event) & ~CAP.multiline));
  }
}
