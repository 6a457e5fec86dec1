import type { ServerMessage } from "./server-message.ts";
import type { Model } from "./state.ts";

/** A refusal as a sentence, from the parameters of its numeric after our nick, without its last one, the server's text. */
type Sentence = (params: readonly string[]) => string | undefined;

/** The refusals of other servers in the words of a tcpchat server, which sends sentences itself. */
const SENTENCES: Readonly<Record<string, Sentence>> = {
  "401": ([nick]) => `Nobody here is called ${nick}.`,
  "403": ([room]) => `There is no room ${room}; /rooms lists those there are.`,
  "405": ([room]) => `You are in too many rooms to join ${room}; /leave leaves one.`,
  "421": ([command]) => `This server has no command ${command}.`,
  "441": ([nick, room]) => `${nick} is not in ${room}.`,
  "442": ([room]) => `You are not in ${room}.`,
  "443": ([nick, room]) => `${nick} is in ${room} already.`,
  "471": ([room]) => `${room} is full.`,
  "473": ([room]) => `${room} is for invited people only; its operators invite.`,
  "474": ([room]) => `You are banned from ${room}.`,
  "475": ([room]) => `${room} has a key: /join ${room} KEY.`,
  "476": ([room]) => `${room} cannot be the name of a room here.`,
  "478": ([room]) => `The list of bans of ${room} is full.`,
  "482": ([room]) => `Only an operator of ${room} may do that; /who tells who is one.`,
};

/** The sentence for a numeric of another server; `undefined` where its own words are as good. */
export function refusalWords({ deduplicates }: Model, { command, params }: ServerMessage): string | undefined {
  const about = params.slice(1, -1);
  return deduplicates || about.length === 0 ? undefined : SENTENCES[command]?.(about);
}
